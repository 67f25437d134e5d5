with

-- read twice; materialised, no as-of date would be pushed into it
results as not materialized (
    select * from {{ ref('stg_backtest__results') }}
),

thresholds as (
    select
        max(threshold_value) filter (where threshold_name = 'max_drawdown_limit') as max_drawdown_limit,
        max(threshold_value) filter (where threshold_name = 'buy_and_hold_share') as buy_and_hold_share
    from {{ ref('survival_thresholds') }}
),

benchmark_results as not materialized (
    select * from results
    where strategy_name = '{{ var("benchmark_strategy") }}'
),

-- a cell is held against buy and hold of its own symbol; portfolios, legs and panels against its portfolio
results_beside_benchmark as (
    select
        results.as_of,
        results.scenario_name,
        results.strategy_name,
        results.symbol,
        results.total_return,
        results.max_drawdown,
        coalesce(benchmark_cells.total_return, benchmark_portfolios.total_return) as benchmark_total_return
    from results
    left join benchmark_results as benchmark_cells
        on
            results.as_of = benchmark_cells.as_of
            and results.scenario_name = benchmark_cells.scenario_name
            and results.symbol = benchmark_cells.symbol
    left join benchmark_results as benchmark_portfolios
        on
            results.as_of = benchmark_portfolios.as_of
            and results.scenario_name = benchmark_portfolios.scenario_name
            and benchmark_portfolios.kind = 'portfolio'
),

judged as (
    select
        results_beside_benchmark.as_of,
        results_beside_benchmark.scenario_name,
        results_beside_benchmark.strategy_name,
        results_beside_benchmark.symbol,
        results_beside_benchmark.benchmark_total_return,
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
