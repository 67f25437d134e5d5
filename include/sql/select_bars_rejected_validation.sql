-- Records of the slice's sessions that were set aside, per symbol. A record's key is symbol|timeframe|moment, the
-- moment beginning with the session's date; what has no such key is not of any session.
select
    split_part(record_key, '|', 1) as symbol,
    count(*) as records
from quality.rejected_records
where
    table_name = 'market_data.ohlcv'
    and split_part(record_key, '|', 2) = %(timeframe)s
    and split_part(record_key, '|', 3) ~ '^\d{4}-\d{2}-\d{2}'
    and left(split_part(record_key, '|', 3), 10) collate "C" between %(start)s::date::text and %(end)s::date::text
group by 1
order by 1
