-- Accounting: the daily returns of a week or month, compounded, are its return.
with

periods as (
    select
        'week' as period,
        symbol,
        simple_return,
        period_end_date - 6 as first_date,
        period_end_date
    from {{ ref('weekly_returns') }}
    union all
    select
        'month' as period,
        symbol,
        simple_return,
        date_trunc('month', period_end_date)::date as first_date,
        period_end_date
    from {{ ref('monthly_returns') }}
),

daily_returns as (
    select * from {{ ref('daily_returns') }}
),

compounded as (
    select
        periods.period,
        periods.symbol,
        periods.period_end_date,
        periods.simple_return,
        -- a log return exists where prices are positive, and adds up
        case when count(*) = count(daily_returns.log_return) then exp(sum(daily_returns.log_return)) - 1 end
            as compounded_return
    from periods
    inner join daily_returns
        on
            periods.symbol = daily_returns.symbol
            and daily_returns.session_date between periods.first_date and periods.period_end_date
    group by periods.period, periods.symbol, periods.period_end_date, periods.simple_return
)

select *
from compounded
where abs(simple_return - compounded_return) > 1e-9 * (1 + abs(simple_return))
