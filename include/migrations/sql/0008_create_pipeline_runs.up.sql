-- Why: every run of every pipeline leaves a row, failed and killed ones too (written by Airflow's listener).
-- Lock: none on existing data. Undo: 0008_create_pipeline_runs.down.sql.
create table assessment.pipeline_runs (
    pipeline_name text not null,
    run_id text not null,
    as_of date,
    run_type text not null,
    start_time timestamptz not null,
    end_time timestamptz,
    status text not null constraint pipeline_runs_status_known check (status in ('running', 'success', 'failed')),
    records_processed bigint not null default 0,
    error_message text,
    fingerprint text not null,
    constraint pipeline_runs_pkey primary key (pipeline_name, run_id)
);
comment on table assessment.pipeline_runs is 'One row per run of a pipeline.';
comment on column assessment.pipeline_runs.as_of is 'Partition key of the run, an exchange-local session date.';
comment on column assessment.pipeline_runs.records_processed is 'Rows written by the run''s tasks, summed from quality.task_reports.';
comment on column assessment.pipeline_runs.fingerprint is 'Hash of code and configuration the run used; a chain counts as done only for the same one.';
grant select, insert, update on assessment.pipeline_runs to tetra_writer;
