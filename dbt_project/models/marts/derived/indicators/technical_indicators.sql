{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{{ delete_sessions_to_build() }}",
        post_hook="{{ record_sessions_built() }}",
    )
}}

-- An average follows from all sessions before it: what they come to is kept with every row of the int_ models, so that
-- only new sessions are gone through, and the rows are those of a full refresh to the bit.
with

sessions_to_build as (
    {{ sessions_to_build() }}
),

closes as (
    select * from {{ ref('int_closes_averaged') }}
),

ranges as (
    select * from {{ ref('int_ranges_averaged') }}
),

volumes as (
    select * from {{ ref('int_volumes_balanced') }}
),

indicators as (
    select
        closes.symbol,
        closes.session_date,
        closes.adjusted_close,
        closes.sma_20,
        closes.sma_50,
        closes.sma_200,
        closes.ema_12,
        closes.ema_26,
        closes.ema_50,
        closes.rsi_14,
        closes.macd_line,
        closes.macd_signal,
        closes.macd_line - closes.macd_signal as macd_histogram,
        closes.sma_20 - 2 * closes.deviation_20 as bollinger_lower,
        closes.sma_20 as bollinger_middle,
        closes.sma_20 + 2 * closes.deviation_20 as bollinger_upper,
        ranges.atr_14,
        ranges.stochastic_k,
        ranges.stochastic_d,
        ranges.adx_14,
        ranges.plus_di_14,
        ranges.minus_di_14,
        volumes.obv
    from closes
    inner join sessions_to_build
        on
            closes.symbol = sessions_to_build.symbol
            and closes.session_date >= sessions_to_build.build_from
    left join ranges on closes.symbol = ranges.symbol and closes.session_date = ranges.session_date
    left join volumes on closes.symbol = volumes.symbol and closes.session_date = volumes.session_date
)

select * from indicators
