-- Why: strategies, their backtests and the ledger of everything ever tried.
-- Lock: none on existing data. Undo: 0007_create_backtest.down.sql.
create table strategies.definitions (
    strategy_name text constraint strategy_definitions_pkey primary key,
    category text not null,
    kind text not null constraint strategy_definitions_kind_known check (kind in ('single', 'legs', 'panel')),
    class_path text not null,
    parameters jsonb not null,
    config_hash text not null,
    is_enabled boolean not null
);
comment on table strategies.definitions is 'One row per strategy registered in strategies.yaml, or that once was (is_enabled false).';
comment on column strategies.definitions.config_hash is 'Hash of class, parameters and overlays: what makes a trial distinct.';

create table strategies.signals (
    as_of date not null,
    strategy_name text not null constraint signals_strategy_exists references strategies.definitions (strategy_name),
    symbol text not null,
    target_weight double precision,
    constraint signals_pkey primary key (as_of, strategy_name, symbol)
);
comment on table strategies.signals is 'One row per as-of date, strategy and symbol: the weight wanted after that session''s close.';
comment on column strategies.signals.target_weight is 'Fraction of the strategy''s capital; null while the strategy is not warm.';

create table backtest.runs (
    as_of date constraint runs_pkey primary key,
    seed bigint not null,
    config_hash text not null,
    code_hash text not null,
    commission_bps double precision not null,
    half_spread_bps double precision not null,
    strategies_tested integer not null,
    scenarios_tested integer not null,
    cells bigint not null
);
comment on table backtest.runs is 'One row per as-of date: what its results were made with.';

create table backtest.results (
    as_of date not null,
    scenario_name text not null,
    strategy_name text not null constraint results_strategy_exists references strategies.definitions (strategy_name),
    symbol text not null,
    kind text not null constraint results_kind_known check (kind in ('single', 'legs', 'panel', 'portfolio')),
    bars integer not null,
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
    trade_count integer,
    win_rate double precision,
    profit_factor double precision,
    expected_value double precision,
    exposure double precision,
    turnover double precision,
    costs_paid double precision,
    excess_return double precision,
    beta double precision,
    undefined_reason text,
    constraint results_pkey primary key (as_of, scenario_name, strategy_name, symbol)
);
comment on table backtest.results is 'One row per as-of date, scenario, strategy and symbol (or group, panel, or PORTFOLIO for the strategy''s equal-weighted mean of cells).';
comment on column backtest.results.bars is 'Bars of the window: warm-up counts in nothing.';
comment on column backtest.results.total_return is 'Fraction over the window, after costs.';
comment on column backtest.results.sharpe_ratio is 'Annualised, arithmetic means, ddof 1, risk-free rate 0; null when volatility is zero.';
comment on column backtest.results.max_drawdown is 'Fraction in [-1, 0]; starting capital is the first peak.';
comment on column backtest.results.value_at_risk_95 is 'Loss per period, positive, at 95 %.';
comment on column backtest.results.expected_value is 'Mean return per trade, fraction.';
comment on column backtest.results.exposure is 'Mean absolute weight held, 0 to leverage.';
comment on column backtest.results.turnover is 'Traded value over equity, summed over the window.';
comment on column backtest.results.costs_paid is 'Commission and half-spreads, as a fraction of starting capital.';
comment on column backtest.results.excess_return is 'total_return minus that of buy and hold without costs on the same symbol and window.';
comment on column backtest.results.undefined_reason is 'Why metrics are null, for example: no volatility; no trades.';

create table backtest.equity_curves (
    as_of date not null,
    scenario_name text not null,
    strategy_name text not null constraint equity_curves_strategy_exists references strategies.definitions (strategy_name),
    symbol text not null,
    equity real[] not null,
    constraint equity_curves_pkey primary key (as_of, scenario_name, strategy_name, symbol)
);
comment on table backtest.equity_curves is 'One row per as-of date, scenario, strategy and symbol (PORTFOLIO for the strategy''s portfolio); element i is session i of the scenario.';
comment on column backtest.equity_curves.equity is 'Value of one unit of capital at each close; 1.0 before the first session.';

create table backtest.trials (
    config_hash text constraint trials_pkey primary key,
    strategy_name text not null,
    class_path text not null,
    parameters jsonb not null,
    first_as_of date not null,
    last_as_of date not null
);
comment on table backtest.trials is 'One row per distinct strategy configuration ever assessed; append-only, dropped ones stay.';
