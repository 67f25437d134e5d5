"""Archive old rows to Parquet, and delete them once they are verified there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from tetra_airflow.operators.base import WarehouseStepOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class ArchiveOperator(WarehouseStepOperator):
    """Archives rows of the run's ``tables`` that are older than its ``before``.

    Everything comes from the run's Params; skips where they name no table. Writes and deletes nothing unless
    ``dry_run`` is false, and deletes only where ``delete`` is true as well.

    Raises AirflowFailException if the Params name tables but no day, or neither they nor storage.yaml a URL.
    """

    def perform(self, connection: psycopg.Connection[Any], context: Context) -> tuple[int, dict[str, Any]]:
        """Archive one table after another; each partition of each is a transaction of its own."""
        from tetra.data import archive, storage
        from tetra.data.archive_tables import find

        params = context["params"]
        if not params["tables"]:
            raise AirflowSkipException("nothing is archived: the Param tables is empty")
        if not params["before"]:
            raise AirflowFailException(f"give the Param before: the day up to which {params['tables']} are archived")
        url = params["archive_url"] or storage.load_settings().archive_url
        if not url:
            raise AirflowFailException("nowhere to archive to: give the Param archive_url, or set it in storage.yaml")
        reports = [
            archive.archive(
                connection,
                table=table,
                before=date.fromisoformat(params["before"]),
                url=url,
                split_values=params["timeframes"] if find(table).split_by == "timeframe" else None,
                dry_run=params["dry_run"],
                delete=params["delete"],
            )
            for table in params["tables"]
        ]
        return sum(report.records for report in reports), {"tables": [report.as_json() for report in reports]}
