"""Choose parameters fold by fold on the full history, and keep what they gave out of sample."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class WalkForwardOperator(WarehouseOperator):
    """Replaces the walk-forward results of every strategy with a plan, each in one transaction.

    Strategies that the full history is too short for are left out, with the reason in the report.
    """

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Load the full history, choose, judge, store; the report counts folds."""
        from tetra.backtest import walk_forward_runner

        report = walk_forward_runner.run_all(connection, as_of=as_of)
        return report.records, report.as_json()
