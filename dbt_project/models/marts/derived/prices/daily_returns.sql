with

bars as (
    select * from {{ ref('int_bars_adjusted_for_actions') }}
),

bars_with_previous_close as (
    select
        symbol,
        session_date,
        adjusted_close,
        lag(adjusted_close) over (partition by symbol order by session_date) as previous_close
    from bars
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
)

select * from returns
