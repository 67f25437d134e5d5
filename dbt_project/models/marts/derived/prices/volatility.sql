with

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

-- numeric, whose sums can shed the value that leaves a window without loss: a double's window is summed anew for each
-- row (252 sessions took five times as long), and prefix sums of doubles leave noise where a price stood still
returns_with_calendar as (
    select
        daily_returns.symbol,
        daily_returns.session_date,
        daily_returns.simple_return::numeric as simple_return,
        case instruments.asset_class when 'crypto' then 365 else 252 end as sessions_per_year
    from daily_returns
    inner join instruments on daily_returns.symbol = instruments.symbol
),

variances as (
    select
        symbol,
        session_date,
        sessions_per_year,
        case
            when count(simple_return) over last_21 = 21
                then (var_samp(simple_return) over last_21)::double precision
        end as variance_21d,
        case
            when count(simple_return) over last_63 = 63
                then (var_samp(simple_return) over last_63)::double precision
        end as variance_63d,
        case
            when count(simple_return) over last_252 = 252
                then (var_samp(simple_return) over last_252)::double precision
        end as variance_252d
    from returns_with_calendar
    window
        by_session as (partition by symbol order by session_date),
        last_21 as (by_session rows between 20 preceding and current row),
        last_63 as (by_session rows between 62 preceding and current row),
        last_252 as (by_session rows between 251 preceding and current row)
),

annualised as (
    select
        symbol,
        session_date,
        sqrt(variance_21d * sessions_per_year) as volatility_21d,
        sqrt(variance_63d * sessions_per_year) as volatility_63d,
        sqrt(variance_252d * sessions_per_year) as volatility_252d
    from variances
)

select * from annualised
