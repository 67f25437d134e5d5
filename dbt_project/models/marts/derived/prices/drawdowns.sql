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
    {{ sessions_to_build() }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

-- the last rows that stay hold all that is needed of the past
last_built as (
    {{ last_rows_built({'peak_close': 'double precision', 'max_drawdown': 'double precision'}) }}
),

closes_with_peak as (
    select
        daily_returns.symbol,
        daily_returns.session_date,
        daily_returns.adjusted_close,
        last_built.max_drawdown as max_drawdown_before,
        greatest(
            last_built.peak_close,
            max(daily_returns.adjusted_close)
                over (partition by daily_returns.symbol order by daily_returns.session_date)
        ) as peak_close
    from daily_returns
    inner join sessions_to_build
        on
            daily_returns.symbol = sessions_to_build.symbol
            and daily_returns.session_date between sessions_to_build.build_from and 'infinity'
    left join last_built on daily_returns.symbol = last_built.symbol
),

below_peak as (
    select
        symbol,
        session_date,
        peak_close,
        max_drawdown_before,
        case when peak_close > 0 then adjusted_close / peak_close - 1 end as drawdown
    from closes_with_peak
),

deepest_so_far as (
    select
        symbol,
        session_date,
        peak_close,
        drawdown,
        least(max_drawdown_before, min(drawdown) over (partition by symbol order by session_date)) as max_drawdown
    from below_peak
)

select * from deepest_so_far
