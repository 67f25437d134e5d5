-- Forgets what an earlier try of a task built.
delete from quality.model_timings
where dag_id = %(dag_id)s and run_id = %(run_id)s and task_id = %(task_id)s
