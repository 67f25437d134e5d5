insert into market_data.split_adjusted_bars (symbol, ts, open, high, low, close, volume)
select
    changed.symbol,
    changed.ts,
    changed.open,
    changed.high,
    changed.low,
    changed.close,
    changed.volume
from changed_adjusted_bars as changed
order by changed.symbol, changed.ts
on conflict (symbol, ts) do update
    set
        open = excluded.open,
        high = excluded.high,
        low = excluded.low,
        close = excluded.close,
        volume = excluded.volume
