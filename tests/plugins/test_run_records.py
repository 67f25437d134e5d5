"""What a run leaves behind: task reports, the row of the run, dbt's results."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tetra.data import dbt_results, pipeline_runs, task_reports

START = datetime(2024, 6, 28, 23, 0, tzinfo=UTC)
END = datetime(2024, 6, 28, 23, 5, tzinfo=UTC)


def _record(connection: psycopg.Connection[Any], run_id: str, status: str, **changes: Any) -> None:
    values: dict[str, Any] = {
        "pipeline_name": "data_pipeline",
        "run_id": run_id,
        "as_of": date(2024, 6, 28),
        "run_type": "manual",
        "start_time": START,
        "end_time": END,
        "status": status,
        "error_message": "killed",
        "fingerprint": "one",
    }
    pipeline_runs.record(connection, **(values | changes))


def _report(connection: psycopg.Connection[Any], run_id: str, task_id: str, records: int, **report: Any) -> None:
    task_reports.write(
        connection, dag_id="data_pipeline", run_id=run_id, task_id=task_id, map_index=-1, records=records, report=report
    )


def _row(connection: psycopg.Connection[Any], run_id: str) -> tuple[Any, ...]:
    row = connection.execute(
        "select status, records_processed, error_message, start_time, end_time, fingerprint "
        "from assessment.pipeline_runs where pipeline_name = 'data_pipeline' and run_id = %s",
        [run_id],
    ).fetchone()
    assert row is not None
    return tuple(row)


@pytest.mark.postgres
def test_a_run_sums_what_its_tasks_wrote_and_a_retry_counts_once(connection: psycopg.Connection[Any]) -> None:
    _record(connection, "sums", "running")
    assert _row(connection, "sums")[:5] == ("running", 0, None, START, None)
    _report(connection, "sums", "ingest", 10)
    _report(connection, "sums", "ingest", 30)
    _report(connection, "sums", "refresh_coverage", 2)
    _record(connection, "sums", "success")
    assert _row(connection, "sums") == ("success", 32, None, START, END, "one")


@pytest.mark.postgres
def test_a_failed_run_tells_which_task_failed_and_why(connection: psycopg.Connection[Any]) -> None:
    _record(connection, "fails", "running")
    _report(connection, "fails", "ingest", 0, error="DataError: unknown symbol 'SPX5'")
    _record(connection, "fails", "failed")
    assert _row(connection, "fails")[2] == "ingest: DataError: unknown symbol 'SPX5'"


@pytest.mark.postgres
def test_a_run_killed_before_any_report_keeps_airflows_reason(connection: psycopg.Connection[Any]) -> None:
    _record(connection, "killed", "failed", start_time=None)
    status, records, message, start, end, _ = _row(connection, "killed")
    assert (status, records, message, start, end) == ("failed", 0, "killed", END, END)


@pytest.mark.postgres
def test_an_assessment_counts_as_done_only_for_the_same_code(connection: psycopg.Connection[Any]) -> None:
    day = date(2001, 2, 3)

    def is_complete(fingerprint: str) -> bool:
        return pipeline_runs.is_complete(connection, pipeline_name="data_pipeline", as_of=day, fingerprint=fingerprint)

    _record(connection, "done", "running", as_of=day)
    assert not is_complete("one")
    _record(connection, "done", "success", as_of=day, fingerprint="two")
    assert is_complete("one"), "the code a run started with is what it ran"
    assert not is_complete("two")


def test_dbt_results_are_boiled_down(tmp_path: Path) -> None:
    assert dbt_results.read(tmp_path).records == 0
    results = [
        {"unique_id": "model.tetra.a", "status": "success", "execution_time": 1.23456, "message": "SELECT 5",
         "adapter_response": {"rows_affected": 5}},
        {"unique_id": "model.tetra.view", "status": "success", "execution_time": 0.1, "message": "CREATE VIEW",
         "adapter_response": {"rows_affected": -1}},
        {"unique_id": "test.tetra.unique_a", "status": "fail", "execution_time": 0.2, "message": "Got 3 results",
         "adapter_response": {"rows_affected": 1}},
    ]  # fmt: skip
    (tmp_path / "run_results.json").write_text(json.dumps({"results": results}))
    found = dbt_results.read(tmp_path)
    assert found.records == 5
    assert found.failures() == "test.tetra.unique_a: Got 3 results"
    assert found.as_json() == {
        "statuses": {"success": 2, "fail": 1},
        "seconds": {"model.tetra.a": 1.235, "model.tetra.view": 0.1},
    }
