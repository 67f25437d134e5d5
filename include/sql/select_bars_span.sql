-- What the bars of every instrument should be held against: the calendar it trades on, its first bar and its last one
-- up to the slice's end, wherever in its history. One without a bar has no dates.
with listed as (
    select
        instruments.symbol,
        instruments.asset_class,
        exchanges.calendar,
        exchanges.timezone,
        instruments.is_active,
        instruments.delisted_on
    from market_data.instruments
    inner join market_data.exchanges on instruments.exchange = exchanges.exchange
),

zoned as (
    select
        symbol,
        -- a daily bar stands at 00:00 UTC of its session date
        case when %(timeframe)s = '1d' then 'UTC' else timezone end as zone
    from listed
)

select
    listed.symbol,
    listed.asset_class,
    listed.calendar,
    listed.timezone,
    listed.is_active,
    listed.delisted_on,
    (first_bar.ts at time zone zoned.zone)::date as first_session,
    (last_bar.ts at time zone zoned.zone)::date as last_session
from listed
inner join zoned on listed.symbol = zoned.symbol
left join lateral (
    select bars.ts
    from market_data.ohlcv as bars
    where bars.symbol = listed.symbol and bars.timeframe = %(timeframe)s
    order by bars.ts
    limit 1
) as first_bar on true
left join lateral (
    select bars.ts
    from market_data.ohlcv as bars
    where
        bars.symbol = listed.symbol
        and bars.timeframe = %(timeframe)s
        and bars.ts < %(end_exclusive)s::timestamptz
    order by bars.ts desc
    limit 1
) as last_bar on true
order by listed.symbol
