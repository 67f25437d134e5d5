-- One row per release of the series asked for.
select
    series_id,
    observation_date,
    released_on,
    value
from economic_data.releases
where series_id = any(%(series_ids)s)
order by series_id, observation_date, released_on
