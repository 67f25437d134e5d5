-- Why: scenario definitions and their joint paths, one row per scenario and symbol with arrays.
-- Arrays: 131 x 153 closes of 252 were measured to load in about a second by binary COPY.
-- Lock: none on existing data. Undo: 0006_create_scenarios.down.sql.
create table scenarios.definitions (
    as_of date not null,
    scenario_name text not null,
    scenario_type text not null constraint definitions_type_known
        check (scenario_type in ('historical', 'full_history', 'regime', 'bootstrap', 'monte_carlo', 'stress')),
    scenario_family text not null constraint definitions_family_known
        check (scenario_family in ('bull', 'crisis', 'full_cycle', 'full_history', 'regime', 'bootstrap', 'monte_carlo', 'stress')),
    status text not null constraint definitions_status_known check (status in ('ready', 'not_covered')),
    reason text constraint definitions_not_covered_has_reason check (status = 'ready' or reason is not null),
    start_date date not null,
    end_date date not null,
    sessions date[] not null,
    warmup_start date,
    warmup_end date,
    seed bigint,
    expected_return double precision,
    volatility_multiplier double precision not null default 1,
    parameters jsonb not null default '{}',
    key_events jsonb not null default '[]',
    affected_symbols text[] not null default '{}',
    commission_multiplier real[],
    spread_multiplier real[],
    is_active boolean not null default true,
    input_hash text not null,
    code_hash text not null,
    generated_at timestamptz not null default now(),
    constraint definitions_pkey primary key (as_of, scenario_name),
    constraint definitions_window_not_reversed check (start_date <= end_date)
);
comment on table scenarios.definitions is 'One row per as-of date and scenario.';
comment on column scenarios.definitions.as_of is 'Session whose knowledge the scenario is made from; nothing later was read.';
comment on column scenarios.definitions.sessions is 'Session dates of the window, in order; empty when not covered. Synthetic windows are dated forward from as_of.';
comment on column scenarios.definitions.warmup_start is 'First session of the warm-up bars in market_data.ohlcv; null without warm-up.';
comment on column scenarios.definitions.warmup_end is 'Last session of the warm-up bars: the one before the window, or as_of for synthetic windows.';
comment on column scenarios.definitions.expected_return is 'Mean over tradable symbols of close to close returns from the bar before the window to its end, as a fraction; a backtest is filled on the first bar and may miss that day.';
comment on column scenarios.definitions.commission_multiplier is 'Per window session, applied to commissions; null means 1 throughout.';
comment on column scenarios.definitions.spread_multiplier is 'Per window session, applied to half-spreads; null means 1 throughout.';
comment on column scenarios.definitions.input_hash is 'Hash of source data and configuration; with code_hash it decides whether to generate again.';

create table scenarios.symbols (
    as_of date not null,
    scenario_name text not null,
    symbol text not null,
    is_included boolean not null,
    coverage double precision not null,
    reason text constraint symbols_left_out_has_reason check (is_included or reason is not null),
    constraint symbols_pkey primary key (as_of, scenario_name, symbol),
    constraint symbols_definition_exists foreign key (as_of, scenario_name)
        references scenarios.definitions (as_of, scenario_name) on delete cascade
);
comment on table scenarios.symbols is 'One row per as-of date, scenario and symbol considered: included, or left out and why.';
comment on column scenarios.symbols.coverage is 'Share of the sessions needed that the symbol has, 0 to 1.';

create table scenarios.paths (
    as_of date not null,
    scenario_name text not null,
    symbol text not null,
    open real[],
    high real[],
    low real[],
    close real[] not null,
    volume real[],
    constraint paths_pkey primary key (as_of, scenario_name, symbol),
    constraint paths_definition_exists foreign key (as_of, scenario_name)
        references scenarios.definitions (as_of, scenario_name) on delete cascade,
    constraint paths_arrays_equally_long check (
        (open is null or cardinality(open) = cardinality(close))
        and (high is null or cardinality(high) = cardinality(close))
        and (low is null or cardinality(low) = cardinality(close))
        and (volume is null or cardinality(volume) = cardinality(close))
    )
);
comment on table scenarios.paths is 'One row per as-of date, scenario and symbol; element i is session i of the definition''s sessions.';
comment on column scenarios.paths.close is 'Adjusted price level. Warm-up bars are not stored: they are read from market_data.ohlcv.';

create table scenarios.validations (
    as_of date not null,
    scenario_name text not null,
    check_name text not null,
    status text not null constraint validations_status_known check (status in ('PASS', 'WARN', 'FAIL')),
    observed double precision,
    lower_bound double precision,
    upper_bound double precision,
    constraint validations_pkey primary key (as_of, scenario_name, check_name),
    constraint validations_definition_exists foreign key (as_of, scenario_name)
        references scenarios.definitions (as_of, scenario_name) on delete cascade
);
comment on table scenarios.validations is 'One row per as-of date, scenario and check on its paths.';
