insert into economic_data.releases as held (series_id, observation_date, released_on, value, source)
select
    changed.series_id,
    changed.observation_date,
    changed.released_on,
    changed.value,
    changed.source
from changed_macro as changed
order by changed.series_id, changed.observation_date
on conflict (series_id, observation_date, released_on) do update
    set value = excluded.value, source = excluded.source, ingested_at = now()
