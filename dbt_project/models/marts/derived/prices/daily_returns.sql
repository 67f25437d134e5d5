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
    {{ sessions_to_build(lookback=1) }}
),

bars as (
    select * from {{ ref('int_bars_adjusted_for_actions') }}
),

bars_with_previous_close as (
    select
        bars.symbol,
        bars.session_date,
        bars.adjusted_close,
        sessions_to_build.build_from,
        lag(bars.adjusted_close) over (partition by bars.symbol order by bars.session_date) as previous_close
    from bars
    inner join sessions_to_build
        on
            bars.symbol = sessions_to_build.symbol
            and bars.session_date between sessions_to_build.read_from and 'infinity'
),

returns as (
    select
        symbol,
        session_date,
        adjusted_close,
        -- a loss or gain on a price of zero or less is no fraction of anything
        case when previous_close > 0 then adjusted_close / previous_close - 1 end as simple_return,
        case when previous_close > 0 and adjusted_close > 0 then ln(adjusted_close / previous_close) end as log_return
    from bars_with_previous_close
    where session_date >= build_from
)

select * from returns
