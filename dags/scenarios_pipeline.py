"""
### Scenarios pipeline

Makes every scenario of the catalogue as of one session: historical episodes that the data covers, block bootstraps,
Monte Carlo paths. Nothing after the as-of session is read.

- **Runs when** the asset `market_data` is published for an as-of date; alone, with the Param `as_of`.
- **Reads** `market_data.ohlcv` and `include/config/scenarios.yaml`. **Writes** `scenarios.*`. **Needs** connection
  `warehouse`. **Owner** tetra.
- **Re-run:** safe; a scenario whose inputs, configuration and code are unchanged is left as it is.
- **When it fails:** the gate names the check; `scenarios.definitions` says of every scenario not covered why.
"""

from airflow.sdk import Param, PartitionedAssetTimetable, dag

from tetra_airflow.assets import MARKET_DATA, SCENARIOS
from tetra_airflow.defaults import DAG_DEFAULTS, as_of_param
from tetra_airflow.names import Tag
from tetra_airflow.operators.generate_scenarios import GenerateScenariosOperator
from tetra_airflow.operators.publish import PublishOperator
from tetra_airflow.operators.validate import ValidateOperator


@dag(
    schedule=PartitionedAssetTimetable(assets=MARKET_DATA),
    tags=[Tag.RESEARCH, Tag.DAILY],
    doc_md=__doc__,
    params={
        "as_of": as_of_param(),
        "seed": Param(
            None,
            type=["null", "integer"],
            minimum=0,
            description="All randomness comes from it. Empty: scenarios.yaml's.",
        ),
        "scenario_types": Param(
            None,
            type=["null", "array"],
            items={"type": "string", "enum": ["historical", "bootstrap", "monte_carlo"]},
            description="Only these of historical, bootstrap, monte_carlo; the others stay as they are. Empty: all.",
        ),
    },
    **DAG_DEFAULTS,
)
def scenarios_pipeline():
    generate = GenerateScenariosOperator(task_id="generate")
    validate = ValidateOperator(task_id="validate", suites=["scenarios.paths"])
    publish = PublishOperator(task_id="publish", outlets=[SCENARIOS])

    generate >> validate >> publish


scenarios_pipeline()
