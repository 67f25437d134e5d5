-- What is known of the luck of all strategies of a date together.
insert into backtest.luck_families (
    as_of,
    seed,
    strategies_tested,
    trials_ever,
    first_session,
    last_session,
    effective_trials,
    expected_maximum_sharpe,
    probability_of_backtest_overfitting,
    spa_lower_p_value,
    spa_consistent_p_value,
    spa_upper_p_value,
    skill_level
)
values (
    %(as_of)s,
    %(seed)s,
    %(strategies_tested)s,
    %(trials_ever)s,
    %(first_session)s,
    %(last_session)s,
    %(effective_trials)s,
    %(expected_maximum_sharpe)s,
    %(probability_of_backtest_overfitting)s,
    %(spa_lower_p_value)s,
    %(spa_consistent_p_value)s,
    %(spa_upper_p_value)s,
    %(skill_level)s
)
