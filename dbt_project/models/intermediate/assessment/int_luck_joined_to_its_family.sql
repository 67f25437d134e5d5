with

luck as (
    select * from {{ ref('stg_backtest__luck') }}
),

luck_families as (
    select * from {{ ref('stg_backtest__luck_families') }}
),

joined as (
    select
        luck.strategy_name,
        luck.verdict,
        luck.verdict_reason,
        luck.luck_sample,
        luck.luck_sessions,
        luck.timing_sharpe_ratio,
        luck.probabilistic_sharpe_ratio,
        luck.deflated_sharpe_ratio,
        luck.minimum_track_record_length,
        luck.stepwise_p_value,
        luck.null_twin_p_value,
        luck.rank_low,
        luck.rank_high,
        luck_families.probability_of_backtest_overfitting,
        luck_families.spa_consistent_p_value as spa_p_value,
        luck_families.effective_trials,
        luck_families.skill_level,
        luck_families.trials_ever,
        luck.as_of
    from luck
    inner join luck_families on luck.as_of = luck_families.as_of
)

select * from joined
