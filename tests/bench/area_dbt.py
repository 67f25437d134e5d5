"""dbt on ten years of 153 real symbols and the default scenarios with all strategies assessed: from nothing, and a day.

Prices of the market data folder up to the day before the last are landed and assessed, which is not timed. ``full_s``
is one ``dbt build`` of all models and seeds into empty schemas, its start and parsing with it; the data tests of the
same follow in a process of their own (``full_tests_s``; no unit tests, as in the pipelines). Then the last day
is landed and assessed, and ``day_s`` and ``day_tests_s`` are the same commands again. The pipelines build in two
processes, ``derived`` and ``assessment``, each with its tests: another start. Scenarios before 2011 are not covered.
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
    ("dbt.full_s", "s", "at most 60: all models and seeds from empty schemas, 10 years x 153 symbols"),
    ("dbt.day_s", "s", "at most 20: all models and seeds again, with one more day"),
    ("dbt.full_models_s", "s", "at most 60: the same without dbt's start and parsing"),
    ("dbt.day_models_s", "s", "at most 20: the same without dbt's start and parsing"),
    ("dbt.full_tests_s", "s", "no number to reach: all data tests after full_s"),
    ("dbt.day_tests_s", "s", "no number to reach: all data tests after day_s"),
    ("dbt.models", "models", "seeds included"),
    ("dbt.tests", "tests", "of data"),
)
BUILD = ("build", "--resource-type", "model", "--resource-type", "seed")
TEST = ("test", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Command:
    """What a dbt command took, in all and after its start, and how many models or tests it ran."""

    seconds: float
    elapsed: float
    nodes: int


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
        full, full_tests = (_dbt(database, before, *command) for command in (BUILD, TEST))
        _assess(database, configuration, last, last)
        day, day_tests = (_dbt(database, last, *command) for command in (BUILD, TEST))
    values = (
        full.seconds,
        day.seconds,
        full.elapsed,
        day.elapsed,
        full_tests.seconds,
        day_tests.seconds,
        day.nodes,
        day_tests.nodes,
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
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *arguments]
    started = time.monotonic()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        raise RuntimeError(
            f"dbt {' '.join(arguments)} failed with exit status {done.returncode}: {done.stdout[-2000:]}"
        )
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))
    return Command(seconds, results["elapsed_time"], len(results["results"]))
