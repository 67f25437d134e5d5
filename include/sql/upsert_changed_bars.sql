insert into market_data.ohlcv as held (
    symbol, timeframe, ts, open, high, low, close, volume, price_basis, source
)
select
    changed.symbol,
    changed.timeframe,
    changed.ts,
    changed.open,
    changed.high,
    changed.low,
    changed.close,
    changed.volume,
    changed.price_basis,
    changed.source
from changed_bars as changed
order by changed.symbol, changed.timeframe, changed.ts
on conflict (symbol, timeframe, ts) do update
    set
        open = excluded.open,
        high = excluded.high,
        low = excluded.low,
        close = excluded.close,
        volume = excluded.volume,
        price_basis = excluded.price_basis,
        source = excluded.source,
        ingested_at = now()
