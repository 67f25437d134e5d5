with

luck as (
    select * from {{ ref('stg_backtest__luck') }}
),

luck_families as (
    select * from {{ ref('stg_backtest__luck_families') }}
),

joined as (
    select
        luck.*,
        luck_families.probability_of_backtest_overfitting,
        luck_families.spa_consistent_p_value as spa_p_value,
        luck_families.effective_trials,
        luck_families.trials_ever
    from luck
    inner join luck_families on luck.as_of = luck_families.as_of
)

select * from joined
