insert into market_data.corporate_actions as held (symbol, action_type, ex_date, value, source)
select
    changed.symbol,
    changed.action_type,
    changed.ex_date,
    changed.value,
    changed.source
from changed_actions as changed
order by changed.symbol, changed.action_type, changed.ex_date
on conflict (symbol, action_type, ex_date) do update
    set value = excluded.value, source = excluded.source, ingested_at = now()
