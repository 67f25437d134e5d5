-- One row per daily bar known at the as-of date. Every field has a fixed width (absent numbers travel as NaN), so that
-- the client reads the stream as one structured array instead of parsing rows.
copy (
    select
        (wanted.position - 1)::integer as series,
        ((bars.ts at time zone 'UTC')::date - date '1970-01-01')::integer as day,
        (case bars.price_basis when 'raw' then 0 when 'split' then 1 else 2 end)::integer as basis,
        coalesce(bars.open, 'NaN') as open,
        coalesce(bars.high, 'NaN') as high,
        coalesce(bars.low, 'NaN') as low,
        bars.close,
        coalesce(bars.volume, 'NaN') as volume
    from unnest(%(symbols)s::text[]) with ordinality as wanted (symbol, position)
    inner join market_data.ohlcv as bars on wanted.symbol = bars.symbol
    where
        bars.timeframe = '1d'
        and bars.ts <= %(last_bar)s::timestamptz
    order by series, day
) to stdout (format binary)
