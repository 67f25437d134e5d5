with

strategies as (
    select * from {{ ref('stg_strategies__definitions') }}
    where is_enabled
),

tested_portfolios as (
    select results.*
    from {{ ref('backtest_results') }} as results
    inner join strategies on results.strategy_name = strategies.strategy_name
    where
        results.run_date = {{ as_of() }}
        and results.kind = 'portfolio'
        and results.total_return is not null
),

top_portfolios as (
    select distinct on (scenario_name)
        scenario_name,
        strategy_name,
        total_return
    from tested_portfolios
    order by scenario_name asc, total_return desc, strategy_name collate "C" asc
),

averaged as (
    select
        scenario_name,
        scenario_family,
        avg(total_return order by strategy_name) as avg_return,
        count(*) as strategies_tested
    from tested_portfolios
    group by scenario_name, scenario_family
),

joined as (
    select
        averaged.scenario_name,
        averaged.scenario_family,
        top_portfolios.strategy_name as top_strategy,
        top_portfolios.total_return as top_return,
        averaged.avg_return,
        averaged.strategies_tested,
        {{ as_of() }} as run_date
    from averaged
    inner join top_portfolios on averaged.scenario_name = top_portfolios.scenario_name
)

select * from joined
