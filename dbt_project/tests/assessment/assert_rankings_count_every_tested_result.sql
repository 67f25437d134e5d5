-- Each tested result is counted once on its way through families into the ranking, and portfolios once per scenario.
with

tested as (
    select
        count(*) filter (where results.kind <> 'portfolio' and families.is_ranked) as cells,
        count(*) filter (where results.kind = 'portfolio' and families.is_ranked) as portfolios,
        count(*) filter (where results.kind = 'portfolio') as portfolios_of_all_families
    from {{ ref('backtest_results') }} as results
    inner join {{ ref('stg_strategies__definitions') }} as strategies
        on results.strategy_name = strategies.strategy_name
    left join {{ ref('scenario_families') }} as families on results.scenario_family = families.scenario_family
    where
        results.run_date = {{ as_of() }}
        and results.total_return is not null
        and strategies.is_enabled
),

ranked as (
    select
        sum(cells_tested) as cells,
        sum(scenarios_tested) as portfolios
    from {{ ref('strategy_rankings') }}
    where run_date = {{ as_of() }}
),

survival as (
    select sum(scenarios_tested) as portfolios
    from {{ ref('survival_matrix') }}
    where run_date = {{ as_of() }}
),

scenarios as (
    select sum(strategies_tested) as portfolios
    from {{ ref('scenario_performance') }}
    where run_date = {{ as_of() }}
)

select
    tested.cells as cells_tested,
    ranked.cells as cells_ranked,
    tested.portfolios as portfolios_tested,
    ranked.portfolios as portfolios_ranked,
    tested.portfolios_of_all_families,
    survival.portfolios as portfolios_in_survival_matrix,
    scenarios.portfolios as portfolios_in_scenario_performance
from tested
cross join ranked
cross join survival
cross join scenarios
where
    tested.cells is distinct from ranked.cells
    or tested.portfolios is distinct from ranked.portfolios
    or tested.portfolios_of_all_families is distinct from survival.portfolios
    or tested.portfolios_of_all_families is distinct from scenarios.portfolios
