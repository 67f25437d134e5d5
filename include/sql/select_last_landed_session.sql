-- The as-of session if a daily bar of it is landed, and the last session that has one.
select
    bool_or(ohlcv.ts = (%(as_of)s)::date::timestamp at time zone 'UTC') as is_landed,
    (max(ohlcv.ts) at time zone 'UTC')::date as last_session
from market_data.ohlcv
where
    ohlcv.timeframe = '1d'
    and ohlcv.ts >= (
        select least(max(newest.ts), (%(as_of)s)::date::timestamp at time zone 'UTC')
        from market_data.ohlcv as newest
        where newest.timeframe = '1d'
    )
