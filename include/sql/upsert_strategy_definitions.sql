-- One strategy as the registry has it; the last registration wins.
insert into strategies.definitions (
    strategy_name,
    category,
    kind,
    class_path,
    parameters,
    overlays,
    config_hash,
    is_enabled,
    audit_status,
    audit_detail,
    audited_with
)
values (
    %(strategy_name)s,
    %(category)s,
    %(kind)s,
    %(class_path)s,
    %(parameters)s,
    %(overlays)s,
    %(config_hash)s,
    %(is_enabled)s,
    %(audit_status)s,
    %(audit_detail)s,
    %(audited_with)s
)
on conflict (strategy_name) do update set
    category = excluded.category,
    kind = excluded.kind,
    class_path = excluded.class_path,
    parameters = excluded.parameters,
    overlays = excluded.overlays,
    config_hash = excluded.config_hash,
    is_enabled = excluded.is_enabled,
    audit_status = excluded.audit_status,
    audit_detail = excluded.audit_detail,
    audited_with = excluded.audited_with
