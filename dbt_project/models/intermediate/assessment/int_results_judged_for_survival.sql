-- noqa: disable=AM04
-- (all columns of the results are passed on: to join them again by their key took longer than to score them)
with

scored_results as (
    select * from {{ ref('int_results_scored') }}
),

thresholds as (
    select
        max(threshold_value) filter (where threshold_name = 'max_drawdown_limit') as max_drawdown_limit,
        max(threshold_value) filter (where threshold_name = 'buy_and_hold_share') as buy_and_hold_share
    from {{ ref('survival_thresholds') }}
),

-- read twice; materialised, no as-of date would be pushed into it
benchmark_results as not materialized (
    select * from {{ ref('stg_backtest__results') }}
    where strategy_name = '{{ var("benchmark_strategy") }}'
),

-- a cell is held against buy and hold of its own symbol; portfolios, legs and panels against its portfolio
results_beside_benchmark as (
    select
        scored_results.*,
        coalesce(benchmark_cells.total_return, benchmark_portfolios.total_return) as benchmark_total_return
    from scored_results
    left join benchmark_results as benchmark_cells
        on
            scored_results.as_of = benchmark_cells.as_of
            and scored_results.scenario_name = benchmark_cells.scenario_name
            and scored_results.symbol = benchmark_cells.symbol
    left join benchmark_results as benchmark_portfolios
        on
            scored_results.as_of = benchmark_portfolios.as_of
            and scored_results.scenario_name = benchmark_portfolios.scenario_name
            and benchmark_portfolios.symbol = 'PORTFOLIO'
),

judged as (
    select
        results_beside_benchmark.*,
        -- undefined in, undefined out: least() alone would pass over a missing benchmark
        case
            when
                results_beside_benchmark.max_drawdown is not null
                and results_beside_benchmark.total_return is not null
                and results_beside_benchmark.benchmark_total_return is not null
                then
                    results_beside_benchmark.max_drawdown >= thresholds.max_drawdown_limit
                    and results_beside_benchmark.total_return
                    >= least(0, thresholds.buy_and_hold_share * results_beside_benchmark.benchmark_total_return)
        end as is_survivor
    from results_beside_benchmark
    cross join thresholds
)

select * from judged
