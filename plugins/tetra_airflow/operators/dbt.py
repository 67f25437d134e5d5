"""Run dbt: one process per layer (ADR 0005)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tetra_airflow.operators.base import WarehouseOperator

if TYPE_CHECKING:
    import psycopg
    from airflow.sdk import Context

STOP_TIMEOUT_SECONDS = 20
PARSED = "partial_parse.msgpack"
"""Where dbt keeps the parsed project, below its target."""

WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
"""They read no data: what they say of the code was said when it was tested."""


class DbtOperator(WarehouseOperator):
    """Runs a dbt command in the project, with the run's as-of date.

    :param command: dbt's subcommand and options, for example ``["build", "--select", "tag:derived"]``.

    dbt finds its connection in ``TETRA_DBT_*`` (``dbt_project/profiles.yml``), and the as-of date in
    ``TETRA_DBT_AS_OF``: as a variable (``--vars``) each new date would have the whole project parsed again. How long
    each model took is stored in ``quality.model_timings``, also when dbt fails. A build leaves unit tests out. Raises
    AirflowFailException when dbt fails: the models and tests that did stand in the log and in the message.
    """

    needs_landed_session = True

    template_fields: Sequence[str] = ("command",)

    def __init__(self, *, command: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.command = command
        self.process: subprocess.Popen[str] | None = None

    def run_step(
        self, connection: psycopg.Connection[Any], as_of: date, context: Context
    ) -> tuple[int, dict[str, Any]]:
        """Run dbt, stream its output to the task log, store how long models took, and report what it built."""
        from tetra.data import model_timings

        connection.rollback()  # dbt has connections of its own; hold no snapshot open meanwhile
        instance = context["ti"]
        target = self._target(instance.dag_id, instance.task_id)
        code = self._run(target, as_of)
        model_timings.write(
            connection,
            model_timings.read(target),
            dag_id=instance.dag_id,
            run_id=instance.run_id,
            task_id=instance.task_id,
            as_of=as_of,
        )
        return self.judge(code, target)

    def judge(self, code: int, target: Path) -> tuple[int, dict[str, Any]]:
        """Return the rows written and the report; raise where dbt failed."""
        from tetra.data import dbt_results
        from tetra.errors import DataError

        results = dbt_results.read(target)
        if code != 0:
            raise DataError(
                f"dbt {self.command[0]} ended with code {code}: {results.failures() or 'see the log above'}"
            )
        return results.records, results.as_json()

    @staticmethod
    def _target(dag_id: str, task_id: str) -> Path:
        """Return an own target of the task: two dbt processes must not share one. The parsed project goes from task to
        task, which makes parsing incremental from the first run on.
        """
        root = Path(os.environ["DBT_TARGET_PATH"]).parent
        target = root / dag_id / task_id
        target.mkdir(parents=True, exist_ok=True)
        for result in ("run_results.json", "sources.json"):
            (target / result).unlink(missing_ok=True)
        newest = max(root.glob(f"*/*/{PARSED}"), key=lambda path: path.stat().st_mtime, default=target / PARSED)
        if newest.parent != target:
            shutil.copy2(newest, target / PARSED)  # one that is being written is told by dbt, which then parses all
        return target

    def _run(self, target: Path, as_of: date) -> int:
        """Run dbt in a process of its own and return its exit code."""
        arguments = [
            str(Path(sys.executable).parent / "dbt"), "--no-use-colors", *self.command,
            *(WITHOUT_UNIT_TESTS if self.command[0] == "build" else ()),
            "--target-path", str(target), "--log-path", str(target),
        ]  # fmt: skip
        self.log.info("running %s as of %s", " ".join(arguments), as_of)
        self.process = subprocess.Popen(
            arguments,
            env=os.environ | {"TETRA_DBT_AS_OF": as_of.isoformat()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.log.info("%s", line.rstrip())
        return self.process.wait()

    def on_kill(self) -> None:
        """Stop dbt and what it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


class DbtFreshnessOperator(DbtOperator):
    """Looks how old the newest row of each source is, and says which are older than they may be.

    A stale source is a warning in the log and in the task's report (``quality.task_reports``): thresholds are measured
    against today, and a run for an old session is no fault of its sources. Raises AirflowFailException where a source
    could not be looked at.
    """

    def __init__(self, *, command: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(command=command or ["source", "freshness"], **kwargs)

    def judge(self, code: int, target: Path) -> tuple[int, dict[str, Any]]:
        """Return the state of each source; nothing is written."""
        from tetra.data import dbt_results
        from tetra.errors import DataError

        sources = dbt_results.read_freshness(target)
        unread = [name for name, state in sources.items() if state["status"] is None]
        if unread or not sources:
            raise DataError(
                f"dbt {' '.join(self.command)} ended with code {code} and did not look at "
                f"{', '.join(unread) or 'any source'}: see the log above"
            )
        for name, state in sources.items():
            if state["status"] != "pass":
                self.log.warning("stale source %s: newest row of %s", name, state["max_loaded_at"])
        return 0, {"sources": sources}


class DbtDocsOperator(DbtOperator):
    """Builds dbt's documentation as one page and puts it where the docs server shows it."""

    def __init__(self, *, command: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(command=command or ["docs", "generate", "--static"], **kwargs)

    def judge(self, code: int, target: Path) -> tuple[int, dict[str, Any]]:
        """Move the page into ``<state>/docs/dbt/index.html``."""
        from tetra.settings import state_dir

        report = super().judge(code, target)
        directory = state_dir() / "docs" / "dbt"
        directory.mkdir(parents=True, exist_ok=True)
        partial = directory / "index.partial"
        partial.write_bytes((target / "static_index.html").read_bytes())
        partial.replace(directory / "index.html")
        return report
