with

source as (
    select * from {{ source('backtest', 'luck_families') }}
),

renamed as (
    select
        seed,
        strategies_tested,
        trials_ever,
        effective_trials,
        expected_maximum_sharpe,
        probability_of_backtest_overfitting,
        spa_lower_p_value,
        spa_consistent_p_value,
        spa_upper_p_value,
        skill_level,
        as_of,
        first_session,
        last_session
    from source
)

select * from renamed
