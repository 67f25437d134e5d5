insert into quality.validation_results (
    suite_name, slice_key, as_of, status, rows_checked, expectations_checked, failed_expectations, run_id
)
values (
    %(suite_name)s, %(slice_key)s, %(as_of)s, %(status)s, %(rows_checked)s, %(expectations_checked)s,
    %(failed_expectations)s::jsonb, %(run_id)s
)
on conflict (suite_name, slice_key) do update
    set
        as_of = excluded.as_of,
        status = excluded.status,
        rows_checked = excluded.rows_checked,
        expectations_checked = excluded.expectations_checked,
        failed_expectations = excluded.failed_expectations,
        run_id = excluded.run_id,
        validated_at = now()
