-- Gaps in bars, of some symbols or of all.
select
    timeframe,
    symbol,
    gap_start,
    gap_end
from quality.gaps
where kind = 'bars' and (%(symbols)s::text[] is null or symbol = any(%(symbols)s::text[]))
order by timeframe, gap_start, gap_end, symbol
