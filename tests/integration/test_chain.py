"""The whole chain, end to end: the real scheduler, PostgreSQL, dbt, Great Expectations and Superset, on real prices.

Tests of this folder stand in the order they run in, files by name, and share one platform; each leaves it as
whole as it found it.
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
from tests.integration.sample_run import AS_OF, DOWNSTREAM

from tetra.platform import processes
from tetra.settings import CHECKOUT

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]


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


def test_every_strategy_has_a_verdict_and_a_tested_one_its_numbers(stack: Any) -> None:
    rows = stack.fetch(
        "select verdict, verdict_reason is null, deflated_sharpe_ratio between 0 and 1, "
        "stepwise_p_value between 0 and 1, null_twin_p_value between 0 and 1, rank_low <= rank_high "
        "from assessment.strategy_rankings"
    )
    tested = [row for row in rows if row[0] in {"skill", "not proven", "likely luck"}]
    assert {row[0] for row in rows} <= {"skill", "not proven", "likely luck", "not tested"}
    assert len(tested) >= 30
    assert set(tested) <= {(row[0], True, True, True, True, True) for row in tested}
    constant = stack.fetch(
        "select distinct verdict from assessment.strategy_rankings where strategy_name in ('buy_and_hold', 'cash')"
    )
    assert constant == [("not tested",)]
    assert "verdict" in stack.output


def test_the_derived_marts_are_filled_and_reach_to_the_session(stack: Any) -> None:
    for mart in ("daily_returns", "volatility", "betas", "drawdowns", "technical_indicators", "market_breadth"):
        latest = stack.fetch(f"select max(session_date) from derived.{mart}")
        assert latest == [(date.fromisoformat(AS_OF),)], mart
    for mart in ("weekly_returns", "monthly_returns", "correlations", "macro_as_known", "scenario_statistics"):
        assert stack.fetch(f"select count(*) > 0 from derived.{mart}") == [(True,)], mart


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
    before, runs = stack.checksums(with_times=True), stack.downstream_runs()
    output = stack.run("second")
    assert "rankings stand" in output
    assert stack.checksums(with_times=True) == before
    assert stack.downstream_runs() == runs
    assert stack.seconds["second"] < 240


def test_made_anew_from_nothing_everything_is_the_same(stack: Any) -> None:
    before = stack.checksums(with_times=False)
    stack.fetch("delete from scenarios.definitions", role="owner")
    stack.fetch("truncate backtest.results, backtest.equity_curves, strategies.signals, backtest.runs", role="owner")
    assert stack.wait_for("scenarios_pipeline", stack.trigger("scenarios_pipeline", as_of=AS_OF)) == "success"
    runs = stack.downstream_runs()
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
