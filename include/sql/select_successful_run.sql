-- Whether a pipeline has succeeded for an as-of date with the code and configuration in use.
select pipeline_runs.run_id
from assessment.pipeline_runs
where
    pipeline_runs.pipeline_name = %(pipeline_name)s
    and pipeline_runs.as_of = %(as_of)s
    and pipeline_runs.status = 'success'
    and pipeline_runs.fingerprint = %(fingerprint)s
order by pipeline_runs.run_id
limit 1
