with

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

closes_with_peak as (
    select
        symbol,
        session_date,
        adjusted_close,
        max(adjusted_close) over (partition by symbol order by session_date) as peak_close
    from daily_returns
),

below_peak as (
    select
        symbol,
        session_date,
        case when peak_close > 0 then adjusted_close / peak_close - 1 end as drawdown
    from closes_with_peak
),

deepest_so_far as (
    select
        symbol,
        session_date,
        drawdown,
        min(drawdown) over (partition by symbol order by session_date) as max_drawdown
    from below_peak
)

select * from deepest_so_far
