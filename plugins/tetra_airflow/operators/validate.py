"""The gate: Great Expectations on the slice a run has just written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from tetra_airflow.operators.base import WarehouseOperator
from tetra_airflow.run_dates import as_of_of, session_range

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class ValidateOperator(WarehouseOperator):
    """Checks one table's slice against its suite; PASS and WARN go on, FAIL stops the chain.

    :param suite: name of a suite in ``great_expectations/tetra_expectations`` (``market_data.ohlcv``).
    :param whole_range: check the run's sessions (ingest) rather than the as-of date's rows.
    :param landed_by: the ingest task of this table, where the table may rightly get nothing (a macro series between two
        releases): then the gate skips. Without it, an empty slice fails.

    Raises AirflowFailException on FAIL, and on an empty slice: a gate never passes on nothing.
    """

    template_fields: Sequence[str] = ("suite",)

    def __init__(self, *, suite: str, whole_range: bool = False, landed_by: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.suite = suite
        self.whole_range = whole_range
        self.landed_by = landed_by

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Validate the slice and store the outcome; it counts as no rows written."""
        from tetra.data import validation
        from tetra.errors import GateFailed
        from tetra_expectations import runner

        if self.landed_by is not None:
            self._require_landed(context["ti"].xcom_pull(task_ids=self.landed_by))
        start, end = session_range(context) if self.whole_range else (as_of_of(context),) * 2
        frame = validation.load_slice(connection, self.suite, start, end)
        outcome = runner.validate(
            frame,
            suite=self.suite,
            slice_key=str(end) if start == end else f"{start}..{end}",
            as_of=as_of,
            run_id=context["run_id"],
        )
        validation.store(connection, outcome)
        if outcome.status == "FAIL":
            raise GateFailed(f"{self.suite} failed for {start} to {end}: {outcome.summary()}")
        return 0, {"suite": self.suite, "status": outcome.status, "rows_checked": outcome.rows_checked}

    def _require_landed(self, ingest_report: dict[str, Any]) -> None:
        for table in ingest_report["tables"]:
            if table["table"] == self.suite and not table["inserted"] + table["updated"] + table["unchanged"]:
                raise AirflowSkipException(f"the sources have nothing for {self.suite} in this slice: {table['notes']}")
