-- A record set aside earlier that the same source now gives in order is a rejection no more.
delete from quality.rejected_records as rejected
using staged_bars as staged
where
    rejected.table_name = 'market_data.ohlcv'
    and rejected.source = staged.source
    and rejected.record_key
    = staged.symbol || '|' || staged.timeframe || '|' || ((staged.ts at time zone 'UTC')::date)::text
