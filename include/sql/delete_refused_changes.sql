-- Staged bars of series that may not stand beside what is held.
delete from changed_bars
using unnest(%(symbols)s::text[], %(timeframes)s::text[]) as refused (symbol, timeframe)
where changed_bars.symbol = refused.symbol and changed_bars.timeframe = refused.timeframe
