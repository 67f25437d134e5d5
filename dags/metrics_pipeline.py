"""
### Metrics pipeline

Computes the derived metrics in the database: adjusted daily returns, volatility, drawdowns.

- **Runs when** the asset `scenarios` is published for an as-of date; alone, with the Param `as_of`.
- **Reads** `market_data.*`, `economic_data.*`, `scenarios.*`. **Writes** `derived.*` by `dbt build`, tests included.
  **Needs** connection `warehouse` and dbt's `TETRA_DBT_*`. **Owner** tetra.
- **Re-run:** safe; tables are rebuilt from what is landed. **When it fails:** the log ends with dbt's failing models
  and tests.
"""

from airflow.sdk import PartitionedAssetTimetable, dag

from tetra_airflow.assets import DERIVED_METRICS, SCENARIOS
from tetra_airflow.defaults import DAG_DEFAULTS, as_of_param
from tetra_airflow.names import Tag
from tetra_airflow.operators.dbt import DbtOperator
from tetra_airflow.operators.publish import PublishOperator


@dag(
    schedule=PartitionedAssetTimetable(assets=SCENARIOS),
    tags=[Tag.DBT, Tag.DAILY],
    doc_md=__doc__,
    params={"as_of": as_of_param()},
    **DAG_DEFAULTS,
)
def metrics_pipeline():
    build = DbtOperator(task_id="build_derived", command=["build", "--select", "tag:derived"])
    publish = PublishOperator(task_id="publish", outlets=[DERIVED_METRICS])

    build >> publish


metrics_pipeline()
