"""Names that DAGs, operators and hooks share: tags, connections, pipelines."""

from enum import StrEnum


class Tag(StrEnum):
    """Labels that the UI filters by."""

    INGEST = "ingest"
    RESEARCH = "research"
    DBT = "dbt"
    DAILY = "daily"
    STORAGE = "storage"


class Conn(StrEnum):
    """Airflow connections."""

    WAREHOUSE = "warehouse"
    WAREHOUSE_OWNER = "warehouse_owner"


class Pipeline(StrEnum):
    """The pipelines, whose runs ``assessment.pipeline_runs`` records."""

    DATA = "data_pipeline"
    SCENARIOS = "scenarios_pipeline"
    METRICS = "metrics_pipeline"
    ASSESSMENT = "assessment_pipeline"
    STORAGE = "storage_pipeline"
