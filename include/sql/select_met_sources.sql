-- Where staged bars meet held ones of another source, of another basis, or of adjusted prices that changed. One row per
-- symbol, timeframe, source staged and source held, with the sessions compared; none where they share no session.
with common as (
    select
        changed.symbol,
        changed.timeframe,
        changed.source,
        changed.price_basis,
        changed.held_source,
        changed.held_basis,
        count(*) as sessions,
        count(*) filter (
            where abs(changed.close - changed.held_close) > %(tolerance)s * abs(changed.held_close)
        ) as disagreeing,
        coalesce(min(changed.close / nullif(changed.held_close, 0)), 0) as least_ratio,
        coalesce(max(changed.close / nullif(changed.held_close, 0)), 0) as greatest_ratio
    from changed_bars as changed
    where
        not changed.is_new
        and (
            changed.source <> changed.held_source
            or changed.price_basis <> changed.held_basis
            or changed.price_basis <> 'raw'
        )
    group by
        changed.symbol,
        changed.timeframe,
        changed.source,
        changed.price_basis,
        changed.held_source,
        changed.held_basis
),

-- all bars held of a symbol have one basis: the one before the last staged bar, or the first one, speaks for them
neighbours as (
    select distinct
        batches.symbol,
        batches.timeframe,
        batches.source,
        batches.price_basis,
        near.source as held_source,
        near.price_basis as held_basis
    from staged_batches as batches
    cross join lateral (
        (
            select
                held.source,
                held.price_basis
            from market_data.ohlcv as held
            where
                held.symbol = batches.symbol
                and held.timeframe = batches.timeframe
                and held.ts <= batches.last_ts
            order by held.ts desc
            limit 1
        )
        union all
        (
            select
                held.source,
                held.price_basis
            from market_data.ohlcv as held
            where
                held.symbol = batches.symbol
                and held.timeframe = batches.timeframe
                and held.ts > batches.last_ts
            order by held.ts asc
            limit 1
        )
        limit 1
    ) as near
    where near.price_basis <> batches.price_basis
)

select
    symbol,
    timeframe,
    source,
    price_basis,
    held_source,
    held_basis,
    sessions,
    disagreeing,
    least_ratio,
    greatest_ratio
from common
union all
select
    symbol,
    timeframe,
    source,
    price_basis,
    held_source,
    held_basis,
    0 as sessions,
    0 as disagreeing,
    0 as least_ratio,
    0 as greatest_ratio
from neighbours
order by symbol asc, timeframe asc, source asc, sessions desc
