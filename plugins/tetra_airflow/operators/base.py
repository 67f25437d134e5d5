"""The frame of Tetra's operators: one warehouse connection, one report and, for steps of a session, its as-of date."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from tetra_airflow.names import Conn
from tetra_airflow.run_dates import as_of_of

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class WarehouseStepOperator(BaseOperator):
    """Runs one step on the warehouse and records how many rows it wrote; for no session in particular.

    :param warehouse_conn_id: the Airflow connection of the warehouse.

    Errors of the domain (``TetraError``) fail the task at once: trying again would give the same answer. Anything else
    (a lost connection, a full disk) is retried, and so is a vendor that cannot serve.
    """

    def __init__(self, *, warehouse_conn_id: str = Conn.WAREHOUSE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.warehouse_conn_id = warehouse_conn_id

    def execute(self, context: Context) -> dict[str, Any]:
        """Open the connection, do the step, record its report and return it; why a step skips is recorded too."""
        from tetra.errors import SourceUnavailable, TetraError
        from tetra_airflow.hooks.warehouse import WarehouseHook

        try:
            with WarehouseHook(self.warehouse_conn_id).connect(self.execution_timeout) as connection:
                try:
                    records, report = self.perform(connection, context)
                except AirflowSkipException as skipped:
                    connection.rollback()
                    self._record(connection, context, 0, {"skipped": str(skipped)})
                    raise
                self.log.info("%s: %s rows written; %s", self.task_id, records, report)
                self._record(connection, context, records, report)
        except SourceUnavailable:
            raise  # a vendor that is down now may answer when the task is tried again
        except TetraError as error:
            raise AirflowFailException(f"{type(error).__name__}: {error}") from error
        return report

    def _record(
        self, connection: psycopg.Connection[Any], context: Context, records: int, report: dict[str, Any]
    ) -> None:
        from tetra.data import task_reports

        instance = context["ti"]
        task_reports.write(
            connection,
            dag_id=instance.dag_id,
            run_id=instance.run_id,
            task_id=instance.task_id,
            map_index=instance.map_index if instance.map_index is not None else -1,
            records=records,
            report=report,
        )

    @abstractmethod
    def perform(self, connection: psycopg.Connection[Any], context: Context) -> tuple[int, dict[str, Any]]:
        """Do the work; return the rows written and a JSON-safe report."""


class WarehouseOperator(WarehouseStepOperator):
    """Runs one step of a pipeline as of the run's session.

    :param warehouse_conn_id: the Airflow connection of the warehouse.

    Raises AirflowFailException where the run names no session.
    """

    needs_landed_session = False
    """Whether the step computes as of a session, and so refuses one of which nothing is landed."""

    def perform(self, connection: psycopg.Connection[Any], context: Context) -> tuple[int, dict[str, Any]]:
        """Find the as-of date and run the step for it."""
        from tetra.data import sessions

        as_of = as_of_of(context)
        if self.needs_landed_session:
            sessions.require_landed(connection, as_of)
            connection.rollback()  # the step opens its own transactions
        return self.run_step(connection, as_of, context)

    @abstractmethod
    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Do the work; return the rows written and a JSON-safe report."""
