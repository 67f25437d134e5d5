"""One whole platform for all integration tests: `make run` into a state directory of its own, stopped at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.integration.sample_run import DOWNSTREAM

CHECKOUT = Path(__file__).resolve().parents[2]
RUN_TIMEOUT_SECONDS = 15 * 60


@dataclass
class Stack:
    """A running platform."""

    state: Path
    output: str = ""
    here: Any = None
    api: Any = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TETRA_", "AIRFLOW", "DBT_"))}
        path = os.pathsep.join(str(CHECKOUT / part) for part in ("include", "plugins", "great_expectations"))
        return kept | {"TETRA_STATE_DIR": str(self.state), "PYTHONPATH": path}

    def tetra(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line that the Makefile's targets call."""
        return subprocess.run(
            [sys.executable, "-m", "tetra.cli", *arguments],
            env=self.environment,
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=RUN_TIMEOUT_SECONDS,
            check=False,
        )

    def run(self, label: str) -> str:
        """Do what `make run` does; return what it printed."""
        started = time.monotonic()
        result = self.tetra("platform", "run", "--any-ports")
        self.seconds[label] = time.monotonic() - started
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def fetch(self, query: str, *parameters: Any, role: str = "reader") -> list[tuple[Any, ...]]:
        """Return the rows of a query on the warehouse."""
        with psycopg.connect(self.here.database_url(role)) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    def trigger(self, pipeline: str, *, key: str | None = None, **conf: Any) -> str:
        """Start a run over the REST API; return its id."""
        body = {"partition_key": key, "logical_date": None, "conf": conf}
        return str(self.api.post(f"dags/{pipeline}/dagRuns", body)["dag_run_id"])

    def wait_for(self, pipeline: str, run_id: str, seconds: float = 600) -> str:
        """Return the state in which a run ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.api.get(f"dags/{pipeline}/dagRuns/{run_id}")["state"]
            if state in {"success", "failed"}:
                return str(state)
            time.sleep(1)
        raise AssertionError(f"{pipeline} {run_id} is still {state} after {seconds} s")

    def runs(self, pipeline: str) -> list[dict[str, Any]]:
        """Return all runs of a pipeline."""
        return list(self.api.get(f"dags/{pipeline}/dagRuns", limit=100)["dag_runs"])

    def downstream_runs(self) -> dict[str, int]:
        """Return how many runs each pipeline after the first has had."""
        return {pipeline: len(self.runs(pipeline)) for pipeline in DOWNSTREAM}

    def checksums(self, *, with_times: bool) -> dict[str, tuple[int, str | None]]:
        """Return row count and content hash of every table that the pipelines write.

        `with_times` includes the columns that say when a row was written: equal only if no row was touched.
        """
        columns = self.fetch(
            "select table_schema, table_name, string_agg(format('%%I', column_name), ', ' order by ordinal_position) "
            "from information_schema.columns inner join information_schema.tables using (table_schema, table_name) "
            "where table_type = 'BASE TABLE' and table_name <> 'pipeline_runs' "
            "and table_schema in ('market_data', 'economic_data', 'events', 'news', 'scenarios', 'strategies', "
            "'backtest', 'derived', 'assessment') and (%s or column_name <> all (%s)) group by 1, 2 order by 1, 2",
            with_times,
            ["ingested_at", "generated_at", "refreshed_at"],
        )
        return {
            f"{schema}.{table}": self.fetch(
                f"select count(*), sum(hash_record_extended(row({names}), 0))::text from {schema}.{table}", role="owner"
            )[0]
            for schema, table, names in columns
        }


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The platform, after its first run of the whole chain on the sample."""
    state = Path(tempfile.mkdtemp(prefix="tetra-stack-"))
    state.chmod(0o755)
    made = Stack(state)
    try:
        made.output = made.run("first")
        previous = os.environ.get("TETRA_STATE_DIR")
        os.environ["TETRA_STATE_DIR"] = str(state)
        try:
            from tetra.platform import environment
            from tetra.platform.chain import AirflowApi

            made.here = environment.installation()
        finally:
            if previous is None:
                del os.environ["TETRA_STATE_DIR"]
            else:
                os.environ["TETRA_STATE_DIR"] = previous
        made.api = AirflowApi(made.here.airflow_url, made.here.secrets["airflow_admin_password"])
        made.api.log_in()
        yield made
    finally:
        stopped = made.tetra("platform", "stop")
        removed = made.tetra("platform", "remove-state")
        shutil.rmtree(state, ignore_errors=True)
        print(stopped.stdout, stopped.stderr, removed.stderr)
