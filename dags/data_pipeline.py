"""
### Data pipeline

Brings in one session's prices, macro series, news and events, or a range of sessions: lands what changed, gates it,
refreshes coverage.

- **Runs when** it is 19:00 in New York on a weekday; the session is the partition key. A backfill
  (`airflow backfill create --dag-id data_pipeline …`) lands each of its sessions. Exchange holidays skip.
- **Reads** the sources of `include/config/sources.yaml` for the instruments of `include/config/universe.yaml`.
  **Writes** `market_data.*`, `economic_data.*`, `news.*`, `events.*`, `quality.*`. **Needs** connections `warehouse`
  and `warehouse_owner`. **Owner** tetra.
- **Publishes** the asset `market_data` for the newest completed session only, or where the Param `publish` says so.
- **Re-run:** safe; a run that finds nothing new changes no row. **When it fails:** a red gate names the expectation
  that failed; Data Docs show the values. Nothing downstream has run.
"""

from datetime import timedelta

from airflow.sdk import CronPartitionTimetable, Param, TriggerRule, dag

from tetra_airflow.assets import MARKET_DATA
from tetra_airflow.defaults import DAG_DEFAULTS
from tetra_airflow.names import Tag
from tetra_airflow.operators.ingest import IngestOperator
from tetra_airflow.operators.publish import PublishMarketDataOperator
from tetra_airflow.operators.refresh_coverage import RefreshCoverageOperator
from tetra_airflow.operators.refresh_rollups import RefreshRollupsOperator
from tetra_airflow.operators.validate import ValidateOperator

DATE = {"type": ["null", "string"], "format": "date"}
NAMES = {"type": ["null", "array"], "items": {"type": "string"}}

# one gate a subject; a table that the run landed nothing of is passed over, but for daily bars
GATES = {
    "bars": ["market_data.ohlcv", "market_data.ohlcv_hourly", "market_data.corporate_actions"],
    "macro": ["economic_data.releases"],
    "news": ["news.articles", "news.sentiment"],
    "events": [
        "events.earnings",
        "events.economic_events",
        "events.geopolitical_events",
        "events.security_events",
        "market_data.index_membership",
    ],
}
ALWAYS = ["market_data.ohlcv"]


@dag(
    schedule=CronPartitionTimetable("0 19 * * 1-5", timezone="America/New_York", key_format="%Y-%m-%d"),
    tags=[Tag.INGEST, Tag.DAILY],
    doc_md=__doc__,
    params={
        "start_date": Param(None, **DATE, description="First day to bring in. Empty: the run's one session."),
        "end_date": Param(None, **DATE, description="Last day, and the as-of date. Empty: the partition key."),
        "days": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            description="Calendar days up to the end, instead of start_date.",
        ),
        "sources": Param(
            None,
            **NAMES,
            description="Only these sources (a list, such as sample). Empty: all that sources.yaml enables.",
        ),
        "skip_sources": Param([], **NAMES, description="Sources to leave out."),
        "kinds": Param(
            None,
            **NAMES,
            description="Only these kinds of data, such as bars or news. Empty: all; of gaps, bars and actions.",
        ),
        "symbols": Param(
            None,
            **NAMES,
            description="Only these symbols, series, groups or indices (sp500). Empty: the whole universe.",
        ),
        "reread_sessions": Param(
            None,
            type=["null", "integer"],
            minimum=0,
            maximum=250,
            description="Sessions before a single one to read again. Empty: 2 for the newest session, else none.",
        ),
        "refetch_gaps": Param(
            False, type="boolean", description="Ask the sources again for the sessions that quality.gaps lists."
        ),
        "publish": Param(
            None,
            type=["null", "boolean"],
            description="Run the pipelines downstream? Empty: for the newest session only.",
        ),
    },
    **{**DAG_DEFAULTS, "dagrun_timeout": timedelta(hours=8)},
)
def data_pipeline():
    # a free plan allows five requests a minute: a large universe takes hours
    ingest = IngestOperator(task_id="ingest", execution_timeout=timedelta(hours=6))
    gates = [
        ValidateOperator(task_id=f"validate_{subject}", suites=suites, landed_by=ingest.task_id, always=ALWAYS)
        for subject, suites in GATES.items()
    ]
    refresh_coverage = RefreshCoverageOperator(task_id="refresh_coverage")
    refresh_rollups = RefreshRollupsOperator(task_id="refresh_rollups")
    publish = PublishMarketDataOperator(
        task_id="publish",
        ingest_task_id=ingest.task_id,
        outlets=[MARKET_DATA],
        trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS,  # a gate that had nothing to check may skip
    )

    ingest >> [*gates, refresh_coverage, refresh_rollups] >> publish


data_pipeline()
