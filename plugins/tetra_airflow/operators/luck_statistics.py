"""Say of every strategy how much of its result is luck."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class LuckStatisticsOperator(WarehouseOperator):
    """Replaces the luck statistics and verdicts of an as-of date in one transaction.

    Every enabled strategy gets a row; one that cannot be tested says why, and fails nothing.
    """

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Run the strategies on the full history, test, store; the report counts verdicts."""
        from tetra.luck import runner

        report = runner.run(connection, as_of=as_of)
        return report.records, report.as_json()
