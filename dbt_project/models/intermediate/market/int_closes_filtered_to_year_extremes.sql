-- The highest and lowest of the 251 closes before each, in time that does not grow with the window (van Herk 1992,
-- Pattern Recognition Letters 13(7), 517-521): closes are cut into blocks of 251, and any 251 in a row are the end of
-- one block and the beginning of the next. A moving maximum would be searched anew for every row.
{{ config(materialized='table') }}

with

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

closes as (
    select
        symbol,
        session_date,
        adjusted_close,
        row_number() over (partition by symbol order by session_date) - 1 as bars_before
    from daily_returns
),

closes_in_blocks as (
    select
        symbol,
        session_date,
        adjusted_close,
        bars_before,
        bars_before / 251 as block
    from closes
),

block_extremes as (
    select
        *,
        max(adjusted_close) over from_block_start as highest_from_start,
        min(adjusted_close) over from_block_start as lowest_from_start,
        max(adjusted_close) over to_block_end as highest_to_end,
        min(adjusted_close) over to_block_end as lowest_to_end
    from closes_in_blocks
    window
        from_block_start as (partition by symbol, block order by bars_before),
        to_block_end as (partition by symbol, block order by bars_before desc)
),

closes_with_earlier_extremes as (
    select
        *,
        -- the 251 closes before this one: those of its block up to the previous bar, and of the block before it those
        -- from 251 bars ago on; on a block's first bar both are the whole block before
        greatest(lag(highest_from_start) over by_bar, lag(highest_to_end, 251) over by_bar) as highest_before,
        least(lag(lowest_from_start) over by_bar, lag(lowest_to_end, 251) over by_bar) as lowest_before
    from block_extremes
    window by_bar as (partition by symbol order by bars_before)
),

extremes as (
    select
        symbol,
        session_date,
        adjusted_close > highest_before as is_high
    from closes_with_earlier_extremes
    where
        bars_before >= 251
        and (adjusted_close > highest_before or adjusted_close < lowest_before)
)

select * from extremes
