-- Analysed at once: the rankings are planned seconds after half a million rows changed, autovacuum comes minutes later;
-- and so are the results read here. The planner takes a join on two columns for one on the coarser of them and sorts
-- all results rather than hash a few: settings of this transaction alone tell it that comparing is cheap (with them and
-- scores from arrays 14 s of processor time instead of 28 for 870,000 results).
{{
    config(
        pre_hook=[
            {"sql": "analyze backtest.results", "transaction": False},
            "set local work_mem = '64MB'; set local enable_mergejoin = off; set local cpu_operator_cost = 0.0002",
        ],
        post_hook=["{{ delete_superseded_runs(var('backtest_runs_kept')) }}", "analyze {{ this }}"],
    )
}}

-- depends_on: {{ ref('stg_backtest__runs') }}
-- (so that results that do not balance with their run stop the rankings: a test only holds back what lies below all of
-- the models it reads)
with

results as (
    select * from {{ ref('int_results_judged_for_survival') }}
    where as_of = {{ as_of() }}
),

strategies as (
    select * from {{ ref('stg_strategies__definitions') }}
),

scenarios as (
    select * from {{ ref('stg_scenarios__definitions') }}
    where as_of = {{ as_of() }}
),

joined as (
    select
        results.strategy_name,
        strategies.strategy_category,
        results.kind,
        results.scenario_name,
        scenarios.scenario_family,
        results.symbol,
        results.undefined_reason,
        results.score,
        results.bars,
        results.total_return,
        results.cagr,
        results.annualized_mean_return,
        results.annualized_volatility,
        results.sharpe_ratio,
        results.sortino_ratio,
        results.calmar_ratio,
        results.max_drawdown,
        results.drawdown_duration,
        results.value_at_risk_95,
        results.value_at_risk_99,
        results.expected_shortfall_95,
        results.expected_shortfall_99,
        results.skew,
        results.excess_kurtosis,
        results.trade_count,
        results.win_rate,
        results.profit_factor,
        results.expected_value,
        results.exposure,
        results.turnover,
        results.costs_paid,
        results.excess_return,
        results.beta,
        results.is_survivor,
        results.as_of as run_date
    from results
    left join strategies on results.strategy_name = strategies.strategy_name
    left join scenarios on results.scenario_name = scenarios.scenario_name
)

select * from joined
