with

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

sessions as (
    select * from {{ ref('int_sessions_numbered') }}
),

market_returns as (
    select
        sessions.session_number,
        daily_returns.symbol as market_symbol,
        daily_returns.simple_return,
        daily_returns.log_return,
        daily_returns.session_date
    from daily_returns
    inner join sessions on daily_returns.session_date = sessions.session_date
    where daily_returns.symbol = {{ market_symbol() }}
)

select * from market_returns
