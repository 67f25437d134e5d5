-- In the order of staging, which is by symbol and session: a sort of millions of rows would gain nothing.
insert into market_data.ohlcv (symbol, timeframe, ts, open, high, low, close, volume, price_basis, source)
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
    batches.source
from staged_bars as staged
inner join staged_batches as batches on staged.batch = batches.batch
inner join fresh_batches as fresh on batches.batch = fresh.batch
