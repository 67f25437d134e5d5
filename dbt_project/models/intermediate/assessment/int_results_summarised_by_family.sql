-- equal rows give equal bits however they lie on disk: portfolios are added up in a fixed order, the many cells as
-- decimals, whose sums know no order, in half the time that sorting them took
with

-- read twice; materialised, no run date would be pushed into it
tested_results as not materialized (
    select * from {{ ref('backtest_results') }}
    where total_return is not null
),

portfolios as (
    select
        run_date,
        strategy_name,
        scenario_family,
        avg(score order by scenario_name) as avg_score,
        percentile_cont(0.5) within group (order by score) as median_score,
        avg(total_return order by scenario_name) as avg_return,
        avg(sharpe_ratio order by scenario_name) as avg_sharpe,
        avg(max_drawdown order by scenario_name) as avg_max_drawdown,
        avg(is_survivor::integer::double precision order by scenario_name) as survival_share,
        min(total_return) as worst_total_return,
        percentile_cont(0.1) within group (order by total_return) as worst_decile_return,
        count(*) as scenarios_tested
    from tested_results
    where kind = 'portfolio'
    group by run_date, strategy_name, scenario_family
),

cells as (
    select
        run_date,
        strategy_name,
        scenario_family,
        avg(score::numeric)::double precision as avg_cell_score,
        avg(total_return::numeric)::double precision as avg_cell_return,
        count(*) as cells_tested
    from tested_results
    where kind <> 'portfolio'
    group by run_date, strategy_name, scenario_family
),

summarised as (
    select
        portfolios.*,
        cells.avg_cell_score,
        cells.avg_cell_return,
        coalesce(cells.cells_tested, 0) as cells_tested
    from portfolios
    left join cells
        on
            portfolios.run_date = cells.run_date
            and portfolios.strategy_name = cells.strategy_name
            and portfolios.scenario_family = cells.scenario_family
)

select * from summarised
