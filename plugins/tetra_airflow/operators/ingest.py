"""Extract from the configured sources and land what changed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from tetra_airflow.operators.base import WarehouseOperator
from tetra_airflow.run_dates import session_range

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class IngestOperator(WarehouseOperator):
    """Lands bars and macro series for the run's sessions; what is there already and equal is left alone.

    The sessions, sources and symbols come from the run's Params and partition key.

    Skips (and with it the run) when the range holds no session of the calendar, or when a scheduled evening lies
    beyond everything the configured sources can ever give (the sample ends in 2022).
    """

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Extract and land; the report counts rows inserted, updated, unchanged and rejected per table."""
        from tetra import calendars
        from tetra.data.ingest import IngestRequest, ingest
        from tetra.errors import SourceUnavailable

        start, end = session_range(context)
        params = context["params"]
        if len(calendars.sessions_between(calendars.STOCK_CALENDAR, start, end)) == 0:
            raise AirflowSkipException(f"no session of {calendars.STOCK_CALENDAR} from {start} to {end}")
        request = IngestRequest(
            start_date=start,
            end_date=end,
            sources=tuple(params["sources"]) if params.get("sources") else None,
            skip_sources=tuple(params.get("skip_sources") or ()),
            symbols=tuple(params["symbols"]) if params.get("symbols") else None,
        )
        try:
            report = ingest(connection, request)
        except SourceUnavailable as error:
            if context["dag_run"].run_type == "scheduled":
                raise AirflowSkipException(str(error)) from error
            raise
        return report.records, report.as_json()
