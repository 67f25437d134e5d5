with

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

economic_events as (
    select * from {{ ref('stg_events__economic_events') }}
),

days as (
    select * from {{ ref('int_days_matched_to_sessions') }}
),

market_returns as (
    select * from {{ ref('int_market_returns_numbered') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

-- statistics come out before New York's close: where the moment is not known, the session of the day saw them
releases_with_session as (
    select
        economic_events.*,
        case
            when economic_events.event_at > days.closes_at then days.session_after
            else days.session_on_or_after
        end as reaction_session_date
    from economic_events
    inner join horizon on economic_events.event_date <= horizon.horizon_date
    inner join days
        on
            coalesce((economic_events.event_at at time zone 'America/New_York')::date, economic_events.event_date)
            = days.calendar_date
),

reaction_sessions as (
    select
        sessions.session_number,
        sessions.session_date as reaction_session_date
    from sessions
    where sessions.session_date in (select releases_with_session.reaction_session_date from releases_with_session)
),

sessions_around as (
    select
        reaction_sessions.reaction_session_date,
        relative_sessions.relative_session,
        market_returns.simple_return,
        market_returns.log_return
    from reaction_sessions
    cross join generate_series(-21, 5) as relative_sessions (relative_session)
    inner join market_returns
        on reaction_sessions.session_number + relative_sessions.relative_session = market_returns.session_number
),

windows as (
    select
        reaction_session_date,
        max(simple_return) filter (where relative_session = 0) as market_return,
        exp(sum(log_return) filter (where relative_session between -5 and -1)) - 1 as return_before,
        count(log_return) filter (where relative_session between -5 and -1) as returns_before,
        exp(sum(log_return) filter (where relative_session between 1 and 5)) - 1 as return_after,
        count(log_return) filter (where relative_session between 1 and 5) as returns_after,
        stddev_samp(simple_return) filter (where relative_session between -5 and -1) * sqrt(252) as volatility_before,
        stddev_samp(simple_return) filter (where relative_session between 1 and 5) * sqrt(252) as volatility_after,
        stddev_samp(simple_return) filter (where relative_session between -21 and -1) as deviation_before,
        count(simple_return) filter (where relative_session between -21 and -1) as returns_of_month_before
    from sessions_around
    group by reaction_session_date
),

impact as (
    select
        releases_with_session.event_name,
        releases_with_session.country,
        releases_with_session.importance,
        releases_with_session.unit,
        releases_with_session.actual_value,
        releases_with_session.forecast_value,
        releases_with_session.previous_value,
        releases_with_session.actual_value - releases_with_session.forecast_value as surprise,
        windows.market_return,
        case
            when windows.returns_of_month_before = 21 then windows.market_return / nullif(windows.deviation_before, 0)
        end as market_return_in_deviations,
        case when windows.returns_before = 5 then windows.return_before end as market_return_5d_before,
        case when windows.returns_after = 5 then windows.return_after end as market_return_5d_after,
        case when windows.returns_before = 5 then windows.volatility_before end as market_volatility_5d_before,
        case when windows.returns_after = 5 then windows.volatility_after end as market_volatility_5d_after,
        releases_with_session.event_date,
        releases_with_session.reaction_session_date
    from releases_with_session
    left join windows on releases_with_session.reaction_session_date = windows.reaction_session_date
    -- while no session has closed after it, nothing has reacted
    where releases_with_session.reaction_session_date is not null
)

select * from impact
