-- Members of an index on a day, each with the first and last session of its daily bars.
with members as (
    select
        ticker,
        symbol
    from market_data.index_membership
    where
        index_name = %(index_name)s
        and valid_from <= %(day)s
        and (valid_to is null or valid_to > %(day)s)
)

select
    members.ticker,
    members.symbol,
    (first_bar.ts at time zone 'UTC')::date as first_session,
    (last_bar.ts at time zone 'UTC')::date as last_session
from members
left join lateral (
    select bars.ts
    from market_data.ohlcv as bars
    where bars.symbol = members.symbol and bars.timeframe = '1d'
    order by bars.ts
    limit 1
) as first_bar on true
left join lateral (
    select bars.ts
    from market_data.ohlcv as bars
    where bars.symbol = members.symbol and bars.timeframe = '1d'
    order by bars.ts desc
    limit 1
) as last_bar on true
order by members.ticker
