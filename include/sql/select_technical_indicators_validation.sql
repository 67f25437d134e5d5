-- One row per instrument with daily bars by the as-of date: bars landed and rows built, and the indicators of that
-- session beside the closes that they are of.
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
    from derived.technical_indicators
    where session_date <= %(as_of)s
    group by symbol
),

last_closes as (
    select
        newest.symbol,
        closes.adjusted_close
    from derived.technical_indicators as newest
    cross join lateral (
        select returns.adjusted_close
        from derived.daily_returns as returns
        where returns.symbol = newest.symbol and returns.session_date <= newest.session_date
        order by returns.session_date desc
        limit 200
    ) as closes
    where newest.session_date = %(as_of)s
),

closes as (
    select
        symbol,
        avg(adjusted_close) as mean_close,
        max(abs(adjusted_close)) as largest_close
    from last_closes
    group by symbol
)

select
    coalesce(landed.symbol, built.symbol) as symbol,
    coalesce(landed.sessions_landed, 0) as sessions_landed,
    coalesce(built.sessions_built, 0) as sessions_built,
    landed.last_landed,
    built.last_built,
    newest.session_date,
    newest.sma_20,
    newest.sma_50,
    newest.sma_200,
    newest.ema_12,
    newest.ema_26,
    newest.ema_50,
    newest.rsi_14,
    newest.macd_line,
    newest.macd_signal,
    newest.bollinger_lower,
    newest.bollinger_middle,
    newest.bollinger_upper,
    newest.atr_14,
    newest.stochastic_k,
    newest.stochastic_d,
    newest.adx_14,
    newest.plus_di_14,
    newest.minus_di_14,
    -- of prices on another scale, not adjusted alike, it would be off
    abs(newest.sma_200 - closes.mean_close) / nullif(closes.largest_close, 0) as sma_200_off
from landed
full outer join built on landed.symbol = built.symbol
left join derived.technical_indicators as newest
    on built.symbol = newest.symbol and newest.session_date = %(as_of)s
left join closes on newest.symbol = closes.symbol
order by symbol
