-- The staged bars that are new or differ from what is held, compared exactly.
create temporary table changed_bars on commit drop as
select
    staged.*,
    held.symbol is null as is_new
from staged_bars as staged
left join market_data.ohlcv as held
    on staged.symbol = held.symbol and staged.timeframe = held.timeframe and staged.ts = held.ts
where
    held.symbol is null
    or (staged.open, staged.high, staged.low, staged.close, staged.volume, staged.price_basis, staged.source)
    is distinct from (held.open, held.high, held.low, held.close, held.volume, held.price_basis, held.source)
