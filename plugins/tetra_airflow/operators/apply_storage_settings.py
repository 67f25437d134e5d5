"""Apply storage.yaml to the server: compression, retention, and the kinds of tables its edition has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tetra_airflow.names import Conn
from tetra_airflow.operators.base import WarehouseStepOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class ApplyStorageSettingsOperator(WarehouseStepOperator):
    """Applies ``include/config/storage.yaml``; retention only counts unless the Param ``dry_run`` is false.

    :param warehouse_conn_id: a connection of the warehouse's owner, who alone may compress and drop chunks (ADR 0009).
    """

    def __init__(self, *, warehouse_conn_id: str = Conn.WAREHOUSE_OWNER, **kwargs: Any) -> None:
        super().__init__(warehouse_conn_id=warehouse_conn_id, **kwargs)

    def perform(self, connection: psycopg.Connection[Any], context: Context) -> tuple[int, dict[str, Any]]:
        """Apply the settings; the report says what was done, and what was not and why."""
        from tetra.data import storage

        report = storage.apply(connection, storage.load_settings(), dry_run=context["params"]["dry_run"])
        return report.deleted, report.as_json()
