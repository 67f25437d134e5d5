"""Extract from the configured sources and land what changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from tetra_airflow.operators.base import WarehouseOperator
from tetra_airflow.run_dates import session_range

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context

    from tetra.data.ingest import IngestRequest


class IngestOperator(WarehouseOperator):
    """Lands what the sources have for the run's sessions; what is there already and equal is left alone.

    Sessions, sources and symbols come from the run's Params and partition key. A run for the newest session alone reads
    the sessions before it again (Param ``reread_sessions``), because vendors correct late. With the Param
    ``refetch_gaps`` the sessions asked for are those that ``quality.gaps`` lists, up to the as-of date.

    Skips (and with it the run) when the range holds no session of the calendar, when there is no gap to fetch, or when
    a scheduled evening lies beyond everything the configured sources can ever give (the sample ends in 2022).
    """

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Extract and land; the report counts rows inserted, updated, unchanged and rejected per table."""
        from tetra.data.ingest import ingest
        from tetra.data.ingest_report import combined
        from tetra.errors import SourceUnavailable
        from tetra.sources.registry import newest_session

        try:
            report = combined(ingest(connection, request) for request in self._requests(connection, as_of, context))
        except SourceUnavailable as error:
            if context["dag_run"].run_type == "scheduled" and as_of > newest_session(datetime.now(UTC)):
                raise AirflowSkipException(str(error)) from error
            raise
        return report.records, report.as_json()

    def _requests(self, connection: psycopg.Connection[Any], as_of: date, context: Context) -> list[IngestRequest]:
        from tetra import calendars
        from tetra.data import ingest, sessions
        from tetra.errors import DataError

        now = datetime.now(UTC)
        params = context["params"]
        chosen: dict[str, Any] = {
            "sources": tuple(params["sources"]) if params.get("sources") else None,
            "skip_sources": tuple(params.get("skip_sources") or ()),
        }
        if params.get("kinds"):
            chosen["kinds"] = tuple(params["kinds"])
        symbols = tuple(params["symbols"]) if params.get("symbols") else None
        if params.get("refetch_gaps"):
            requests = ingest.gap_requests(connection, as_of=as_of, symbols=symbols, **chosen)
            if not requests:
                raise AirflowSkipException(f"quality.gaps lists no missing session up to {as_of}")
            return requests
        start, end = session_range(context)
        wanted = calendars.sessions_between(calendars.STOCK_CALENDAR, start, end)
        completed = calendars.last_completed_session(calendars.STOCK_CALENDAR, now)
        if len(wanted) and wanted[-1].item() > completed:
            raise DataError(f"session {wanted[-1]} is not over; the last completed one is {completed}: end there")
        if len(wanted) == 0:
            raise AirflowSkipException(f"no session of {calendars.STOCK_CALENDAR} from {start} to {end}")
        if start == end:
            held = sessions.newest_held(connection)
            connection.rollback()
            start = ingest.reread_from(end, sessions=params.get("reread_sessions"), now=now, held=held)
        return [ingest.IngestRequest(start, end, symbols=symbols, **chosen)]
