-- The staged bars that are new or differ from what is held, compared exactly, beside whose bar is held. NaN equals NaN
-- here, and no bar holds one, so coalescing is exact.
create temporary table changed_bars on commit drop as
with compared as (
    select staged_batches.*
    from staged_batches
    where staged_batches.batch not in (select fresh_batches.batch from fresh_batches)
)

select
    batches.symbol,
    batches.timeframe,
    staged.ts,
    nullif(staged.open, 'NaN') as open,
    nullif(staged.high, 'NaN') as high,
    nullif(staged.low, 'NaN') as low,
    staged.close,
    nullif(staged.volume, 'NaN') as volume,
    batches.price_basis,
    batches.source,
    held.close as held_close,
    held.price_basis as held_basis,
    held.source as held_source,
    held.symbol is null as is_new
from staged_bars as staged
inner join compared as batches on staged.batch = batches.batch
left join market_data.ohlcv as held
    on batches.symbol = held.symbol and batches.timeframe = held.timeframe and staged.ts = held.ts
where
    held.symbol is null
    or staged.close <> held.close
    or staged.open <> coalesce(held.open, 'NaN')
    or staged.high <> coalesce(held.high, 'NaN')
    or staged.low <> coalesce(held.low, 'NaN')
    or staged.volume <> coalesce(held.volume, 'NaN')
    or batches.price_basis <> held.price_basis
    or batches.source <> held.source
