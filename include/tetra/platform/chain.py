"""Drive the chain once through Airflow's public API and show how far it is; used by ``make run`` and the tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
import requests

from tetra.data.statements import statement
from tetra.errors import PlatformError
from tetra.platform.environment import Installation

PIPELINES = ("data_pipeline", "scenarios_pipeline", "metrics_pipeline", "assessment_pipeline")
POLL_SECONDS = 1.0
TIMEOUT_SECONDS = 20 * 60
PARSE_TIMEOUT_SECONDS = 180


@dataclass
class AirflowApi:
    """A session with Airflow's REST API, logged in as admin.

    Parameters
    ----------
    base_url : str
        Without a trailing slash.
    password : str
        Of the user ``admin``.
    """

    base_url: str
    password: str
    session: requests.Session = field(default_factory=requests.Session)

    def log_in(self) -> None:
        """Get a token."""
        answer = self.session.post(
            f"{self.base_url}/auth/token", json={"username": "admin", "password": self.password}, timeout=30
        )
        self._require_ok(answer, "log in")
        self.session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """Return the JSON of a GET below ``/api/v2``."""
        answer = self.session.get(f"{self.base_url}/api/v2/{path}", params=parameters, timeout=30)
        self._require_ok(answer, f"GET {path}")
        return dict(answer.json())

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the JSON of a POST below ``/api/v2``."""
        answer = self.session.post(f"{self.base_url}/api/v2/{path}", json=body, timeout=60)
        self._require_ok(answer, f"POST {path}")
        return dict(answer.json())

    @staticmethod
    def _require_ok(answer: requests.Response, action: str) -> None:
        if not answer.ok:
            raise PlatformError(f"Airflow refused to {action}: {answer.status_code} {answer.text[:500]}")


def wait_for_dags(api: AirflowApi) -> None:
    """Wait until the four pipelines are parsed.

    Raises
    ------
    PlatformError
        If a DAG file does not import, or the pipelines do not appear in time.
    """
    deadline = time.monotonic() + PARSE_TIMEOUT_SECONDS
    while True:
        errors = api.get("importErrors")["import_errors"]
        if errors:
            raise PlatformError("\n".join(f"{error['filename']}: {error['stack_trace']}" for error in errors))
        found = {dag["dag_id"] for dag in api.get("dags", limit=100)["dags"]}
        if found >= set(PIPELINES):
            return
        if time.monotonic() > deadline:
            raise PlatformError(
                f"Airflow shows only {sorted(found)} after {PARSE_TIMEOUT_SECONDS} s; see airflow-dag-processor.log"
            )
        time.sleep(POLL_SECONDS)


def run_sample_chain(here: Installation, say: Callable[[str], None]) -> date:
    """Run the whole chain for the last session of the sample source; return that session.

    Parameters
    ----------
    here : Installation
        A platform that is up.
    say : callable
        Shows one line of progress.

    Raises
    ------
    PlatformError
        If a pipeline fails; the message holds what ``assessment.pipeline_runs`` says.
    """
    first, last = _sample_span()
    api = AirflowApi(here.airflow_url, here.secrets["airflow_admin_password"])
    api.log_in()
    wait_for_dags(api)
    body = {
        "partition_key": last.isoformat(),
        "logical_date": None,
        "conf": {"start_date": first.isoformat(), "sources": ["sample", "curated"], "publish": True},
    }
    started = api.post("dags/data_pipeline/dagRuns", body)
    say(f"data_pipeline: bringing in the sample, {first} to {last}")
    _follow(api, here, "data_pipeline", started["dag_run_id"], say)
    if not _has_published(api, started["dag_run_id"]):
        say(f"nothing new landed and {last} is assessed already: rankings stand")
        return last
    for pipeline in PIPELINES[1:]:
        run_id = _await_run(api, pipeline, last, started["run_after"])
        _follow(api, here, pipeline, run_id, say)
    return last


def _sample_span() -> tuple[date, date]:
    from tetra.sources.registry import Registry
    from tetra.sources.sample import SampleSource

    sample = Registry(only=["sample"]).client("sample")
    assert isinstance(sample, SampleSource), "sources.yaml names the sample source"
    return sample.span("bars")


def _has_published(api: AirflowApi, run_id: str) -> bool:
    return bool(api.get(f"dags/data_pipeline/dagRuns/{run_id}/taskInstances/publish")["state"] == "success")


def _await_run(api: AirflowApi, pipeline: str, as_of: date, since: str) -> str:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        runs = api.get(f"dags/{pipeline}/dagRuns", order_by="-id", limit=20, run_after_gte=since)["dag_runs"]
        for run in runs:
            if run["partition_key"] == as_of.isoformat():
                return str(run["dag_run_id"])
        time.sleep(POLL_SECONDS)
    raise PlatformError(f"{pipeline} did not start for {as_of} within {TIMEOUT_SECONDS} s; see airflow-scheduler.log")


def _follow(api: AirflowApi, here: Installation, pipeline: str, run_id: str, say: Callable[[str], None]) -> None:
    seen: dict[tuple[str, int], str] = {}
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        state = api.get(f"dags/{pipeline}/dagRuns/{run_id}")["state"]
        for task in api.get(f"dags/{pipeline}/dagRuns/{run_id}/taskInstances", limit=200)["task_instances"]:
            key = (task["task_id"], task["map_index"])
            if task["state"] in {"success", "failed", "skipped", "upstream_failed"} and seen.get(key) != task["state"]:
                seen[key] = task["state"]
                label = task["task_id"] + (f" {task['map_index'] + 1}" if task["map_index"] >= 0 else "")
                seconds = f" in {task['duration']:.0f} s" if task["duration"] else ""
                say(f"{pipeline}: {label} {task['state']}{seconds}")
        if state == "success":
            return
        if state == "failed":
            raise PlatformError(
                f"{pipeline} failed: {_error_of(here, pipeline, run_id)}\ntask logs: {here.state / 'logs' / 'airflow'}"
            )
        time.sleep(POLL_SECONDS)
    raise PlatformError(f"{pipeline} is still {state} after {TIMEOUT_SECONDS} s")


def _error_of(here: Installation, pipeline: str, run_id: str) -> str:
    with psycopg.connect(here.database_url("reader")) as connection:
        row = connection.execute(
            "select error_message from assessment.pipeline_runs where pipeline_name = %s and run_id = %s",
            [pipeline, run_id],
        ).fetchone()
    return row[0] if row and row[0] else "no error was recorded"


def ranking_text(here: Installation, as_of: date) -> str:
    """Return the top of the ranking as a table to print."""
    with psycopg.connect(here.database_url("reader")) as connection:
        rows = connection.execute(statement("select_top_rankings"), {"run_date": as_of, "limit": 10}).fetchall()
    header = (
        f"{'rank':>4}  {'strategy':<28}{'category':<16}{'score':>7}{'return':>9}{'Sharpe':>8}{'survives':>10}"
        "  in scenarios  verdict"
    )
    lines = [
        f"{rank:>4}  {name:<28}{category:<16}"
        f"{_number(score, '.1f'):>7}{_number(mean_return, '+.1%'):>9}{_number(sharpe, '+.2f'):>8}"
        f"{_number(survival, '.0%'):>10}  {tested:>5} of {run:<5}{verdict}"
        for rank, name, category, verdict, score, mean_return, sharpe, survival, tested, run in rows
    ]
    return "\n".join(["", f"Strategies as of {as_of}, best first", header, *lines])


def _number(value: float | None, form: str) -> str:
    # undefined is a dash, never zero: cash has no volatility and so no Sharpe ratio
    return "–" if value is None else format(value, form)
