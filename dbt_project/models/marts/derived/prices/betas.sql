{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_sessions_to_build(reference_symbol=market_symbol()) }}",
        post_hook="{{ record_sessions_built(reference_symbol=market_symbol()) }}",
    )
}}

with

sessions_to_build as (
    {{ sessions_to_build(lookback=252, reference_symbol=market_symbol()) }}
),

daily_returns as not materialized (
    select * from {{ ref('daily_returns') }}
),

-- from one session that both have to the next: Bitcoin's Monday spans the weekend, as the index's does
closes_paired as (
    select
        daily_returns.symbol,
        market.symbol as market_symbol,
        daily_returns.session_date,
        daily_returns.adjusted_close,
        market.adjusted_close as market_close,
        sessions_to_build.build_from
    from daily_returns
    inner join sessions_to_build
        on
            daily_returns.symbol = sessions_to_build.symbol
            and daily_returns.session_date between sessions_to_build.read_from and 'infinity'
    inner join daily_returns as market
        on
            daily_returns.session_date = market.session_date
            and market.symbol = {{ market_symbol() }}
),

-- numeric for the reason that volatility gives; both or none, so that each sum counts the same sessions
returns_paired as (
    select
        symbol,
        market_symbol,
        session_date,
        build_from,
        case
            when least(lag(adjusted_close) over by_session, lag(market_close) over by_session) > 0
                then (adjusted_close / lag(adjusted_close) over by_session - 1)::numeric
        end as own,
        case
            when least(lag(adjusted_close) over by_session, lag(market_close) over by_session) > 0
                then (market_close / lag(market_close) over by_session - 1)::numeric
        end as market
    from closes_paired
    window by_session as (partition by symbol order by session_date)
),

sums_so_far as (
    select
        symbol,
        market_symbol,
        session_date,
        build_from,
        count(own) over by_session as defined,
        coalesce(sum(own) over by_session, 0) as own_total,
        coalesce(sum(market) over by_session, 0) as market_total,
        coalesce(sum(own * own) over by_session, 0) as own_squares,
        coalesce(sum(market * market) over by_session, 0) as market_squares,
        coalesce(sum(own * market) over by_session, 0) as products
    from returns_paired
    window by_session as (partition by symbol order by session_date)
),

with_sums_before as (
    select
        *,
        lag(defined, 21, 0::bigint) over by_session as defined_before_21,
        lag(own_total, 21, 0::numeric) over by_session as own_total_before_21,
        lag(market_total, 21, 0::numeric) over by_session as market_total_before_21,
        lag(own_squares, 21, 0::numeric) over by_session as own_squares_before_21,
        lag(market_squares, 21, 0::numeric) over by_session as market_squares_before_21,
        lag(products, 21, 0::numeric) over by_session as products_before_21,
        lag(defined, 63, 0::bigint) over by_session as defined_before_63,
        lag(own_total, 63, 0::numeric) over by_session as own_total_before_63,
        lag(market_total, 63, 0::numeric) over by_session as market_total_before_63,
        lag(own_squares, 63, 0::numeric) over by_session as own_squares_before_63,
        lag(market_squares, 63, 0::numeric) over by_session as market_squares_before_63,
        lag(products, 63, 0::numeric) over by_session as products_before_63,
        lag(defined, 252, 0::bigint) over by_session as defined_before_252,
        lag(own_total, 252, 0::numeric) over by_session as own_total_before_252,
        lag(market_total, 252, 0::numeric) over by_session as market_total_before_252,
        lag(own_squares, 252, 0::numeric) over by_session as own_squares_before_252,
        lag(market_squares, 252, 0::numeric) over by_session as market_squares_before_252,
        lag(products, 252, 0::numeric) over by_session as products_before_252
    from sums_so_far
    window by_session as (partition by symbol order by session_date)
),

deviations as (
    select
        symbol,
        market_symbol,
        session_date,
        {{ summed_deviations(21, 'products', 'own_total', 'market_total') }} as products_21,
        {{ summed_deviations(21, 'own_squares', 'own_total', 'own_total') }} as own_21,
        {{ summed_deviations(21, 'market_squares', 'market_total', 'market_total') }} as market_21,
        {{ summed_deviations(63, 'products', 'own_total', 'market_total') }} as products_63,
        {{ summed_deviations(63, 'own_squares', 'own_total', 'own_total') }} as own_63,
        {{ summed_deviations(63, 'market_squares', 'market_total', 'market_total') }} as market_63,
        {{ summed_deviations(252, 'products', 'own_total', 'market_total') }} as products_252,
        {{ summed_deviations(252, 'own_squares', 'own_total', 'own_total') }} as own_252,
        {{ summed_deviations(252, 'market_squares', 'market_total', 'market_total') }} as market_252
    from with_sums_before
    where session_date >= build_from
),

betas as (
    select
        symbol,
        market_symbol,
        session_date,
        products_21 / nullif(market_21, 0) as beta_21d,
        products_63 / nullif(market_63, 0) as beta_63d,
        products_252 / nullif(market_252, 0) as beta_252d,
        products_21 / nullif(sqrt(own_21 * market_21), 0) as correlation_21d,
        products_63 / nullif(sqrt(own_63 * market_63), 0) as correlation_63d,
        products_252 / nullif(sqrt(own_252 * market_252), 0) as correlation_252d
    from deviations
)

select * from betas
