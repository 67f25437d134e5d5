-- Why: what the gates and the landing tasks have to report.
-- Lock: none on existing data. Undo: 0005_create_quality.down.sql.
create table quality.validation_results (
    suite_name text not null,
    slice_key text not null,
    as_of date not null,
    status text not null constraint validation_results_status_known check (status in ('PASS', 'WARN', 'FAIL')),
    rows_checked bigint not null,
    expectations_checked integer not null,
    failed_expectations jsonb not null default '[]',
    run_id text not null,
    validated_at timestamptz not null default now(),
    constraint validation_results_pkey primary key (suite_name, slice_key)
);
comment on table quality.validation_results is 'One row per expectation suite and slice of a table; the latest validation of it.';
comment on column quality.validation_results.slice_key is 'The slice that was checked: a session, a range start..end, or an as-of date.';
comment on column quality.validation_results.failed_expectations is 'List of {expectation, column, severity, observed, notes}.';

create table quality.coverage (
    symbol text not null constraint coverage_instrument_exists references market_data.instruments (symbol),
    timeframe text not null,
    first_session date not null,
    last_session date not null,
    sessions_expected bigint not null,
    sessions_held bigint not null,
    coverage double precision not null constraint coverage_is_a_fraction check (coverage between 0 and 1),
    constraint coverage_pkey primary key (symbol, timeframe)
);
comment on table quality.coverage is 'One row per symbol and timeframe: sessions held between its first and last bar.';
comment on column quality.coverage.sessions_expected is 'Sessions of the exchange calendar from first_session to last_session.';

create table quality.gaps (
    symbol text not null constraint gaps_instrument_exists references market_data.instruments (symbol),
    timeframe text not null,
    gap_start date not null,
    gap_end date not null,
    sessions_missing bigint not null constraint gaps_have_missing_sessions check (sessions_missing > 0),
    constraint gaps_pkey primary key (symbol, timeframe, gap_start)
);
comment on table quality.gaps is 'One row per run of missing sessions inside a symbol''s history.';

create table quality.rejected_records (
    table_name text not null,
    record_key text not null,
    source text not null,
    reason text not null,
    record jsonb not null,
    rejected_at timestamptz not null default now(),
    constraint rejected_records_pkey primary key (table_name, source, record_key)
);
comment on table quality.rejected_records is 'One row per record that a source gave and landing set aside.';

create table quality.task_reports (
    dag_id text not null,
    run_id text not null,
    task_id text not null,
    map_index integer not null,
    records bigint not null,
    report jsonb not null default '{}',
    reported_at timestamptz not null default now(),
    constraint task_reports_pkey primary key (dag_id, run_id, task_id, map_index)
);
comment on table quality.task_reports is 'One row per task instance that wrote rows: how many, and what kinds. A retry replaces it.';
