with

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

geopolitical_events as (
    select * from {{ ref('stg_events__geopolitical_events') }}
),

security_events as (
    select * from {{ ref('stg_events__security_events') }}
),

days as (
    select * from {{ ref('int_days_matched_to_sessions') }}
),

market_returns as (
    select * from {{ ref('int_market_returns_numbered') }}
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

events as (
    select
        'geopolitical' as event_type,
        event_id,
        event_name,
        category,
        symbols,
        start_date as event_date
    from geopolitical_events
    union all
    select
        'security' as event_type,
        event_id,
        event_name,
        category,
        symbols,
        disclosure_date as event_date
    from security_events
),

events_with_session as (
    select
        events.*,
        market_returns.session_number as reaction_session_number,
        market_returns.market_symbol,
        days.session_on_or_after as reaction_session_date
    from events
    inner join horizon on events.event_date <= horizon.horizon_date
    inner join days on events.event_date = days.calendar_date
    inner join market_returns on days.session_on_or_after = market_returns.session_date
),

-- the market's own row, and one per instrument that the event concerned more than others
matched as (
    select
        events_with_session.event_type,
        events_with_session.event_id,
        instruments.symbol,
        events_with_session.event_name,
        events_with_session.category,
        events_with_session.reaction_session_number,
        instruments.symbol = events_with_session.market_symbol as is_market,
        events_with_session.event_date,
        events_with_session.reaction_session_date
    from events_with_session
    inner join instruments
        on
            events_with_session.market_symbol = instruments.symbol
            or instruments.symbol = any(events_with_session.symbols)
)

select * from matched
