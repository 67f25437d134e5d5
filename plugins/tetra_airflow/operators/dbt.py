"""Run dbt: one process per layer (ADR 0005)."""

from __future__ import annotations

import json
import os
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


class DbtOperator(WarehouseOperator):
    """Runs a dbt command in the project, with the run's as-of date as the variable ``as_of``.

    :param command: dbt's subcommand and options, for example ``["build", "--select", "tag:derived"]``.

    dbt finds its connection in ``TETRA_DBT_*`` (``dbt_project/profiles.yml``). Raises AirflowFailException when dbt
    does: the models and tests that failed stand in the log and in the message.
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
        """Run dbt, stream its output to the task log, and report what it built."""
        from tetra.data import dbt_results
        from tetra.errors import DataError

        connection.rollback()  # dbt has connections of its own; hold no snapshot open meanwhile
        # a target of each task's own: two dbt processes must not share one; kept, because it makes parsing incremental
        target = Path(os.environ["DBT_TARGET_PATH"]).parent / context["ti"].dag_id / context["ti"].task_id
        target.mkdir(parents=True, exist_ok=True)
        (target / "run_results.json").unlink(missing_ok=True)
        arguments = [
            str(Path(sys.executable).parent / "dbt"), "--no-use-colors", *self.command,
            "--vars", json.dumps({"as_of": as_of.isoformat()}), "--target-path", str(target), "--log-path", str(target),
        ]  # fmt: skip
        self.log.info("running %s", " ".join(arguments))
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.info("%s", line.rstrip())
        code = self.process.wait()
        results = dbt_results.read(target)
        if code != 0:
            raise DataError(
                f"dbt {self.command[0]} ended with code {code}: {results.failures() or 'see the log above'}"
            )
        self.after(target)
        return results.records, results.as_json()

    def after(self, target: Path) -> None:
        """Do what a subclass does with dbt's artefacts; nothing here."""

    def on_kill(self) -> None:
        """Stop dbt and what it started."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)


class DbtDocsOperator(DbtOperator):
    """Builds dbt's documentation as one page and puts it where the docs server shows it."""

    def __init__(self, *, command: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(command=command or ["docs", "generate", "--static"], **kwargs)

    def after(self, target: Path) -> None:
        """Move the page into ``<state>/docs/dbt/index.html``."""
        from tetra.settings import state_dir

        directory = state_dir() / "docs" / "dbt"
        directory.mkdir(parents=True, exist_ok=True)
        partial = directory / "index.partial"
        partial.write_bytes((target / "static_index.html").read_bytes())
        partial.replace(directory / "index.html")
