"""What people do day by day, on the running platform: backfills, parts of the universe, holidays, queries."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.integration.sample_run import AS_OF

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]


@pytest.mark.parametrize(
    ("first", "after", "sessions"),
    [
        # over a weekend
        ("2015-06-05", "2015-06-09", ["2015-06-05", "2015-06-08"]),
        # 19:00 in New York is the next day in UTC in winter
        ("2015-01-12", "2015-01-14", ["2015-01-12", "2015-01-13"]),
    ],
)
def test_a_backfill_covers_exactly_its_sessions_and_changes_nothing_that_was_right(
    stack: Any, first: str, after: str, sessions: list[str]
) -> None:
    before, runs = stack.checksums(with_times=True), stack.downstream_runs()
    options = ["--dag-id", "data_pipeline", "--from-date", first, "--to-date", after, "--max-active-runs", "1"]
    created = stack.tetra("airflow", "--", "backfill", "create", *options)
    assert created.returncode == 0, created.stdout + created.stderr
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        found = {
            run["partition_key"]: run["state"] for run in stack.runs("data_pipeline") if run["partition_key"] < after
        }
        found = {key: state for key, state in found.items() if key >= first}
        if found and set(found.values()) <= {"success", "failed"} and len(found) >= len(sessions):
            break
        time.sleep(1)
    assert found == dict.fromkeys(sessions, "success")
    while any(
        backfill["completed_at"] is None for backfill in stack.api.get("backfills", dag_id="data_pipeline")["backfills"]
    ):
        assert time.monotonic() < deadline, "the backfill does not end"
        time.sleep(1)
    checked = stack.fetch(
        "select slice_key, status, rows_checked > 0 from quality.validation_results "
        "where suite_name = 'market_data.ohlcv' and slice_key = any(%s) order by 1",
        sessions,
    )
    assert [row[0] for row in checked] == sessions
    assert {row[1:] for row in checked} <= {("PASS", True), ("WARN", True)}
    assert stack.checksums(with_times=True) == before
    assert stack.downstream_runs() == runs


def test_an_unknown_symbol_fails_the_run_names_the_nearest_and_loses_nothing(stack: Any) -> None:
    before = stack.checksums(with_times=True)
    run_id = stack.trigger("data_pipeline", key=AS_OF, symbols=["APPL"])
    assert stack.wait_for("data_pipeline", run_id) == "failed"
    row = stack.fetch(
        "select status, error_message from assessment.pipeline_runs "
        "where pipeline_name = 'data_pipeline' and run_id = %s",
        run_id,
    )
    assert row[0][0] == "failed"
    assert "unknown symbol, series, group or index 'APPL'; did you mean 'AAPL'?" in row[0][1]
    assert stack.checksums(with_times=True) == before


def test_an_exchange_holiday_skips(stack: Any) -> None:
    run_id = stack.trigger("data_pipeline", key="2014-12-25")
    assert stack.wait_for("data_pipeline", run_id) == "success"
    tasks = stack.api.get(f"dags/data_pipeline/dagRuns/{run_id}/taskInstances")["task_instances"]
    assert {task["state"] for task in tasks} == {"skipped"}
    assert "no session of XNYS from 2014-12-25 to 2014-12-25" in _message_of(stack, run_id)


def _message_of(stack: Any, run_id: str) -> str:
    query = "select error_message from assessment.pipeline_runs where pipeline_name = 'data_pipeline' and run_id = %s"
    return str(stack.fetch(query, run_id)[0][0])


def test_a_run_for_a_group_asks_for_its_members_alone(stack: Any) -> None:
    before = stack.checksums(with_times=True)
    run_id = stack.trigger("data_pipeline", key="2022-12-27", symbols=["energy"], skip_sources=["curated"])
    assert stack.wait_for("data_pipeline", run_id) == "success"
    query = "select report -> 'symbols' from quality.task_reports where run_id = %s and task_id = 'ingest'"
    asked = set(stack.fetch(query, run_id)[0][0])
    assert {"CVX", "RRC", "XOM"} <= asked
    assert "AAPL" not in asked
    assert stack.checksums(with_times=True) == before


def test_archiving_is_a_dry_run_unless_told_otherwise(stack: Any, tmp_path: Any) -> None:
    before = stack.checksums(with_times=True)
    wanted = {"tables": ["market_data.ohlcv"], "before": "1991-01-01", "archive_url": str(tmp_path), "delete": True}
    run_id = stack.trigger("storage_pipeline", **wanted)
    assert stack.wait_for("storage_pipeline", run_id) == "success"
    query = "select report::text from quality.task_reports where run_id = %s and task_id = 'archive'"
    assert "year=1990" in stack.fetch(query, run_id)[0][0]
    assert list(tmp_path.iterdir()) == []
    assert stack.checksums(with_times=True) == before


def test_sql_prints_rows_unaligned_as_the_reader(stack: Any) -> None:
    answer = stack.tetra("sql", "--query", "select current_user, count(*) from assessment.strategy_rankings")
    assert answer.stdout.startswith("tetra_reader|"), answer.stderr
    refused = stack.tetra("sql", "--query", "delete from assessment.strategy_rankings")
    assert refused.returncode != 0


def test_dbt_runs_in_the_projects_configuration(stack: Any) -> None:
    answer = stack.tetra("dbt", "--", "ls", "--select", "tag:assessment", "--resource-type", "model")
    assert "strategy_rankings" in answer.stdout, answer.stdout + answer.stderr
