-- One strategy as the registry has it; the last registration wins.
insert into strategies.definitions (
    strategy_name,
    category,
    kind,
    class_path,
    parameters,
    config_hash,
    is_enabled
)
values (
    %(strategy_name)s,
    %(category)s,
    %(kind)s,
    %(class_path)s,
    %(parameters)s,
    %(config_hash)s,
    %(is_enabled)s
)
on conflict (strategy_name) do update set
    category = excluded.category,
    kind = excluded.kind,
    class_path = excluded.class_path,
    parameters = excluded.parameters,
    config_hash = excluded.config_hash,
    is_enabled = excluded.is_enabled
