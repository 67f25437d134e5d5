"""The warehouse: a psycopg connection as ``tetra_writer``, on the postgres provider's hook."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
from airflow.providers.postgres.hooks.postgres import PostgresHook

from tetra_airflow.names import Conn


class WarehouseHook(PostgresHook):
    """Opens sessions on the warehouse.

    :param postgres_conn_id: the Airflow connection, a role that may write the landing and result tables.
    """

    def __init__(self, postgres_conn_id: str = Conn.WAREHOUSE, **kwargs: Any) -> None:
        super().__init__(postgres_conn_id=str(postgres_conn_id), **kwargs)

    @contextmanager
    def connect(self, statement_timeout: timedelta | None = None) -> Iterator[psycopg.Connection[Any]]:
        """Yield an open connection; what is not committed when an error leaves the block is rolled back.

        :param statement_timeout: how long one statement may take; a task passes its ``execution_timeout``.
        """
        with self.get_conn() as connection:
            if statement_timeout is not None:
                milliseconds = int(statement_timeout.total_seconds() * 1000)
                connection.execute("select set_config('statement_timeout', %s, false)", [str(milliseconds)])
                connection.commit()
            yield connection
