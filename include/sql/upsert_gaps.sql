insert into quality.gaps as held (symbol, timeframe, gap_start, gap_end, sessions_missing)
select
    found.symbol,
    '1d',
    found.gap_start,
    found.gap_end,
    found.sessions_missing
from unnest(%(symbols)s::text[], %(starts)s::date[], %(ends)s::date[], %(missing)s::bigint[])
    as found (symbol, gap_start, gap_end, sessions_missing)
on conflict (symbol, timeframe, gap_start) do update
    set gap_end = excluded.gap_end, sessions_missing = excluded.sessions_missing
    where
        (held.gap_end, held.sessions_missing) is distinct from (excluded.gap_end, excluded.sessions_missing)
