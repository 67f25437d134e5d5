-- A record set aside earlier that the same source now gives in order is a rejection no more. A daily bar's key ends in
-- its session, an hourly one's in the minute it opened, in UTC.
with earlier as materialized (
    select
        rejected.record_key,
        rejected.source,
        batches.batch
    from quality.rejected_records as rejected
    inner join staged_batches as batches
        on
            rejected.source = batches.source
            and split_part(rejected.record_key, '|', 1) = batches.symbol
            and split_part(rejected.record_key, '|', 2) = batches.timeframe
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
    and split_part(rejected.record_key, '|', 3) = to_char(
        staged.ts at time zone 'UTC',
        case batches.timeframe when '1d' then 'YYYY-MM-DD' else 'YYYY-MM-DD"T"HH24:MI' end
    )
