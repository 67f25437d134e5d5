-- read by every model that counts sessions: made once
{{ config(materialized='table') }}

with

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

-- landing refuses a bar on a day that its exchange does not trade, so the days with a bar are the calendar's sessions
sessions as (
    select distinct daily_returns.session_date
    from daily_returns
    inner join instruments on daily_returns.symbol = instruments.symbol
    where instruments.asset_class in ('stock', 'etf', 'index', 'volatility_index')
),

sessions_with_kind as (
    select
        session_date,
        row_number() over (order by session_date)::integer as session_number,
        -- New York's half days since 1993; a test holds them against the exchange's calendar
        case
            when session_date in ('1996-07-05', '1997-12-26', '1999-12-31', '2002-07-05', '2003-12-26') then true
            when session_date in ('1996-07-03', '2002-07-03') then false
            when to_char(session_date, 'MM-DD') in ('07-03', '12-24') then true
            -- the day after Thanksgiving, which is the fourth Thursday of November
            else extract(isodow from session_date) = 5 and to_char(session_date, 'MM-DD') between '11-23' and '11-29'
        end as is_half_day
    from sessions
),

numbered as (
    select
        session_number,
        is_half_day,
        session_date,
        (session_date + case when is_half_day then time '13:00' else time '16:00' end)
        at time zone 'America/New_York' as closes_at
    from sessions_with_kind
)

select * from numbered
