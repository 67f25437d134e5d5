-- Of the changed symbols, adjusted bars whose daily bar is gone.
delete from market_data.split_adjusted_bars as adjusted
using changed_inputs as changed
where
    adjusted.symbol = changed.symbol
    and not exists (
        select 1
        from market_data.ohlcv as bars
        where bars.symbol = adjusted.symbol and bars.timeframe = '1d' and bars.ts = adjusted.ts
    )
