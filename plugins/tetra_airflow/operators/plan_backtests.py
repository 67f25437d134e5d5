"""Before and after the mapped backtests: what is to be run, and what belongs to the run as a whole."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class PlanBacktestsOperator(WarehouseOperator):
    """Registers the strategies, audits them for look-ahead, and cuts the as-of date's scenarios into blocks.

    Returns the blocks (lists of scenario names), which ``RunBacktestsOperator`` is mapped over.
    """

    needs_landed_session = True

    def execute(self, context: Context) -> Any:
        """Do the step; hand on the blocks rather than the report."""
        return super().execute(context)["blocks"]

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Register, audit, cut."""
        from tetra.backtest import runner

        report = runner.begin(connection, as_of=as_of)
        return report.records, report.as_json() | {"blocks": runner.list_blocks(connection, as_of=as_of)}


class FinishBacktestsOperator(WarehouseOperator):
    """Completes an as-of date: the run's own row, today's signals, and no rows of scenarios or strategies now gone."""

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Write what belongs to the run as a whole."""
        from tetra.backtest import runner

        report = runner.finish(connection, as_of=as_of)
        return report.records, report.as_json()
