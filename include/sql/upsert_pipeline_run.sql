-- Writes the row of a pipeline run; what its tasks reported decides records_processed and error_message: errors of a
-- failed run, and why a run that wrote nothing skipped its work (a holiday, no source for the day).
with reports as (
    select
        coalesce(sum(task_reports.records), 0) as records,
        string_agg(
            task_reports.task_id || ': ' || (task_reports.report ->> 'error'), '; '
            order by task_reports.task_id, task_reports.map_index
        ) filter (where task_reports.report ? 'error') as errors,
        string_agg(
            task_reports.task_id || ': ' || (task_reports.report ->> 'skipped'), '; '
            order by task_reports.task_id, task_reports.map_index
        ) filter (where task_reports.report ? 'skipped') as skips
    from quality.task_reports
    where
        task_reports.dag_id = %(pipeline_name)s
        and task_reports.run_id = %(run_id)s
)

insert into assessment.pipeline_runs (
    pipeline_name, run_id, as_of, run_type, start_time, end_time, status, records_processed, error_message, fingerprint
)
select
    %(pipeline_name)s,
    %(run_id)s,
    %(as_of)s,
    %(run_type)s,
    coalesce(%(start_time)s::timestamptz, %(end_time)s::timestamptz, now()),
    %(end_time)s,
    %(status)s,
    reports.records,
    case
        when %(status)s = 'failed' then coalesce(reports.errors, %(error_message)s)
        when %(status)s = 'success' and reports.records = 0 then reports.skips
    end,
    %(fingerprint)s
from reports
on conflict (pipeline_name, run_id) do update
    set
        as_of = excluded.as_of,
        start_time = excluded.start_time,
        end_time = excluded.end_time,
        status = excluded.status,
        records_processed = excluded.records_processed,
        error_message = excluded.error_message,
        -- the code a run started with; a cleared run that starts again takes today's
        fingerprint = case when excluded.status = 'running' then excluded.fingerprint else pipeline_runs.fingerprint end
