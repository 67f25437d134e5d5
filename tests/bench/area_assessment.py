"""The full assessment on real prices: 153 symbols, the default scenarios, every shipped strategy, stored.

Prices of the market data folder are landed and the default scenarios generated first, which is not timed. Each step is
a process of its own; its start and what it imports are not counted, compiled loops are loaded from disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import real_universe
from measuring import GIBIBYTE, Database, PeakMemory, Row, own_database

HERE = Path(__file__).parent
ROWS = (
    ("assessment.compute_s", "s", "at most 10: single strategies, from stored scenarios to metrics"),
    (
        "assessment.wall_s",
        "s",
        "at most 60: single strategies, audit and signals too, from stored scenarios to results",
    ),
    ("assessment.peak_gib", "GiB", "at most 4: the largest of the assessing processes"),
    ("assessment.legs_and_panels_s", "s", "at most 60 beside wall_s"),
    ("assessment.compute_processor_s", "s", "no number to reach: processor time of compute_s, all processes"),
    ("assessment.cells_per_s", "cells/s", "at least 48,103: 153 symbols x 131 scenarios x 24 strategies in 10 s"),
    ("assessment.peak_with_server_gib", "GiB", "no number to reach: all processes and the database server together"),
    ("assessment.cells", "cells", "of kind single, in compute_s; at least 481,032"),
    ("assessment.strategies", "strategies", "at least 24 of kind single"),
    ("assessment.scenarios", "scenarios", "at least 131"),
)


@dataclass(frozen=True)
class Step:
    """What one step printed, the most memory one of its processes held, and all of them with the server."""

    report: dict[str, Any]
    peak: float
    peak_with_server: float


def run() -> Iterator[Row]:
    """Land, generate, then assess three times: computed alone, single strategies stored, the other kinds stored."""
    reason = real_universe.missing()
    if reason:
        yield from (Row(name, None, unit, against, reason) for name, unit, against in ROWS)
        return
    with own_database() as database:
        configuration = real_universe.configure(database.state / "config")
        as_of = real_universe.AS_OF.isoformat()
        _task(database, configuration, "land_files.py", real_universe.FIRST.isoformat(), as_of)
        _task(database, configuration, "make_scenarios.py", as_of)
        computed = _task(database, configuration, "assess.py", as_of, "compute")
        single = _task(database, configuration, "assess.py", as_of, "single")
        _empty_results(database)
        others = _task(database, configuration, "assess.py", as_of, "others")
    steps = (computed, single, others)
    values = (
        computed.report["seconds"],
        single.report["seconds"],
        max(step.peak for step in steps),
        others.report["seconds"],
        computed.report["processor_seconds"],
        computed.report["cells"] / computed.report["seconds"],
        max(step.peak_with_server for step in steps),
        *(computed.report[name] for name in ("cells", "strategies", "scenarios")),
    )
    for (name, unit, against), value in zip(ROWS, values, strict=True):
        yield Row(name, round(value, 2), unit, against)


def _empty_results(database: Database) -> None:
    """Throw the single strategies' results away: those of the other kinds would wait for their deletion."""
    with psycopg.connect(database.url("owner")) as connection:
        connection.execute("truncate backtest.results, backtest.equity_curves, backtest.trades")


def _task(database: Database, configuration: Path, script: str, *arguments: str) -> Step:
    environment = os.environ | {"TETRA_CONFIG_DIR": str(configuration), "TETRA_WRITER_URL": database.url("writer")}
    server = database.embedded.pid()
    assert server is not None, "the database has stopped"
    command = [sys.executable, str(HERE / script), *arguments]
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as task,
        PeakMemory([task.pid, server]) as memory,
    ):
        output, _ = task.communicate()
    if task.returncode != 0:
        raise RuntimeError(f"{script} failed with exit status {task.returncode}; its message is above")
    report = json.loads(output)
    alone = report.get("peak_bytes", 0)
    return Step(report, alone / GIBIBYTE, max(memory.bytes, alone) / GIBIBYTE)
