-- One row per bar of the slice and of the history before it, which returns and outliers are measured against. Whether
-- two bars came from one source is all that is asked of it, so a hash will do.
copy (
    select
        (wanted.position - 1)::integer as series,
        ((bars.ts at time zone wanted.timezone)::date - date '1970-01-01')::integer as day,
        (extract(epoch from bars.ts) / 60)::integer as minute,
        (case bars.price_basis when 'raw' then 0 when 'split' then 1 else 2 end)::integer as basis,
        hashtext(bars.source) as source,
        coalesce(bars.open, 'NaN') as open,
        coalesce(bars.high, 'NaN') as high,
        coalesce(bars.low, 'NaN') as low,
        bars.close,
        coalesce(bars.volume, 'NaN') as volume
    from
        unnest(%(symbols)s::text[], %(timezones)s::text[])
        with ordinality as wanted (symbol, timezone, position)
    inner join market_data.ohlcv as bars on wanted.symbol = bars.symbol
    where
        bars.timeframe = %(timeframe)s
        and bars.ts >= %(history_start)s::timestamptz
        and bars.ts < %(end_exclusive)s::timestamptz
    order by series, bars.ts
) to stdout (format binary)
