-- One row per daily bar: the instrument's position in the list, and the session as days since 1970-01-01.
copy (
    select
        (wanted.position - 1)::integer as series,
        ((bars.ts at time zone 'UTC')::date - date '1970-01-01')::integer as day
    from unnest(%(symbols)s::text[]) with ordinality as wanted (symbol, position)
    inner join market_data.ohlcv as bars on wanted.symbol = bars.symbol
    where bars.timeframe = '1d'
    order by series, day
) to stdout (format binary)
