drop table quality.task_reports;
drop table quality.rejected_records;
drop table quality.gaps;
drop table quality.coverage;
drop table quality.validation_results;
