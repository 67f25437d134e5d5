-- A record set aside earlier that the same source now gives in order is a rejection no more.
with earlier as materialized (
    select
        rejected.source,
        rejected.record_key,
        batches.batch
    from quality.rejected_records as rejected
    inner join staged_batches as batches
        on
            rejected.source = batches.source
            and starts_with(rejected.record_key, batches.symbol || '|' || batches.timeframe || '|')
    where rejected.table_name = 'market_data.ohlcv'
)

delete from quality.rejected_records as rejected
using earlier, staged_batches as batches, staged_bars as staged
where
    rejected.table_name = 'market_data.ohlcv'
    and rejected.source = earlier.source
    and rejected.record_key = earlier.record_key
    and earlier.batch = batches.batch
    and staged.batch = batches.batch
    and rejected.record_key
    = batches.symbol || '|' || batches.timeframe || '|' || ((staged.ts at time zone 'UTC')::date)::text
