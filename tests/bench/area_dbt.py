"""dbt on ten years of 153 real symbols and the default scenarios with all strategies assessed: from nothing, and a day.

Prices of the market data folder up to the day before the last are landed and assessed, which is not timed. ``full_s``
is one ``dbt build`` of everything into empty schemas: its start, parsing, seeds, models and tests; without unit tests,
as the pipelines build. Then the last day is landed and assessed, and ``day_s`` is what they run for it: a build of
``derived``, and one of ``assessment``. Scenarios of the years before are not covered.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import real_universe
from measuring import Database, Row, own_database

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.settings import CHECKOUT

HERE = Path(__file__).parent
FIRST = date(2011, 4, 1)
ROWS = (
    (
        "dbt.full_s",
        "s",
        "at most 60: dbt build of all models from empty schemas, tests included, 10 years x 153 symbols",
    ),
    ("dbt.day_s", "s", "at most 20: one more day, derived and assessment in a dbt process each, tests included"),
    ("dbt.full_models_s", "s", "no number to reach: processor seconds of models and seeds in full_s, two at a time"),
    ("dbt.full_tests_s", "s", "no number to reach: the same of tests"),
    ("dbt.full_start_s", "s", "no number to reach: start and parsing in full_s"),
    ("dbt.models", "models", "built in full_s, seeds included"),
)


@dataclass(frozen=True)
class Command:
    """What a dbt command took: in all, and by what its results say."""

    seconds: float
    in_models: float
    in_tests: float
    elapsed: float
    models: int


def run() -> Iterator[Row]:
    """Land and assess the day before the last, build everything; then the last day, and build that."""
    reason = real_universe.missing()
    if reason:
        yield from (Row(name, None, unit, against, reason) for name, unit, against in ROWS)
        return
    last = real_universe.AS_OF
    before = sessions_between(STOCK_CALENDAR, FIRST, last)[-2].item()
    with own_database() as database:
        configuration = real_universe.configure(database.state / "config")
        _assess(database, configuration, FIRST, before)
        full = _dbt(database, before, "build")
        _assess(database, configuration, last, last)
        day = [_dbt(database, last, "build", "--select", f"tag:{layer}") for layer in ("derived", "assessment")]
    values = (
        full.seconds,
        sum(command.seconds for command in day),
        full.in_models,
        full.in_tests,
        full.seconds - full.elapsed,
        full.models,
    )
    for (name, unit, against), value in zip(ROWS, values, strict=True):
        yield Row(name, round(value, 2), unit, against)


def _assess(database: Database, configuration: Path, first: date, last: date) -> None:
    environment = os.environ | {"TETRA_CONFIG_DIR": str(configuration), "TETRA_WRITER_URL": database.url("writer")}
    for script, *arguments in (
        ("land_files.py", first.isoformat(), last.isoformat()),
        ("assess_fully.py", last.isoformat()),
    ):
        command = [sys.executable, str(HERE / script), *arguments]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{script} failed with exit status {done.returncode}; its message is above")


def _dbt(database: Database, as_of: date, *arguments: str) -> Command:
    """Run dbt as a task of Airflow does."""
    owner, target = urlsplit(database.url("owner")), database.state / "dbt"
    environment = os.environ | {
        "TETRA_DBT_HOST": str(owner.hostname),
        "TETRA_DBT_PORT": str(owner.port),
        "TETRA_DBT_USER": str(owner.username),
        "TETRA_DBT_PASSWORD": str(owner.password),
        "TETRA_DBT_AS_OF": as_of.isoformat(),
        "DBT_PROJECT_DIR": str(CHECKOUT / "dbt_project"),
        "DBT_PROFILES_DIR": str(CHECKOUT / "dbt_project"),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    dbt = str(Path(sys.executable).with_name("dbt"))
    command = [dbt, "--no-use-colors", *arguments, "--exclude-resource-type", "unit_test"]
    started = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(
            f"dbt {' '.join(arguments)} failed with exit status {done.returncode}: {done.stdout[-2000:]}"
        )
    return _command(seconds, json.loads((target / "run_results.json").read_text(encoding="utf-8")))


def _command(seconds: float, results: dict) -> Command:
    built = [result for result in results["results"] if result["unique_id"].startswith(("model.", "seed."))]
    in_models = sum(result["execution_time"] for result in built)
    in_all = sum(result["execution_time"] for result in results["results"])
    return Command(seconds, in_models, in_all - in_models, results["elapsed_time"], len(built))
