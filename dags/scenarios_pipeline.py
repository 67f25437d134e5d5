"""
### Scenarios pipeline

Makes every scenario of the catalogue as of one session: historical episodes that the data covers, regimes found, the
full history, block bootstraps, Monte Carlo paths, stress scenarios. Nothing after the as-of session is read.

- **Runs when** the asset `market_data` is published for an as-of date; alone, with the Param `as_of`.
- **Reads** `market_data.ohlcv` and `include/config/scenarios.yaml`. **Writes** `scenarios.*`. **Needs** connection
  `warehouse`. **Owner** tetra.
- **Re-run:** safe; a scenario whose inputs, configuration and code are unchanged is left as it is. Old as-of dates lose
  their paths and keep their definitions; a run for one of them makes its paths again.
- **When it fails:** the gate names the check; `scenarios.definitions` says of every scenario not covered why.
"""

from airflow.sdk import Param, PartitionedAssetTimetable, dag

from tetra_airflow.assets import MARKET_DATA, SCENARIOS
from tetra_airflow.defaults import DAG_DEFAULTS, as_of_param
from tetra_airflow.names import Tag
from tetra_airflow.operators.generate_scenarios import GenerateScenariosOperator
from tetra_airflow.operators.publish import PublishOperator
from tetra_airflow.operators.validate import ValidateOperator

TYPES = ["all", "historical", "full_history", "regime", "stochastic", "bootstrap", "monte_carlo", "stress"]


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
            items={"type": "string", "enum": TYPES},
            description=f"Only these of {', '.join(TYPES)}; the others stay as they are. Empty: all.",
        ),
        "num_scenarios": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=10_000,
            description="Paths of each stochastic family. Empty: as scenarios.yaml says.",
        ),
        "severity": Param(
            None,
            type=["null", "string"],
            enum=[None, "moderate", "severe", "extreme"],
            description="Of the stress scenarios. Empty: as scenarios.yaml says.",
        ),
        "include_full_cycles": Param(True, type="boolean", description="Replay the full cycles among the episodes?"),
        "symbols": Param(
            None,
            type=["null", "array"],
            items={"type": "string"},
            description="Only these symbols, groups or indices. Empty: every instrument with bars.",
        ),
        "start_date": Param(
            None,
            type=["null", "string"],
            format="date",
            description="First day that synthetic scenarios draw from; the as-of date is the last. Empty: two years.",
        ),
        "fields": Param(
            None,
            type=["null", "string"],
            enum=[None, "all", "close"],
            description="What is stored of stochastic paths. Empty: all fields, closes only beyond 300 paths.",
        ),
        "export_url": Param(
            None,
            type=["null", "string"],
            description="Folder or fsspec URL for scenario_metadata.json and scenario_summary.txt. Empty: not saved.",
        ),
        "save_timeseries": Param(False, type="boolean", description="Save scenario_timeseries.parquet there too?"),
        "workers": Param(2, type="integer", minimum=1, maximum=64, description="Threads that make paths."),
        "keep_as_ofs": Param(
            5,
            type="integer",
            minimum=1,
            maximum=10_000,
            description="As-of dates that keep their paths; of older ones the definitions alone stay.",
        ),
        "dry_run": Param(False, type="boolean", description="Only say in the log what would be made."),
    },
    **DAG_DEFAULTS,
)
def scenarios_pipeline():
    generate = GenerateScenariosOperator(task_id="generate")
    validate = ValidateOperator(task_id="validate", suites=["scenarios.paths"])
    publish = PublishOperator(task_id="publish", outlets=[SCENARIOS])

    generate >> validate >> publish


scenarios_pipeline()
