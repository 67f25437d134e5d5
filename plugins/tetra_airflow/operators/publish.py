"""Fire an asset event for the run's as-of date; downstream pipelines run on it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from tetra_airflow.names import Pipeline
from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class PublishOperator(WarehouseOperator):
    """Publishes the run's as-of date as a partition of the task's outlets."""

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Add the as-of date to each outlet's event."""
        for outlet in self.outlets:
            context["outlet_events"][outlet].add_partitions(as_of.isoformat())
        return 0, {"published": as_of.isoformat()}


class PublishMarketDataOperator(PublishOperator):
    """Publishes landed data, if the world should be ranked anew for it; skips otherwise.

    Fires for the newest session that is over and that the sources can have, or where the Param ``publish`` says so: a
    backfill of old sessions lands its data and stops. A run that landed nothing new fires only if no assessment of its
    as-of date has succeeded with today's code and configuration, so that a failed chain is resumed by running again.

    :param ingest_task_id: the task whose report says whether anything changed.
    """

    def __init__(self, *, ingest_task_id: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ingest_task_id = ingest_task_id

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Decide, and publish or skip; the reason stands in the log and in the task's report."""
        from tetra.data import pipeline_runs
        from tetra.settings import fingerprint
        from tetra.sources.registry import newest_session

        wanted = context["params"].get("publish")
        newest = newest_session(datetime.now(UTC))
        if wanted is False:
            raise AirflowSkipException("not published: the Param publish says no")
        if wanted is None and as_of != newest:
            raise AirflowSkipException(
                f"not published: {as_of} is not the newest session ({newest}); the data is landed"
            )
        ingest_report = context["ti"].xcom_pull(task_ids=self.ingest_task_id)
        if not ingest_report["changed"] and pipeline_runs.is_complete(
            connection, pipeline_name=Pipeline.ASSESSMENT, as_of=as_of, fingerprint=fingerprint()
        ):
            raise AirflowSkipException(f"not published: nothing new landed and {as_of} is assessed already")
        return super().run_step(connection, as_of, context)
