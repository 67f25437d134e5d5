-- read by every model of events, as int_sessions_numbered is
{{ config(materialized='table') }}

with

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

first_session as (
    select min(session_date) as session_date from sessions
),

days as (
    select generate_series(first_session.session_date, horizon.horizon_date, interval '1 day')::date as calendar_date
    from first_session
    cross join horizon
),

days_with_next_sessions as (
    select
        days.calendar_date,
        min(sessions.session_date) over from_the_day as session_on_or_after,
        min(sessions.session_date) over after_the_day as session_after
    from days
    left join sessions on days.calendar_date = sessions.session_date
    window
        -- backwards: a minimum can take values in, but not let one go
        from_the_day as (order by days.calendar_date desc rows between unbounded preceding and current row),
        after_the_day as (order by days.calendar_date desc rows between unbounded preceding and 1 preceding)
),

matched as (
    select
        days_with_next_sessions.calendar_date,
        days_with_next_sessions.session_on_or_after,
        days_with_next_sessions.session_after,
        sessions.closes_at
    from days_with_next_sessions
    left join sessions on days_with_next_sessions.session_on_or_after = sessions.session_date
)

select * from matched
