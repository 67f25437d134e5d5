with

releases as (
    select * from {{ ref('stg_economic_data__releases') }}
),

indicators as (
    select * from {{ ref('stg_economic_data__indicators') }}
),

-- Where nobody says when a value was released it counts as known once the slowest of its frequency would have been:
-- daily, the dollar's rates, which come weekly; weekly, the balance sheets of banks, nine days late; monthly,
-- inventories, six weeks after the month; quarterly, the financial accounts, ten weeks after the quarter.
releases_with_first_day as (
    select
        releases.series_id,
        releases.released_value,
        releases.release_date,
        releases.observation_date,
        coalesce(
            releases.release_date,
            releases.observation_date + case indicators.frequency
                when 'daily' then 7
                when 'weekly' then 14
                when 'monthly' then 80
                when 'quarterly' then 165
            end
        ) as valid_from
    from releases
    inner join indicators on releases.series_id = indicators.series_id
    where releases.released_value not in ('NaN', 'Infinity', '-Infinity')
),

-- a value without a release date is the oldest one of its observation
releases_with_last_day as (
    select
        series_id,
        released_value,
        release_date is null as is_release_date_assumed,
        observation_date,
        valid_from,
        lead(valid_from) over (
            partition by series_id, observation_date
            order by release_date nulls first
        ) as valid_to
    from releases_with_first_day
),

dated as (
    select * from releases_with_last_day
    -- revised before it would have counted as known: it never was the newest value
    where valid_to is null or valid_to > valid_from
)

select * from dated
