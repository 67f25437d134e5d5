-- One row per ranked strategy of a run date; an enabled strategy without a ranking keeps a row without one.
with enabled as (
    select strategy_name
    from strategies.definitions
    where is_enabled
),

ranked as (
    select *
    from assessment.strategy_rankings
    where run_date = %(as_of)s
)

select
    enabled.strategy_name as enabled_strategy,
    ranked.strategy_name as ranked_strategy,
    ranked.strategy_category,
    ranked.kind,
    ranked.overall_rank,
    ranked.category_rank,
    ranked.kind_rank,
    ranked.avg_score,
    ranked.avg_cell_score,
    ranked.survival_share,
    ranked.scenarios_tested,
    ranked.verdict,
    ranked.verdict_reason,
    ranked.luck_sample,
    ranked.rank_low,
    ranked.rank_high,
    ranked.timing_sharpe_ratio,
    ranked.probabilistic_sharpe_ratio,
    ranked.deflated_sharpe_ratio,
    ranked.stepwise_p_value,
    ranked.null_twin_p_value,
    ranked.probability_of_backtest_overfitting,
    ranked.spa_p_value,
    ranked.effective_trials,
    ranked.skill_level,
    ranked.trials_ever
from enabled
full outer join ranked on enabled.strategy_name = ranked.strategy_name
order by coalesce(enabled.strategy_name, ranked.strategy_name)
