-- Why: how much of a ranking is luck is stored beside the results it is worked out from.
-- Lock: share row exclusive on strategies.definitions while the foreign key is made, for an instant.
-- Undo: 0019_create_luck.down.sql.
create table backtest.luck (
    as_of date not null,
    strategy_name text not null
    constraint luck_strategy_exists references strategies.definitions (strategy_name),
    verdict text not null constraint luck_verdict_known check (
        verdict in ('skill', 'not proven', 'likely luck', 'not tested', 'rejected: look-ahead')
    ),
    verdict_reason text,
    sample text constraint luck_sample_known check (sample in ('full_history', 'out_of_sample')),
    sessions integer not null constraint luck_sessions_not_negative check (sessions >= 0),
    timing_sharpe_ratio double precision,
    probabilistic_sharpe_ratio double precision,
    deflated_sharpe_ratio double precision,
    minimum_track_record_length double precision,
    stepwise_p_value double precision,
    null_twin_p_value double precision,
    rank_low integer,
    rank_high integer,
    constraint luck_pkey primary key (as_of, strategy_name),
    constraint luck_untested_says_why check (
        (verdict in ('not tested', 'rejected: look-ahead')) = (verdict_reason is not null)
    ),
    constraint luck_rank_low_is_the_better check (rank_low >= 1 and rank_low <= rank_high)
);
comment on table backtest.luck is 'One row per as-of date and enabled strategy: how much of its result is luck, judged on timing returns of its portfolio.';
comment on column backtest.luck.verdict is 'By the one rule of include/tetra/luck/verdict.py, which controls the family-wise error at 5 %.';
comment on column backtest.luck.verdict_reason is 'Why it was not tested; null where it was.';
comment on column backtest.luck.sample is 'full_history, or out_of_sample: the test folds of its walk-forward plan; null where nothing of it was assessed.';
comment on column backtest.luck.sessions is 'Sessions with a timing return.';
comment on column backtest.luck.timing_sharpe_ratio is 'Of timing returns (returns minus mean weight times buy and hold), annualised with 252.';
comment on column backtest.luck.probabilistic_sharpe_ratio is 'Probability that the true timing Sharpe ratio is above zero.';
comment on column backtest.luck.deflated_sharpe_ratio is 'The same above the best that as many effective trials show by luck.';
comment on column backtest.luck.minimum_track_record_length is 'Sessions until such timing is above zero with 95 % confidence; null where it is not above zero.';
comment on column backtest.luck.stepwise_p_value is 'StepM, family-wise, of timing returns above zero.';
comment on column backtest.luck.null_twin_p_value is 'Share of null twins (same weights, dates of the returns permuted) that time as well.';
comment on column backtest.luck.rank_low is 'Best rank by Sharpe ratio of the portfolio in 90 % of resamples of 20-day blocks of dates; 1 is best.';
comment on column backtest.luck.rank_high is 'Worst rank in them.';

create table backtest.luck_families (
    as_of date constraint luck_families_pkey primary key,
    seed bigint not null,
    strategies_tested integer not null,
    trials_ever integer not null,
    first_session date,
    last_session date,
    effective_trials double precision,
    expected_maximum_sharpe double precision,
    probability_of_backtest_overfitting double precision,
    spa_lower_p_value double precision,
    spa_consistent_p_value double precision,
    spa_upper_p_value double precision,
    skill_level double precision
);
comment on table backtest.luck_families is 'One row per as-of date: what is known of the luck of all its strategies together.';
comment on column backtest.luck_families.trials_ever is 'Rows of backtest.trials first assessed by then: dropped configurations count.';
comment on column backtest.luck_families.effective_trials is 'Trials after those that move together are counted once.';
comment on column backtest.luck_families.expected_maximum_sharpe is 'Best timing Sharpe ratio that so many trials show by luck, annualised with 252.';
comment on column backtest.luck_families.probability_of_backtest_overfitting is 'Share of 12,870 splits (CSCV, 16 blocks) in which the best of one half is below the median of the other.';
comment on column backtest.luck_families.spa_consistent_p_value is 'Hansen''s test that no strategy has timing above zero.';
comment on column backtest.luck_families.skill_level is 'StepM p-values up to this count as skill: 5 % times trials tested now over all ever made.';
