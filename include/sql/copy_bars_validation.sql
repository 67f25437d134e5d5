-- One row per daily bar of the slice and of the history before it, which returns and outliers are measured against.
copy (
    select
        (wanted.position - 1)::integer as series,
        ((bars.ts at time zone 'UTC')::date - date '1970-01-01')::integer as day,
        (bars.ts = date_trunc('day', bars.ts, 'UTC'))::integer as is_midnight,
        coalesce(bars.open, 'NaN') as open,
        coalesce(bars.high, 'NaN') as high,
        coalesce(bars.low, 'NaN') as low,
        bars.close,
        coalesce(bars.volume, 'NaN') as volume
    from unnest(%(symbols)s::text[]) with ordinality as wanted (symbol, position)
    inner join market_data.ohlcv as bars on wanted.symbol = bars.symbol
    where
        bars.timeframe = '1d'
        and bars.ts >= %(history_start)s::timestamptz
        and bars.ts < %(end_exclusive)s::timestamptz
    order by series, bars.ts
) to stdout (format binary)
