insert into quality.gaps as held (kind, symbol, timeframe, gap_start, gap_end, sessions_missing)
select
    found.kind,
    found.symbol,
    found.timeframe,
    found.gap_start,
    found.gap_end,
    found.sessions_missing
from unnest(
    %(kinds)s::text[], %(symbols)s::text[], %(timeframes)s::text[], %(starts)s::date[], %(ends)s::date[],
    %(missing)s::bigint[]
) as found (kind, symbol, timeframe, gap_start, gap_end, sessions_missing)
on conflict (kind, symbol, timeframe, gap_start) do update
    set gap_end = excluded.gap_end, sessions_missing = excluded.sessions_missing
    where
        (held.gap_end, held.sessions_missing) is distinct from (excluded.gap_end, excluded.sessions_missing)
