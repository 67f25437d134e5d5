drop table quality.model_timings;
