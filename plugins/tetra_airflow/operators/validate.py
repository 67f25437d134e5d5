"""The gate: Great Expectations on the slices a run has just written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowSkipException

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context


class ValidateOperator(WarehouseOperator):
    """Checks slices against their suites; PASS and WARN go on, FAIL stops the chain.

    :param suites: names of suites in ``great_expectations/tetra_expectations`` (``market_data.ohlcv``).
    :param landed_by: the ingest task: its report says which days to check, and of which tables it landed anything. The
        others are passed over, and the task skips when all are. Without it, the as-of date's rows are checked.
    :param always: suites that are checked wherever their data was asked for, and fail on an empty slice.
    :param if_any: suites of data that not everybody has; passed over where their slice is empty.

    Every suite is judged before the task fails, so that one run shows all there is to mend. Raises AirflowFailException
    on FAIL, and on an empty slice: a gate never passes on nothing.
    """

    template_fields: Sequence[str] = ("suites",)

    def __init__(
        self,
        *,
        suites: Sequence[str],
        landed_by: str | None = None,
        always: Sequence[str] = (),
        if_any: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.suites = suites
        self.landed_by = landed_by
        self.always = always
        self.if_any = if_any

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Validate the slices and store the outcomes; that counts as no rows written."""
        from tetra.data import validation
        from tetra.errors import GateFailed
        from tetra_expectations import runner

        start, end, suites, symbols = self._wanted(as_of, context)
        report: dict[str, Any] = {"start_date": start.isoformat(), "end_date": end.isoformat(), "suites": {}}
        failed = []
        for suite in suites:
            frame = validation.load_slice(connection, suite, start, end, symbols=symbols)
            if frame.empty and suite in self.if_any:
                self.log.info("%s: nothing to check for %s to %s", suite, start, end)
                continue
            outcome = runner.validate(
                frame,
                suite=suite,
                slice_key=str(end) if start == end else f"{start}..{end}",
                as_of=as_of,
                run_id=context["run_id"],
            )
            validation.store(connection, outcome)
            self.log.info("%s: %s of %s rows; %s", suite, outcome.status, outcome.rows_checked, outcome.summary())
            report["suites"][suite] = {"status": outcome.status, "rows_checked": outcome.rows_checked}
            if outcome.status == "FAIL":
                failed.append(f"{suite} failed for {start} to {end}: {outcome.summary()}")
        if failed:
            raise GateFailed("; ".join(failed))
        return 0, report

    def _wanted(self, as_of: date, context: Context) -> tuple[date, date, list[str], tuple[str, ...] | None]:
        """Return the first and last day to check, the suites that have something to check, and the run's symbols."""
        if self.landed_by is None:
            return as_of, as_of, list(self.suites), None
        ingested = context["ti"].xcom_pull(task_ids=self.landed_by)
        landed = {
            table["table"]: table["inserted"] + table["updated"] + table["unchanged"] for table in ingested["tables"]
        }
        wanted = [suite for suite in self.suites if landed.get(suite) or (suite in landed and suite in self.always)]
        if not wanted:
            raise AirflowSkipException(f"nothing of {', '.join(self.suites)} was landed by this run")
        start, end = (date.fromisoformat(ingested[name]) for name in ("start_date", "end_date"))
        symbols = ingested["symbols"]
        return start, end, wanted, None if symbols is None else tuple(symbols)
