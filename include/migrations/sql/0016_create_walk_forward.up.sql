-- Why: a strategy with fitted parameters is judged out of sample, and both samples are kept apart.
-- Lock: share row exclusive on strategies.definitions while the foreign keys are made, for an instant.
-- Undo: 0016_create_walk_forward.down.sql.
create table backtest.walk_forward_folds (
    as_of date not null,
    strategy_name text not null
    constraint walk_forward_folds_strategy_exists references strategies.definitions (strategy_name),
    scenario_name text not null,
    fold integer not null constraint walk_forward_folds_from_one check (fold >= 1),
    sample text not null constraint walk_forward_folds_sample_known check (sample in ('in_sample', 'out_of_sample')),
    start_date date not null,
    end_date date not null,
    bars integer not null constraint walk_forward_folds_bars_positive check (bars > 0),
    parameters jsonb not null,
    total_return double precision,
    cagr double precision,
    annualized_mean_return double precision,
    annualized_volatility double precision,
    sharpe_ratio double precision,
    sortino_ratio double precision,
    calmar_ratio double precision,
    max_drawdown double precision,
    drawdown_duration integer,
    value_at_risk_95 double precision,
    value_at_risk_99 double precision,
    expected_shortfall_95 double precision,
    expected_shortfall_99 double precision,
    skew double precision,
    excess_kurtosis double precision,
    excess_return double precision,
    beta double precision,
    undefined_reason text,
    constraint walk_forward_folds_pkey primary key (as_of, strategy_name, scenario_name, fold, sample),
    constraint walk_forward_folds_end_after_start check (end_date >= start_date)
);
comment on table backtest.walk_forward_folds is 'One row per as-of date, strategy, scenario, fold and sample: the strategy''s portfolio in the part that its parameters were chosen on (in_sample) and in the part that they were then traded in (out_of_sample).';
comment on column backtest.walk_forward_folds.fold is 'From 1, in the order of the test parts.';
comment on column backtest.walk_forward_folds.start_date is 'First session of the sample; of method k_fold the train part lies on both sides of the test part.';
comment on column backtest.walk_forward_folds.bars is 'Sessions of the sample; fewer than lie between its dates where the test part, purge and embargo are cut out.';
comment on column backtest.walk_forward_folds.parameters is 'Chosen on the train part, all parameters of the strategy, those not in the grid too.';
comment on column backtest.walk_forward_folds.total_return is 'Fraction over the sample, after costs; in sample of the chosen parameters alone, out of sample of the stitched path, switching included.';
comment on column backtest.walk_forward_folds.sharpe_ratio is 'Annualised, arithmetic means, ddof 1, risk-free rate 0; null when volatility is zero.';
comment on column backtest.walk_forward_folds.max_drawdown is 'Fraction in [-1, 0]; capital at the start of the sample is the first peak.';
comment on column backtest.walk_forward_folds.excess_return is 'total_return minus that of the portfolio of buy and hold without costs in the same sample.';
comment on column backtest.walk_forward_folds.undefined_reason is 'Why metrics are null, for example: no volatility.';

create table backtest.walk_forward_paths (
    as_of date not null,
    strategy_name text not null
    constraint walk_forward_paths_strategy_exists references strategies.definitions (strategy_name),
    scenario_name text not null,
    sessions date[] not null,
    returns double precision[] not null,
    benchmark_returns double precision[] not null,
    weights double precision[] not null,
    total_return double precision,
    cagr double precision,
    annualized_mean_return double precision,
    annualized_volatility double precision,
    sharpe_ratio double precision,
    sortino_ratio double precision,
    calmar_ratio double precision,
    max_drawdown double precision,
    drawdown_duration integer,
    value_at_risk_95 double precision,
    value_at_risk_99 double precision,
    expected_shortfall_95 double precision,
    expected_shortfall_99 double precision,
    skew double precision,
    excess_kurtosis double precision,
    excess_return double precision,
    beta double precision,
    undefined_reason text,
    constraint walk_forward_paths_pkey primary key (as_of, strategy_name, scenario_name),
    constraint walk_forward_paths_as_long_as_sessions check (
        cardinality(returns) = cardinality(sessions)
        and cardinality(benchmark_returns) = cardinality(sessions)
        and cardinality(weights) = cardinality(sessions)
    )
);
comment on table backtest.walk_forward_paths is 'One row per as-of date, strategy and scenario: the out-of-sample portfolio over all test folds, each traded with the parameters chosen for it, simulated once so that switching costs count.';
comment on column backtest.walk_forward_paths.sessions is 'Dates of the test folds, in order; element i of the other arrays belongs to date i.';
comment on column backtest.walk_forward_paths.returns is 'Simple returns of the portfolio per session, fractions, after costs.';
comment on column backtest.walk_forward_paths.benchmark_returns is 'Of buy and hold of the same cells without costs.';
comment on column backtest.walk_forward_paths.weights is 'Signed weight held after each close, fraction of capital: the mean over the cells with a bar that day of the sum over their instruments.';
comment on column backtest.walk_forward_paths.total_return is 'Fraction over all test folds, after costs.';
comment on column backtest.walk_forward_paths.sharpe_ratio is 'Annualised, arithmetic means, ddof 1, risk-free rate 0; null when volatility is zero.';
comment on column backtest.walk_forward_paths.undefined_reason is 'Why metrics are null, for example: no volatility.';
