-- Rows in, rows out: each daily bar up to the horizon has one row in each mart of that grain.
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
        (select count(*) from {{ ref('daily_returns') }}) as returns,
        (select count(*) from {{ ref('volatility') }}) as volatilities,
        (select count(*) from {{ ref('drawdowns') }}) as drawdowns
)

select
    landed.bars,
    built.returns,
    built.volatilities,
    built.drawdowns
from landed
cross join built
where
    landed.bars <> built.returns
    or landed.bars <> built.volatilities
    or landed.bars <> built.drawdowns
