-- Replaces the report of one task instance.
insert into quality.task_reports (dag_id, run_id, task_id, map_index, records, report)
values (%(dag_id)s, %(run_id)s, %(task_id)s, %(map_index)s, %(records)s, %(report)s)
on conflict (dag_id, run_id, task_id, map_index) do update
    set
        records = excluded.records,
        report = excluded.report,
        reported_at = now()
