-- Why: a model that grows slow, or is skipped, is seen in a chart and not in the logs of a year.
-- Lock: none on existing data. Undo: 0021_create_model_timings.down.sql.
create table quality.model_timings (
    dag_id text not null,
    run_id text not null,
    task_id text not null,
    model_name text not null,
    as_of date not null,
    layer text not null,
    materialization text not null,
    status text not null constraint model_timings_status_known check (
        status in ('success', 'partial success', 'error', 'skipped', 'no-op')
    ),
    seconds double precision not null constraint model_timings_seconds_not_negative check (seconds >= 0),
    rows_written bigint constraint model_timings_rows_not_negative check (rows_written >= 0),
    started_at timestamptz,
    constraint model_timings_pkey primary key (dag_id, run_id, task_id, model_name)
);
create index model_timings_by_model on quality.model_timings (model_name, as_of);
comment on table quality.model_timings is 'One row per dbt task instance and model or seed that it built or should have built. A retry replaces those of its task.';
comment on column quality.model_timings.as_of is 'Session that the run was for.';
comment on column quality.model_timings.layer is 'staging, intermediate, derived, assessment or seeds.';
comment on column quality.model_timings.materialization is 'As in dbt: view, table, incremental, ephemeral or seed.';
comment on column quality.model_timings.status is 'As dbt reports it; skipped: something before it failed.';
comment on column quality.model_timings.seconds is 'In dbt, its tests not included; 0 where it was skipped.';
comment on column quality.model_timings.rows_written is 'Null where the server gives no number: views, and what was not built.';
comment on column quality.model_timings.started_at is 'Null where it was skipped.';
