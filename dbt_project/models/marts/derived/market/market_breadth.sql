with

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

technical_indicators as (
    select * from {{ ref('technical_indicators') }}
),

stocks as (
    select symbol from {{ ref('stg_market_data__instruments') }}
    where asset_class = 'stock' and is_tradable
),

year_extremes as (
    select * from {{ ref('int_closes_filtered_to_year_extremes') }}
),

stocks_by_session as (
    select
        daily_returns.symbol,
        daily_returns.session_date,
        sign(daily_returns.simple_return) as direction,
        technical_indicators.adjusted_close > technical_indicators.sma_50 as is_above_sma_50,
        technical_indicators.adjusted_close > technical_indicators.sma_200 as is_above_sma_200,
        year_extremes.is_high
    from daily_returns
    inner join stocks on daily_returns.symbol = stocks.symbol
    inner join technical_indicators
        on
            daily_returns.symbol = technical_indicators.symbol
            and daily_returns.session_date = technical_indicators.session_date
    left join year_extremes
        on
            daily_returns.symbol = year_extremes.symbol
            and daily_returns.session_date = year_extremes.session_date
),

counted as (
    select
        session_date,
        count(direction) as instruments,
        count(*) filter (where direction > 0) as advancing,
        count(*) filter (where direction < 0) as declining,
        count(*) filter (where direction = 0) as unchanged,
        count(*) filter (where is_high) as new_highs,
        count(*) filter (where not is_high) as new_lows,
        avg(is_above_sma_50::integer)::double precision as share_above_sma_50,
        avg(is_above_sma_200::integer)::double precision as share_above_sma_200
    from stocks_by_session
    group by session_date
),

accumulated as (
    select
        session_date,
        instruments,
        advancing,
        declining,
        unchanged,
        advancing - declining as net_advances,
        (sum(advancing - declining) over (order by session_date))::bigint as advance_decline_line,
        new_highs,
        new_lows,
        new_highs - new_lows as net_new_highs,
        share_above_sma_50,
        share_above_sma_200
    from counted
)

select * from accumulated
