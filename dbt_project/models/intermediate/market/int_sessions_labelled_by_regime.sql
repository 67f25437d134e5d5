with

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

instruments as (
    select * from {{ ref('stg_market_data__instruments') }}
),

definitions as (
    select * from {{ ref('stg_scenarios__definitions') }}
    where regime_method = 'rules'
),

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

sessions_traded as (
    select
        daily_returns.session_date,
        bool_and(instruments.asset_class = 'crypto') as is_crypto_alone
    from daily_returns
    inner join instruments on daily_returns.symbol = instruments.symbol
    group by daily_returns.session_date
),

calendars as (
    select bool_and(is_crypto_alone) as is_nothing_but_crypto from sessions_traded
),

-- weekends would fill a third of the latest window with days on which only crypto has a return; where there is nothing
-- but crypto they are sessions like others
market_sessions as (
    select
        sessions_traded.session_date,
        row_number() over (order by sessions_traded.session_date desc) as sessions_ago
    from sessions_traded
    cross join calendars
    where not sessions_traded.is_crypto_alone or calendars.is_nothing_but_crypto
),

spells as (
    select
        regime_type,
        start_date,
        end_date
    from definitions
    where
        as_of = (
            select max(known.as_of)
            from definitions as known
            inner join horizon on known.as_of <= horizon.horizon_date
        )
),

labelled as (
    select
        'latest' as regime,
        session_date
    from market_sessions
    where sessions_ago <= 252
    union all
    select distinct
        spells.regime_type as regime,
        market_sessions.session_date
    from market_sessions
    inner join spells on market_sessions.session_date between spells.start_date and spells.end_date
)

select * from labelled
