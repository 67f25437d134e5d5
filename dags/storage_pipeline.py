"""
### Storage pipeline

Housekeeping: archives old rows to Parquet and deletes them where told to, applies `include/config/storage.yaml`
(compression, retention), brings split-adjusted bars and rollups in step with what is left.

- **Runs when** a person triggers it: after a change of storage.yaml, and to archive. It is for no session: what is old
  is said by the Param `before`, never by the clock (`keep_days` of storage.yaml counts back from now).
- **Reads and writes** `market_data.*`; `news.*`, `scenarios.paths`, `backtest.*` where archived; the archive's URL.
  **Needs** connections `warehouse` and `warehouse_owner`. **Owner** tetra.
- **Nothing is deleted** while `dry_run` is true, as it is by default: the logs hold the statements it would run.
- **Re-run:** safe; what is archived is not written again. **When it fails:** a partition is still in its table, or in
  the archive and verified; clear the task. `include/docs/runbooks/archiving.md` says how rows come back.
"""

from airflow.sdk import Param, TriggerRule, dag

from tetra_airflow.defaults import DAG_DEFAULTS
from tetra_airflow.names import Tag
from tetra_airflow.operators.apply_storage_settings import ApplyStorageSettingsOperator
from tetra_airflow.operators.archive import ArchiveOperator
from tetra_airflow.operators.refresh_rollups import RefreshRollupsOperator

TABLES = [
    "market_data.ohlcv",
    "news.articles",
    "scenarios.paths",
    "backtest.results",
    "backtest.equity_curves",
    "backtest.trades",
]


@dag(
    schedule=None,
    tags=[Tag.STORAGE],
    doc_md=__doc__,
    params={
        "tables": Param(
            [],
            type="array",
            items={"type": "string", "enum": TABLES},
            description=f"Tables to archive, of {', '.join(TABLES)}. Empty: none.",
        ),
        "timeframes": Param(
            [],
            type="array",
            items={"type": "string", "enum": ["1d", "1h"]},
            description="Of market_data.ohlcv only the bars of these timeframes, 1d or 1h. Empty: both.",
        ),
        "before": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Rows of earlier days are archived (YYYY-MM-DD); this day and later stay.",
        ),
        "archive_url": Param(
            None,
            type=["null", "string"],
            description="Absolute folder or fsspec URL to archive to. Empty: archive_url of storage.yaml.",
        ),
        "delete": Param(
            False,
            type="boolean",
            description="Delete from the tables what is archived and verified (needs dry_run false).",
        ),
        "dry_run": Param(
            True,
            type="boolean",
            description="Only report what archiving and retention would write and delete.",
        ),
    },
    **DAG_DEFAULTS,
)
def storage_pipeline():
    archive = ArchiveOperator(task_id="archive")
    # what was archived first is not lost to retention; a run that archives nothing skips the first step
    apply_settings = ApplyStorageSettingsOperator(task_id="apply_settings", trigger_rule=TriggerRule.NONE_FAILED)
    refresh_rollups = RefreshRollupsOperator(task_id="refresh_rollups")

    archive >> apply_settings >> refresh_rollups


storage_pipeline()
