"""Landing 504 files of 21 years of daily bars: how long from the task's start to what is committed, and in what memory.

The task is a process of its own, interpreter start included; memory is that of the task and of the whole server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from measuring import GIBIBYTE, MARKET_DATA, Database, PeakMemory, Row, own_database

from tetra.settings import load_yaml

STOCKS = MARKET_DATA / "equities_daily_adjusted"
FILES = 504
ROWS = (
    ("data.files504_s", "s", "at most 30"),
    ("data.files504_again_s", "s", "at most 15, and no row written"),
    ("data.rows_per_s", "rows/s", "at least 80,000: 2.4 million bars in 30 s"),
    ("data.peak_gib", "GiB", "at most 2, task and server together"),
)


@dataclass(frozen=True)
class Landing:
    """One run of the task."""

    seconds: float
    inserted: int
    written: int
    peak_bytes: int


def run() -> Iterator[Row]:
    """Land the files, then land them again."""
    symbols = sorted(path.name.partition(".csv")[0] for path in STOCKS.glob("*.csv*"))
    if len(symbols) != FILES:
        why = f"{len(symbols)} files in {STOCKS}, {FILES} wanted; set TETRA_BENCH_DATA to the market data folder"
        yield from (Row(name, None, unit, against, why) for name, unit, against in ROWS)
        return
    with own_database() as database:
        configuration = _configure(database.state / "config", symbols)
        first = _land(database, configuration)
        again = _land(database, configuration)
    if again.written:
        raise AssertionError(f"landing the same files again wrote {again.written} rows")
    peak = max(first.peak_bytes, again.peak_bytes) / GIBIBYTE
    values = (first.seconds, again.seconds, first.inserted / first.seconds, peak)
    for (name, unit, against), value in zip(ROWS, values, strict=True):
        yield Row(name, round(value, 2), unit, against)


def _configure(folder: Path, symbols: list[str]) -> Path:
    """Write universe.yaml and sources.yaml as someone would who has this folder of files."""
    folder.mkdir()
    stock = {"asset_class": "stock", "sector": "Industrials", "exchange": "XNYS", "currency": "USD"}
    universe: dict[str, Any] = {
        "exchanges": {"XNYS": {"name": "New York", "calendar": "XNYS", "timezone": "America/New_York"}},
        "groups": {},
        "instruments": {symbol: {"name": symbol, **stock} for symbol in symbols},
        "indicators": {},
    }
    files = {
        "layouts": load_yaml("sources.yaml")["sources"]["files"]["layouts"],
        "bars": {"stocks": {"path": f"{STOCKS}/{{symbol}}.csv*", "layout": "alpha_vantage"}},
    }
    kinds = {
        "bars": {"sources": ["files"], "required": True},
        "actions": {"sources": ["files"], "required": False},
        "macro": {"sources": [], "required": False},
    }
    (folder / "universe.yaml").write_text(yaml.safe_dump(universe))
    (folder / "sources.yaml").write_text(yaml.safe_dump({"kinds": kinds, "sources": {"files": files}}))
    return folder


def _land(database: Database, configuration: Path) -> Landing:
    environment = os.environ | {"TETRA_CONFIG_DIR": str(configuration), "TETRA_WRITER_URL": database.url("writer")}
    command = [sys.executable, str(Path(__file__).with_name("land_files.py")), "1999-11-01", "2021-04-21"]
    server = database.embedded.pid()
    assert server is not None, "the database has stopped"
    started = time.monotonic()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as task:
        with PeakMemory([task.pid, server]) as memory:
            output, _ = task.communicate()
        seconds = time.monotonic() - started
    if task.returncode != 0:
        raise RuntimeError(f"landing failed with exit status {task.returncode}; its message is above")
    report = json.loads(output)
    return Landing(seconds, report["inserted"], report["written"], memory.bytes)
