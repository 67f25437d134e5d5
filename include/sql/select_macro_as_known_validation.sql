-- One row per macro series of which something was released by the as-of date: what the mart has on that session, beside
-- the newest value among the releases of that day and before.
with released as (
    select distinct on (series_id)
        series_id,
        observation_date,
        value
    from economic_data.releases
    where released_on <= %(as_of)s and value not in ('NaN', 'Infinity', '-Infinity')
    order by series_id asc, observation_date desc, released_on desc
),

known as (
    select *
    from derived.macro_as_known
    where session_date = %(as_of)s
)

select
    coalesce(released.series_id, known.series_id) as series_id,
    known.session_date,
    known.release_date,
    known.observation_date,
    known.value,
    released.observation_date as newest_released,
    -- a value whose day of release nobody says may be newer than those with one
    case when released.observation_date = known.observation_date then released.value end as value_released
from released
full outer join known on released.series_id = known.series_id
order by series_id
