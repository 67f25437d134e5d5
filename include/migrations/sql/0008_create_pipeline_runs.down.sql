drop table assessment.pipeline_runs;
