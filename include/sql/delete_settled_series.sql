-- Series that were refused as a whole earlier (their key holds a span) and that the same source gives again: this run
-- says anew whether they may stand.
delete from quality.rejected_records as rejected
using staged_batches as batches
where
    rejected.table_name = 'market_data.ohlcv'
    and rejected.source = batches.source
    and starts_with(rejected.record_key, batches.symbol || '|' || batches.timeframe || '|')
    and position('..' in rejected.record_key) > 0
