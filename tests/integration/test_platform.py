"""End to end: the real scheduler, PostgreSQL, dbt, Great Expectations and Superset, on the sample's real prices.

The tests stand in the order they run in and share one platform; each leaves it as whole as it found it.
"""

from __future__ import annotations

import os
import re
import signal
import time
from datetime import date
from typing import Any

import psutil
import pytest
import requests
import yaml

from tetra.platform import processes, supervision
from tetra.settings import CHECKOUT

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

AS_OF = "2022-12-28"
DOWNSTREAM = ("scenarios_pipeline", "metrics_pipeline", "assessment_pipeline")


def _downstream_runs(stack: Any) -> dict[str, int]:
    return {pipeline: len(stack.runs(pipeline)) for pipeline in DOWNSTREAM}


def test_the_first_run_ends_with_the_ranking_and_four_urls_that_answer(stack: Any) -> None:
    assert f"Strategies as of {AS_OF}, best first" in stack.output
    urls = re.findall(r"^  (Airflow|Superset|Data quality|dbt docs) +(http://127\.0\.0\.1:\d+\S*)", stack.output, re.M)
    assert [name for name, _ in urls] == ["Airflow", "Superset", "Data quality", "dbt docs"]
    bodies = {}
    for name, url in urls:
        answer = requests.get(url, timeout=60)
        assert answer.status_code == 200, (name, url)
        bodies[name] = answer.text
    assert "Data Docs" in bodies["Data quality"]
    assert "strategy_rankings" in bodies["dbt docs"]


def test_every_pipeline_ran_and_no_dag_has_an_import_error(stack: Any) -> None:
    assert stack.api.get("importErrors")["import_errors"] == []
    listed = stack.tetra("airflow", "--", "dags", "list-import-errors")
    assert "No data found" in listed.stdout, listed.stdout + listed.stderr
    for pipeline in ("data_pipeline", *DOWNSTREAM):
        states = {run["state"] for run in stack.runs(pipeline) if run["partition_key"] == AS_OF}
        assert states == {"success"}, pipeline
        recorded = stack.fetch(
            "select distinct status from assessment.pipeline_runs where pipeline_name = %s and as_of = %s",
            pipeline,
            date.fromisoformat(AS_OF),
        )
        assert recorded == [("success",)], pipeline


def test_rankings_hold_every_enabled_strategy_and_the_printed_order_is_the_tables(stack: Any) -> None:
    registered = yaml.safe_load((CHECKOUT / "include" / "config" / "strategies.yaml").read_text())["strategies"]
    enabled = {name for name, entry in registered.items() if entry.get("enabled", True)}
    rows = stack.fetch(
        "select strategy_name from assessment.strategy_rankings "
        "where run_date = (select max(run_date) from assessment.strategy_rankings) order by overall_rank"
    )
    names = [name for (name,) in rows]
    assert set(names) == enabled
    assert len(names) == len(enabled) >= 4
    printed = re.findall(r"^ +\d+  (\w+) ", stack.output, re.M)
    assert printed == names[: len(printed)]
    assert len(printed) == min(10, len(names))


def test_the_scenarios_are_those_that_the_sample_covers(stack: Any) -> None:
    counts = dict(
        stack.fetch(
            "select scenario_type || ' ' || status, count(*) from scenarios.definitions where as_of = %s group by 1",
            date.fromisoformat(AS_OF),
        )
    )
    assert counts.pop("regime ready") >= 42
    assert counts == {
        "historical ready": 11,
        "historical not_covered": 8,
        "full_history ready": 1,
        "bootstrap ready": 50,
        "monte_carlo ready": 50,
        "stress ready": 13,
        "stress not_covered": 1,  # Sector Rotation: the sample has no utility
    }
    cells = stack.fetch(
        "select count(*), count(distinct scenario_name), bool_and(costs_paid >= 0), sum(costs_paid) > 0 "
        "from backtest.results where kind = 'single'"
    )
    assert cells[0][1] >= 167
    assert cells[0][2:] == (True, True)
    # a drop nobody disputes: SPX closed 33.9 % lower on 2020-03-23 than on 2020-02-19 (3386.15 to 2237.40)
    path = stack.fetch(
        "select p.close[array_position(d.sessions, '2020-03-23'::date)] "
        " / p.close[array_position(d.sessions, '2020-02-19'::date)] - 1 "
        "from scenarios.paths p join scenarios.definitions d using (as_of, scenario_name) "
        "where p.symbol = 'SPX' and d.scenario_name = 'COVID-19'"
    )
    assert path[0][0] == pytest.approx(2237.40 / 3386.15 - 1, abs=1e-4)


def test_the_dashboards_first_row_is_the_best_strategy(stack: Any) -> None:
    session = requests.Session()
    base = stack.here.superset_url
    credentials = {"username": "admin", "password": stack.here.secrets["superset_admin_password"], "provider": "db"}
    token = session.post(f"{base}/api/v1/security/login", json=credentials, timeout=60).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    session.headers["X-CSRFToken"] = session.get(f"{base}/api/v1/security/csrf_token/", timeout=60).json()["result"]
    session.headers["Referer"] = base
    charts = session.get(f"{base}/api/v1/dashboard/strategy-rankings/charts", timeout=60).json()["result"]
    form = next(chart["form_data"] for chart in charts if chart["slice_name"] == "Strategy ranking")
    query = {
        "columns": ["overall_rank", "strategy_name"],
        "orderby": [["overall_rank", True]],
        "row_limit": 1,
        "metrics": [],
    }
    body = {
        "datasource": {"id": int(form["datasource"].partition("__")[0]), "type": "table"},
        "queries": [query],
        "force": True,
    }
    answer = session.post(f"{base}/api/v1/chart/data", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    best = stack.fetch("select strategy_name from assessment.strategy_rankings where overall_rank = 1")
    assert [tuple(row.values()) for row in answer.json()["result"][0]["data"]] == [(1, best[0][0])]


def test_a_second_run_is_fast_and_touches_no_row(stack: Any) -> None:
    before, runs = stack.checksums(with_times=True), _downstream_runs(stack)
    output = stack.run("second")
    assert "rankings stand" in output
    assert stack.checksums(with_times=True) == before
    assert _downstream_runs(stack) == runs
    assert stack.seconds["second"] < 240


def test_made_anew_from_nothing_everything_is_the_same(stack: Any) -> None:
    before = stack.checksums(with_times=False)
    stack.fetch("delete from scenarios.definitions", role="owner")
    stack.fetch("truncate backtest.results, backtest.equity_curves, strategies.signals, backtest.runs", role="owner")
    assert stack.wait_for("scenarios_pipeline", stack.trigger("scenarios_pipeline", as_of=AS_OF)) == "success"
    runs = _downstream_runs(stack)
    _await_more(stack, "assessment_pipeline", runs["assessment_pipeline"])
    assert stack.checksums(with_times=False) == before


def _await_more(stack: Any, pipeline: str, count: int) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        runs = stack.runs(pipeline)
        if len(runs) > count and all(run["state"] in {"success", "failed"} for run in runs):
            assert {run["state"] for run in runs} == {"success"}
            return
        time.sleep(1)
    raise AssertionError(f"{pipeline} did not run again")


def test_a_task_killed_in_the_middle_is_tried_again_and_the_tables_end_up_the_same(stack: Any) -> None:
    before = stack.checksums(with_times=False)
    run_id = stack.trigger("assessment_pipeline", as_of=AS_OF)
    path = f"dags/assessment_pipeline/dagRuns/{run_id}/taskInstances"
    deadline = time.monotonic() + 120
    killed = 0
    while not killed and time.monotonic() < deadline:
        states = {task["task_id"]: task["state"] for task in stack.api.get(path)["task_instances"]}
        if states.get("run_block") == "running":
            killed = _kill_task_processes(stack)
        time.sleep(0.05)
    assert killed, "the block of backtests was never caught running"
    assert stack.wait_for("assessment_pipeline", run_id) == "success"
    tries = {task["task_id"]: task["try_number"] for task in stack.api.get(path)["task_instances"]}
    assert tries["run_block"] > 1
    assert stack.checksums(with_times=False) == before


def _kill_task_processes(stack: Any) -> int:
    """Kill -9 the processes that run tasks: the children of LocalExecutor's workers."""
    killed = 0
    for process in processes.leftovers(stack.here):
        try:
            parent = process.parent()
            if parent is not None and "LocalExecutor: " in " ".join(parent.cmdline()):
                os.kill(process.pid, signal.SIGKILL)
                killed += 1
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return killed


@pytest.mark.parametrize(
    ("first", "after", "sessions"),
    [
        ("2015-06-01", "2015-06-06", ["2015-06-01", "2015-06-02", "2015-06-03", "2015-06-04", "2015-06-05"]),
        # 19:00 in New York is the next day in UTC in winter
        ("2015-01-05", "2015-01-10", ["2015-01-05", "2015-01-06", "2015-01-07", "2015-01-08", "2015-01-09"]),
    ],
)
def test_a_backfill_covers_exactly_its_sessions_and_changes_nothing_that_was_right(
    stack: Any, first: str, after: str, sessions: list[str]
) -> None:
    before, runs = stack.checksums(with_times=True), _downstream_runs(stack)
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
    assert _downstream_runs(stack) == runs


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


def test_a_killed_service_is_started_again(stack: Any) -> None:
    listening = [p for p in processes.leftovers(stack.here) if "http.server" in " ".join(p.cmdline())]
    assert len(listening) == 1
    listening[0].kill()
    psutil.wait_procs(listening, timeout=10)
    supervision.wait_until_healthy(stack.here, ("docs",))


def test_nothing_listens_beyond_loopback(stack: Any) -> None:
    addresses = set()
    for process in processes.leftovers(stack.here):
        try:
            addresses |= {c.laddr.ip for c in process.net_connections() if c.status == psutil.CONN_LISTEN}
        except psutil.NoSuchProcess:
            continue
    assert addresses == {"127.0.0.1"}


def test_stop_ends_all_of_ours_even_after_supervisord_was_killed_and_nothing_else(stack: Any) -> None:
    bystander = psutil.Popen(["sleep", "600"])
    try:
        ours = processes.leftovers(stack.here)
        supervisor = next(p for p in ours if "supervisord" in " ".join(p.cmdline()))
        supervisor.kill()
        stopped = stack.tetra("platform", "stop")
        assert stopped.returncode == 0, stopped.stderr
        assert processes.leftovers(stack.here) == []
        assert not stack.here.embedded.is_running()
        assert bystander.is_running()
    finally:
        bystander.terminate()
        bystander.wait()
