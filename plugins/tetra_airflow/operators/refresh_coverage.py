"""Bring coverage and gaps in step with the bars held."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class RefreshCoverageOperator(WarehouseOperator):
    """Refreshes ``quality.coverage`` and ``quality.gaps``; rows that are right already are left alone."""

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Compare the sessions held with the calendar's, symbol by symbol."""
        from tetra.data import coverage

        report = coverage.refresh(connection)
        return report.records, report.as_json()
