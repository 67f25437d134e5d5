-- Changes whenever the hourly bars do.
select coalesce(sum(hash_record_extended(row(symbol, ts, open, high, low, close, volume), 0)), 0) as input_hash
from market_data.ohlcv
where timeframe = '1h'
