-- Rows in, rows out: each daily bar that was adjusted has one row in each mart of that grain, and counts in one week
-- and in one month. Bars that have landed since are the next build's: the gate on derived metrics counts those.
with

adjusted as (
    select count(*) as bars from {{ ref('int_bars_adjusted_for_actions') }}
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
        'technical_indicators' as mart,
        count(*) as bars
    from {{ ref('technical_indicators') }}
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
    adjusted.bars as adjusted_bars
from built
cross join adjusted
where built.bars <> adjusted.bars
