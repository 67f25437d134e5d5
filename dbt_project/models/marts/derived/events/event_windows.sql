with

events as (
    select * from {{ ref('int_windowed_events_matched_to_sessions') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

market_returns as (
    select * from {{ ref('int_market_returns_numbered') }}
),

sessions_around as (
    select
        events.event_type,
        events.event_id,
        events.symbol,
        events.is_market,
        relative_sessions.relative_session,
        sessions.session_date
    from events
    cross join generate_series(-5, 20) as relative_sessions (relative_session)
    inner join sessions on events.reaction_session_number + relative_sessions.relative_session = sessions.session_number
),

sessions_around_measured as (
    select
        sessions_around.event_type,
        sessions_around.event_id,
        sessions_around.symbol,
        sessions_around.relative_session,
        daily_returns.simple_return,
        daily_returns.log_return,
        case
            when not sessions_around.is_market then daily_returns.simple_return - market_returns.simple_return
        end as abnormal_return
    from sessions_around
    left join daily_returns
        on
            sessions_around.symbol = daily_returns.symbol
            and sessions_around.session_date = daily_returns.session_date
    left join market_returns on sessions_around.session_date = market_returns.session_date
),

windows as (
    select
        event_type,
        event_id,
        symbol,
        max(simple_return) filter (where relative_session = 0) as reaction_return,
        exp(sum(log_return) filter (where relative_session between -5 and -1)) - 1 as return_before,
        count(log_return) filter (where relative_session between -5 and -1) as returns_before,
        exp(sum(log_return) filter (where relative_session between 0 and 5)) - 1 as return_to_5,
        count(log_return) filter (where relative_session between 0 and 5) as returns_to_5,
        exp(sum(log_return) filter (where relative_session between 0 and 20)) - 1 as return_to_20,
        count(log_return) filter (where relative_session between 0 and 20) as returns_to_20,
        sum(abnormal_return) filter (where relative_session between 0 and 5) as abnormal_to_5,
        count(abnormal_return) filter (where relative_session between 0 and 5) as abnormal_returns_to_5,
        sum(abnormal_return) filter (where relative_session between 0 and 20) as abnormal_to_20,
        count(abnormal_return) filter (where relative_session between 0 and 20) as abnormal_returns_to_20
    from sessions_around_measured
    group by event_type, event_id, symbol
),

impact as (
    select
        events.event_type,
        events.event_id,
        events.symbol,
        events.event_name,
        events.category,
        windows.reaction_return,
        case when windows.returns_before = 5 then windows.return_before end as return_5d_before,
        case when windows.returns_to_5 = 6 then windows.return_to_5 end as return_0_to_5d,
        case when windows.returns_to_20 = 21 then windows.return_to_20 end as return_0_to_20d,
        case when windows.abnormal_returns_to_5 = 6 then windows.abnormal_to_5 end as abnormal_return_0_to_5d,
        case when windows.abnormal_returns_to_20 = 21 then windows.abnormal_to_20 end as abnormal_return_0_to_20d,
        events.is_market,
        events.event_date,
        events.reaction_session_date
    from events
    inner join windows
        on
            events.event_type = windows.event_type
            and events.event_id = windows.event_id
            and events.symbol = windows.symbol
)

select * from impact
