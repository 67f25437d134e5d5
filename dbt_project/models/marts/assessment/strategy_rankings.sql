with

strategies as (
    select * from {{ ref('stg_strategies__definitions') }}
    where is_enabled
),

averages as (
    select * from {{ ref('int_families_averaged_by_strategy') }}
    where run_date = {{ as_of() }}
),

realism as (
    select * from {{ ref('int_families_checked_for_realism') }}
    where run_date = {{ as_of() }}
),

luck as (
    select * from {{ ref('int_luck_joined_to_its_family') }}
    where as_of = {{ as_of() }}
),

-- names decide ties, compared by code point so that every server agrees; what was not tested has no rank. A strategy
-- without luck has a null verdict, which the contract refuses
ranked as (
    select
        strategies.strategy_name,
        strategies.strategy_category,
        strategies.kind,
        strategies.audit_status,
        realism.unrealistic_families,
        luck.verdict,
        luck.verdict_reason,
        luck.luck_sample,
        case when averages.avg_score is not null then row_number() over best_first end as overall_rank,
        case when averages.avg_score is not null then row_number() over best_in_category_first end as category_rank,
        case when averages.avg_cell_score is not null then row_number() over best_in_kind_first end as kind_rank,
        luck.rank_low,
        luck.rank_high,
        averages.avg_score,
        averages.avg_return,
        averages.avg_sharpe,
        averages.avg_max_drawdown,
        averages.survival_share,
        averages.worst_decile_return,
        averages.avg_cell_score,
        averages.avg_cell_return,
        averages.survival_share_bull,
        averages.survival_share_crisis,
        averages.survival_share_full_cycle,
        averages.survival_share_full_history,
        averages.survival_share_regime,
        averages.survival_share_bootstrap,
        averages.survival_share_monte_carlo,
        averages.survival_share_stress,
        averages.worst_decile_return_bull,
        averages.worst_decile_return_crisis,
        averages.worst_decile_return_full_cycle,
        averages.worst_decile_return_full_history,
        averages.worst_decile_return_regime,
        averages.worst_decile_return_bootstrap,
        averages.worst_decile_return_monte_carlo,
        averages.worst_decile_return_stress,
        coalesce(averages.scenarios_tested, 0) as scenarios_tested,
        coalesce(averages.cells_tested, 0) as cells_tested,
        luck.luck_sessions,
        luck.timing_sharpe_ratio,
        luck.probabilistic_sharpe_ratio,
        luck.deflated_sharpe_ratio,
        luck.minimum_track_record_length,
        luck.stepwise_p_value,
        luck.null_twin_p_value,
        luck.probability_of_backtest_overfitting,
        luck.spa_p_value,
        luck.effective_trials,
        luck.skill_level,
        luck.trials_ever,
        {{ as_of() }} as run_date
    from strategies
    left join averages on strategies.strategy_name = averages.strategy_name
    left join realism on strategies.strategy_name = realism.strategy_name
    left join luck on strategies.strategy_name = luck.strategy_name
    window
        best_first as (order by averages.avg_score desc nulls last, strategies.strategy_name collate "C"),
        best_in_category_first as (
            partition by strategies.strategy_category
            order by averages.avg_score desc nulls last, strategies.strategy_name collate "C"
        ),
        best_in_kind_first as (
            partition by strategies.kind
            order by averages.avg_cell_score desc nulls last, strategies.strategy_name collate "C"
        )
)

select * from ranked
