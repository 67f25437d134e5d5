"""
### Assessment pipeline

Audits every strategy for look-ahead, backtests those that pass on every instrument, group and panel of every scenario
as of one session, walks those with a `walk_forward` block forward through the full history, says of each how much of
its result is luck, and ranks them.

- **Runs when** the asset `derived_metrics` is published for an as-of date; alone, with the Param `as_of`.
- **Reads** `scenarios.*`, `include/config/strategies.yaml` and `risk.yaml`. **Writes** `strategies.*`, `backtest.*`
  and, by `dbt build`, `assessment.*`. **Needs** connection `warehouse` and dbt's `TETRA_DBT_*`. **Owner** tetra.
- **Re-run:** safe; each block of scenarios replaces its own results in one transaction.
- **When it fails:** one red mapped task is one block of scenarios; clear it to run it again, and after a change of code
  or configuration clear `plan` and all after it. A strategy that looks ahead fails nothing: it is listed as
  `rejected: look-ahead`, not ranked, and the log of `plan` names the bar that moved. No ranking is written without
  `luck_statistics`; where it says that a stored walk is another, clear `walk_forward` and all after it.
"""

from airflow.sdk import PartitionedAssetTimetable, dag

from tetra_airflow.assets import ASSESSMENT, DERIVED_METRICS
from tetra_airflow.defaults import DAG_DEFAULTS, as_of_param
from tetra_airflow.names import Tag
from tetra_airflow.operators.dbt import DbtDocsOperator, DbtOperator
from tetra_airflow.operators.luck_statistics import LuckStatisticsOperator
from tetra_airflow.operators.plan_backtests import FinishBacktestsOperator, PlanBacktestsOperator
from tetra_airflow.operators.publish import PublishOperator
from tetra_airflow.operators.run_backtests import RunBacktestsOperator
from tetra_airflow.operators.validate import ValidateOperator
from tetra_airflow.operators.walk_forward import WalkForwardOperator


@dag(
    schedule=PartitionedAssetTimetable(assets=DERIVED_METRICS),
    tags=[Tag.RESEARCH, Tag.DBT, Tag.DAILY],
    doc_md=__doc__,
    params={"as_of": as_of_param()},
    **DAG_DEFAULTS,
)
def assessment_pipeline():
    plan = PlanBacktestsOperator(task_id="plan")
    run_block = RunBacktestsOperator.partial(task_id="run_block").expand(scenario_names=plan.output)
    walk_forward = WalkForwardOperator(task_id="walk_forward")
    finish = FinishBacktestsOperator(task_id="finish")
    luck_statistics = LuckStatisticsOperator(task_id="luck_statistics")
    build_rankings = DbtOperator(task_id="build_rankings", command=["build", "--select", "tag:assessment"])
    validate = ValidateOperator(task_id="validate", suites=["assessment.strategy_rankings"])
    publish = PublishOperator(task_id="publish", outlets=[ASSESSMENT])
    build_docs = DbtDocsOperator(task_id="build_docs")

    plan >> walk_forward
    [run_block, walk_forward] >> finish >> luck_statistics >> build_rankings >> [validate, build_docs]
    validate >> publish


assessment_pipeline()
