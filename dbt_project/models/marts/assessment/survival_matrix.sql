with

family_summaries as (
    select * from {{ ref('int_results_summarised_by_family') }}
    where run_date = {{ as_of() }}
),

strategies as (
    select * from {{ ref('stg_strategies__definitions') }}
    where is_enabled
),

survival as (
    select
        family_summaries.strategy_name,
        family_summaries.scenario_family,
        family_summaries.survival_share,
        family_summaries.median_score,
        family_summaries.worst_total_return,
        family_summaries.worst_decile_return,
        family_summaries.avg_score,
        family_summaries.avg_return,
        family_summaries.avg_sharpe,
        family_summaries.avg_max_drawdown,
        family_summaries.avg_cell_score,
        family_summaries.avg_cell_return,
        family_summaries.scenarios_tested,
        family_summaries.cells_tested,
        family_summaries.run_date
    from family_summaries
    inner join strategies on family_summaries.strategy_name = strategies.strategy_name
)

select * from survival
