with

picked_values as (
    select * from {{ ref('int_macro_values_picked_by_session') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

-- a pick stands until the next one of its series
picked_values_with_last_session as (
    select
        picked_values.*,
        sessions.session_number,
        lead(sessions.session_number) over (
            partition by picked_values.series_id
            order by sessions.session_number
        ) - 1 as last_session_number
    from picked_values
    inner join sessions on picked_values.session_date = sessions.session_date
),

last_session as (
    select max(session_number) as session_number from sessions
),

picked_values_on_sessions as (
    select
        picked.series_id,
        picked.released_value,
        picked.previous_value,
        picked.is_release_date_assumed,
        picked.observation_date,
        picked.release_date,
        generate_series(
            picked.session_number, coalesce(picked.last_session_number, last_session.session_number)
        ) as session_number
    from picked_values_with_last_session as picked
    cross join last_session
),

as_known as (
    select
        on_sessions.series_id,
        on_sessions.released_value as value,
        on_sessions.previous_value,
        on_sessions.released_value - on_sessions.previous_value as change,
        sessions.session_date - on_sessions.release_date as days_since_release,
        sessions.session_date - on_sessions.observation_date as days_since_observation,
        on_sessions.is_release_date_assumed,
        sessions.session_date,
        on_sessions.observation_date,
        on_sessions.release_date
    from picked_values_on_sessions as on_sessions
    inner join sessions on on_sessions.session_number = sessions.session_number
)

select * from as_known
