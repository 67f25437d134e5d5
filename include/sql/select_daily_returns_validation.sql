-- One row per instrument with daily bars by the as-of date: bars landed and rows built, and its row of that session.
with landed as (
    select
        symbol,
        count(*) as sessions_landed,
        max((ts at time zone 'UTC')::date) as last_landed
    from market_data.ohlcv
    where timeframe = '1d' and ts <= %(as_of)s::timestamp at time zone 'UTC'
    group by symbol
),

built as (
    select
        symbol,
        count(*) as sessions_built,
        max(session_date) as last_built
    from derived.daily_returns
    where session_date <= %(as_of)s
    group by symbol
),

usual as (
    select
        symbol,
        avg(simple_return) as mean_return,
        stddev_samp(simple_return) as volatility,
        count(simple_return) as returns
    from derived.daily_returns
    where session_date >= %(as_of)s::date - 365 and session_date < %(as_of)s
    group by symbol
)

select
    coalesce(landed.symbol, built.symbol) as symbol,
    coalesce(landed.sessions_landed, 0) as sessions_landed,
    coalesce(built.sessions_built, 0) as sessions_built,
    landed.last_landed,
    built.last_built,
    newest.session_date,
    newest.simple_return,
    case
        when usual.returns >= 126 then (newest.simple_return - usual.mean_return) / nullif(usual.volatility, 0)
    end as return_zscore,
    newest.session_date is null
    and coalesce(instruments.is_active, false)
    and coalesce(instruments.delisted_on > %(as_of)s, true) as is_stale,
    newest.simple_return is null and newest.session_date is not null and built.sessions_built > 1 as is_return_missing
from landed
full outer join built on landed.symbol = built.symbol
left join usual on built.symbol = usual.symbol
left join derived.daily_returns as newest on built.symbol = newest.symbol and newest.session_date = %(as_of)s
left join market_data.instruments on landed.symbol = instruments.symbol
order by symbol
