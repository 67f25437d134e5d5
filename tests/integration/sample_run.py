"""What the first run of the sample is called."""

AS_OF = "2022-12-28"
DOWNSTREAM = ("scenarios_pipeline", "metrics_pipeline", "assessment_pipeline")
