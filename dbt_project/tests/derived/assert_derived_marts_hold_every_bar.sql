-- Rows in, rows out: each daily bar up to the horizon has one row in each mart of that grain, and counts in one week
-- and in one month.
with

horizon as (
    select max(as_of) as horizon_date from {{ ref('int_as_of_dates_recorded') }}
),

landed as (
    select count(*) as bars
    from {{ ref('stg_market_data__bars') }} as bars
    inner join horizon on bars.session_date <= horizon.horizon_date
    where bars.timeframe = '1d'
),

built as (
    select
        'daily_returns' as mart,
        count(*) as bars
    from {{ ref('daily_returns') }}
    union all
    select
        'volatility' as mart,
        count(*) as bars
    from {{ ref('volatility') }}
    union all
    select
        'drawdowns' as mart,
        count(*) as bars
    from {{ ref('drawdowns') }}
    union all
    select
        'weekly_returns' as mart,
        coalesce(sum(sessions), 0) as bars
    from {{ ref('weekly_returns') }}
    union all
    select
        'monthly_returns' as mart,
        coalesce(sum(sessions), 0) as bars
    from {{ ref('monthly_returns') }}
)

select
    built.mart,
    built.bars,
    landed.bars as landed_bars
from built
cross join landed
where built.bars <> landed.bars
