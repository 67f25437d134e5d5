-- One model or seed of a dbt command.
insert into quality.model_timings (
    dag_id, run_id, task_id, model_name, as_of, layer, materialization, status, seconds, rows_written, started_at
)
values (
    %(dag_id)s,
    %(run_id)s,
    %(task_id)s,
    %(model_name)s,
    %(as_of)s,
    %(layer)s,
    %(materialization)s,
    %(status)s,
    %(seconds)s,
    %(rows_written)s,
    %(started_at)s
)
