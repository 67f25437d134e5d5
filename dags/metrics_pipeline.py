"""
### Metrics pipeline

Computes the derived metrics in the database: returns, indicators, market breadth, macro values as they were known.

- **Runs when** the asset `scenarios` is published for an as-of date; alone, with the Param `as_of`.
- **Reads** `market_data.*`, `economic_data.*`, `events.*`, `news.*`, `scenarios.*`. **Writes** `derived.*` by
  `dbt build`, tests included, and `quality.model_timings`. **Needs** connection `warehouse` and dbt's `TETRA_DBT_*`.
  **Owner** tetra.
- **Re-run:** safe; a build gives the same tables however often, and whatever was built before. **When it fails:** the
  log of `build_derived` ends with dbt's failing models and tests, that of `validate` with the rows that do not fit what
  is landed; after mending, or for a doubt about the past, `make dbt ARGS="build --select tag:derived --full-refresh"`.
"""

from airflow.sdk import PartitionedAssetTimetable, dag

from tetra_airflow.assets import DERIVED_METRICS, SCENARIOS
from tetra_airflow.defaults import DAG_DEFAULTS, as_of_param
from tetra_airflow.names import Tag
from tetra_airflow.operators.dbt import DbtFreshnessOperator, DbtOperator
from tetra_airflow.operators.publish import PublishOperator
from tetra_airflow.operators.validate import ValidateOperator

SUITES = ["derived.daily_returns", "derived.technical_indicators", "derived.macro_as_known"]


@dag(
    schedule=PartitionedAssetTimetable(assets=SCENARIOS),
    tags=[Tag.DBT, Tag.DAILY],
    doc_md=__doc__,
    params={"as_of": as_of_param()},
    **DAG_DEFAULTS,
)
def metrics_pipeline():
    build = DbtOperator(task_id="build_derived", command=["build", "--select", "tag:derived"])
    validate = ValidateOperator(task_id="validate", suites=SUITES, if_any=["derived.macro_as_known"])
    publish = PublishOperator(task_id="publish", outlets=[DERIVED_METRICS])
    # after the build, whose parsed project it finds; nothing waits for it
    check_freshness = DbtFreshnessOperator(task_id="check_freshness")

    build >> [validate, check_freshness]
    validate >> publish


metrics_pipeline()
