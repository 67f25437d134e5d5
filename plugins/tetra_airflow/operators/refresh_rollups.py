"""Bring split-adjusted bars and the rollups in step with the bars held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tetra_airflow.names import Conn
from tetra_airflow.operators.base import WarehouseStepOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class RefreshRollupsOperator(WarehouseStepOperator):
    """Refreshes ``split_adjusted_bars`` and the weekly, monthly and daily rollups where bars or splits changed.

    :param warehouse_conn_id: a connection of the warehouse's owner, who alone may refresh (ADR 0009).
    """

    def __init__(self, *, warehouse_conn_id: str = Conn.WAREHOUSE_OWNER, **kwargs: Any) -> None:
        super().__init__(warehouse_conn_id=warehouse_conn_id, **kwargs)

    def perform(self, connection: psycopg.Connection[Any], context: Context) -> tuple[int, dict[str, Any]]:
        """Refresh; what is in step already is left alone."""
        from tetra.data import rollups

        report = rollups.refresh(connection)
        return report.records, report.as_json()
