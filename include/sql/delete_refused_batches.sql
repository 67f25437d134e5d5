-- The same of batches that would be inserted without a comparison.
delete from fresh_batches
using
    staged_batches as batches,
    unnest(%(symbols)s::text[], %(timeframes)s::text[]) as refused (symbol, timeframe)
where
    fresh_batches.batch = batches.batch
    and batches.symbol = refused.symbol
    and batches.timeframe = refused.timeframe
