"""Backtest every strategy on every instrument of a block of scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class RunBacktestsOperator(WarehouseOperator):
    """Replaces the results of one block of scenarios in one transaction; mapped over blocks.

    :param scenario_names: the block (templated).
    """

    template_fields: Sequence[str] = ("scenario_names",)

    def __init__(self, *, scenario_names: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario_names = scenario_names

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Load the block's panels, simulate, store; the report counts cells and seconds."""
        from tetra.backtest import runner

        report = runner.run_block(connection, as_of=as_of, scenario_names=self.scenario_names)
        return report.records, report.as_json()
