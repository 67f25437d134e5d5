-- What is held of each of the series asked for, and how many of those sessions are staged.
with series as (
    select *
    from unnest(%(symbols)s::text[], %(timeframes)s::text[]) as wanted (symbol, timeframe)
),

staged as (
    select distinct
        batches.symbol,
        batches.timeframe,
        bars.ts
    from staged_bars as bars
    inner join staged_batches as batches on bars.batch = batches.batch
)

select
    held.symbol,
    held.timeframe,
    count(*) as held_bars,
    count(staged.ts) as served_bars,
    (min(held.ts) at time zone 'UTC')::date as first_day,
    (max(held.ts) at time zone 'UTC')::date as last_day
from series
inner join market_data.ohlcv as held
    on series.symbol = held.symbol and series.timeframe = held.timeframe
left join staged
    on held.symbol = staged.symbol and held.timeframe = staged.timeframe and held.ts = staged.ts
group by held.symbol, held.timeframe
