-- One row per observation of the slice, with the days since the series' previous one.
with observations as (
    select
        releases.series_id,
        indicators.frequency,
        releases.observation_date,
        releases.released_on,
        releases.value,
        releases.observation_date
        - lag(releases.observation_date) over (
            partition by releases.series_id order by releases.observation_date, releases.released_on
        ) as days_since_previous
    from economic_data.releases
    inner join economic_data.indicators on releases.series_id = indicators.series_id
    where
        releases.observation_date >= %(start)s::date - 400
        and releases.observation_date <= %(end)s::date
)

select
    series_id,
    frequency,
    observation_date,
    released_on,
    value,
    days_since_previous
from observations
where observation_date >= %(start)s::date
order by series_id, observation_date, released_on
