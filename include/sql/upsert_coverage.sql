insert into quality.coverage as held (
    kind, symbol, timeframe, first_session, last_session, sessions_expected, sessions_held, coverage
)
select
    found.kind,
    found.symbol,
    found.timeframe,
    found.first_session,
    found.last_session,
    found.sessions_expected,
    found.sessions_held,
    found.sessions_held::double precision / found.sessions_expected
from unnest(
    %(kinds)s::text[], %(symbols)s::text[], %(timeframes)s::text[], %(firsts)s::date[], %(lasts)s::date[],
    %(expected)s::bigint[], %(held)s::bigint[]
) as found (kind, symbol, timeframe, first_session, last_session, sessions_expected, sessions_held)
on conflict (kind, symbol, timeframe) do update
    set
        first_session = excluded.first_session,
        last_session = excluded.last_session,
        sessions_expected = excluded.sessions_expected,
        sessions_held = excluded.sessions_held,
        coverage = excluded.coverage
    where
        (held.first_session, held.last_session, held.sessions_expected, held.sessions_held)
        is distinct from (
            excluded.first_session, excluded.last_session, excluded.sessions_expected, excluded.sessions_held
        )
