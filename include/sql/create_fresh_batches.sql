-- Batches into a span in which the table holds no bar of the symbol, so that there is nothing to compare with. All
-- batches of a symbol are, or none is: two of them with one session must meet in one statement, and be refused.
create temporary table fresh_batches on commit drop as
with spans as (
    select
        staged_batches.symbol,
        staged_batches.timeframe,
        min(staged_batches.first_ts) as first_ts,
        max(staged_batches.last_ts) as last_ts
    from staged_batches
    group by staged_batches.symbol, staged_batches.timeframe
)

select batches.batch
from staged_batches as batches
inner join spans on batches.symbol = spans.symbol and batches.timeframe = spans.timeframe
where
    not exists (
        select 1
        from market_data.ohlcv as held
        where
            held.symbol = spans.symbol
            and held.timeframe = spans.timeframe
            and held.ts between spans.first_ts and spans.last_ts
    )
