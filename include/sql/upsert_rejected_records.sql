insert into quality.rejected_records as held (table_name, record_key, source, reason, record)
values (%(table_name)s, %(record_key)s, %(source)s, %(reason)s, %(record)s)
on conflict (table_name, source, record_key) do update
    set reason = excluded.reason, record = excluded.record, rejected_at = now()
    where (held.reason, held.record) is distinct from (excluded.reason, excluded.record)
