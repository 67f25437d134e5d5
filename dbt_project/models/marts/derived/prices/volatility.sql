{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_sessions_to_build() }}",
        post_hook="{{ record_sessions_built() }}",
    )
}}

with

sessions_to_build as (
    {{ sessions_to_build(lookback=252) }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

-- numeric, whose sums are exact: a window is the difference of two sums from the start, whichever session that is, and
-- leaves no noise where a price stood still; a double's window would be summed anew for each row (three times as long)
returns_with_calendar as (
    select
        daily_returns.symbol,
        daily_returns.session_date,
        daily_returns.simple_return::numeric as simple_return,
        case instruments.asset_class when 'crypto' then 365 else 252 end as sessions_per_year,
        sessions_to_build.build_from
    from daily_returns
    inner join sessions_to_build
        on
            daily_returns.symbol = sessions_to_build.symbol
            and daily_returns.session_date between sessions_to_build.read_from and 'infinity'
    inner join instruments on daily_returns.symbol = instruments.symbol
),

sums_so_far as (
    select
        symbol,
        session_date,
        sessions_per_year,
        build_from,
        count(simple_return) over by_session as defined,
        coalesce(sum(simple_return) over by_session, 0) as total,
        coalesce(sum(simple_return * simple_return) over by_session, 0) as squares
    from returns_with_calendar
    window by_session as (partition by symbol order by session_date)
),

with_sums_before as (
    select
        *,
        lag(defined, 21, 0::bigint) over by_session as defined_before_21,
        lag(total, 21, 0::numeric) over by_session as total_before_21,
        lag(squares, 21, 0::numeric) over by_session as squares_before_21,
        lag(defined, 63, 0::bigint) over by_session as defined_before_63,
        lag(total, 63, 0::numeric) over by_session as total_before_63,
        lag(squares, 63, 0::numeric) over by_session as squares_before_63,
        lag(defined, 252, 0::bigint) over by_session as defined_before_252,
        lag(total, 252, 0::numeric) over by_session as total_before_252,
        lag(squares, 252, 0::numeric) over by_session as squares_before_252
    from sums_so_far
    window by_session as (partition by symbol order by session_date)
),

annualised as (
    select
        symbol,
        session_date,
        sqrt({{ summed_deviations(21, 'squares', 'total', 'total') }} / 20 * sessions_per_year) as volatility_21d,
        sqrt({{ summed_deviations(63, 'squares', 'total', 'total') }} / 62 * sessions_per_year) as volatility_63d,
        sqrt({{ summed_deviations(252, 'squares', 'total', 'total') }} / 251 * sessions_per_year) as volatility_252d
    from with_sums_before
    where session_date >= build_from
)

select * from annualised
