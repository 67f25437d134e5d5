-- One row per bar of the timeframe: the instrument's position in the list, and its session as days since 1970-01-01. A
-- daily bar stands at 00:00 UTC of its session date; an hourly one belongs to the day it opened on at its exchange. A
-- session's hourly bars repeat it: to sort them out here takes four times as long.
copy (
    select
        (wanted.position - 1)::integer as series,
        ((bars.ts at time zone wanted.timezone)::date - date '1970-01-01')::integer as day
    from
        unnest(%(symbols)s::text[], %(timezones)s::text[])
        with ordinality as wanted (symbol, timezone, position)
    inner join market_data.ohlcv as bars on wanted.symbol = bars.symbol
    where bars.timeframe = %(timeframe)s
    order by series, day
) to stdout (format binary)
