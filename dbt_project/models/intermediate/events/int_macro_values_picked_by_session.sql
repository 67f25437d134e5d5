with

dated_values as (
    select * from {{ ref('int_macro_values_dated') }}
),

days as (
    select * from {{ ref('int_days_matched_to_sessions') }}
),

first_session as (
    select min(calendar_date) as session_date from days
),

-- the session at whose close each was first known; what no session has closed after is not known yet
versions as (
    select
        row_number() over (
            order by dated_values.series_id, dated_values.observation_date, dated_values.valid_from
        ) as version_number,
        dated_values.series_id,
        dated_values.released_value,
        dated_values.is_release_date_assumed,
        dated_values.observation_date,
        dated_values.valid_from,
        days.session_on_or_after as session_date
    from dated_values
    cross join first_session
    inner join days on greatest(dated_values.valid_from, first_session.session_date) = days.calendar_date
    where days.session_on_or_after is not null
),

versions_after_newest as (
    select
        series_id,
        session_date,
        version_number,
        observation_date,
        max(observation_date) over (
            partition by series_id
            order by session_date, version_number
            rows between unbounded preceding and 1 preceding
        ) as newest_before
    from versions
),

-- what is not the newest when it comes may be the one before it, as is what the newest one displaces
observations_by_session as (
    select distinct
        series_id,
        session_date,
        max(observation_date) over so_far as newest_date,
        max(case when observation_date <> newest_before then least(observation_date, newest_before) end) over so_far
            as previous_date
    from versions_after_newest
    window so_far as (partition by series_id order by session_date)
),

-- which version of an observation stood on a day: the last one listed by then, found by sorting, for a join by
-- intervals, of which the planner knows nothing, took a minute
versions_and_observations as (
    select
        series_id,
        session_date,
        observation_date,
        'version' as kind,
        version_number
    from versions
    union all
    select
        observations_by_session.series_id,
        observations_by_session.session_date,
        observations.observation_date,
        observations.kind,
        null as version_number
    from observations_by_session
    cross join lateral (
        values ('newest', observations_by_session.newest_date), ('previous', observations_by_session.previous_date)
    ) as observations (kind, observation_date)
),

observations_with_version as (
    select
        series_id,
        session_date,
        kind,
        max(version_number) over (
            partition by series_id, observation_date
            order by session_date
        ) as version_number
    from versions_and_observations
),

version_numbers as (
    select
        series_id,
        session_date,
        max(version_number) filter (where kind = 'newest') as newest_number,
        max(version_number) filter (where kind = 'previous') as previous_number
    from observations_with_version
    group by series_id, session_date
),

picked as (
    select
        version_numbers.series_id,
        newest.released_value,
        previous.released_value as previous_value,
        newest.is_release_date_assumed,
        version_numbers.session_date,
        newest.observation_date,
        newest.valid_from as release_date
    from version_numbers
    inner join versions as newest on version_numbers.newest_number = newest.version_number
    left join versions as previous on version_numbers.previous_number = previous.version_number
)

select * from picked
