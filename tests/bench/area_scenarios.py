"""Making and storing scenarios of 153 symbols: the default set with all fields, and 1,000 + 500 paths of closes.

Prices are invented: 24 years of correlated returns with volatility clustering, in bars with all fields. Timed is
``runner.generate`` as a pipeline runs it, from reading prices to the realism cards, in a process of its own; its start
and what it imports are not counted, the models' compiled loops are loaded from disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import psycopg
from measuring import GIBIBYTE, Database, PeakMemory, Row, own_database

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.bulk import Column, copy_columns
from tetra.data.universe_types import GICS_SECTORS

START, AS_OF = date(1999, 1, 4), date(2022, 12, 28)
SYMBOLS = (*(f"STOCK{number:03}" for number in range(152)), "VIX")


def run() -> Iterator[Row]:
    """Make the default set, then the 1,500 paths beside it."""
    with own_database() as database:
        _land(database, np.random.default_rng(0))
        _generate(database, "--warm")  # compiles, and fills the caches of the server
        default, _ = _generate(database)
        many, peak = _generate(database, "--many")
    yield Row("scenarios.default_s", default, "s", "at most 12: the default set x 153 symbols, all fields, stored")
    yield Row("scenarios.mc1500_s", many, "s", "at most 20: 1,000 Monte Carlo and 500 bootstraps x 153 x 252 closes")
    yield Row("scenarios.mc1500_peak_gib", round(peak, 2), "GiB", "at most 4, process and server together")


def _generate(database: Database, *arguments: str) -> tuple[float, float]:
    """Return the seconds that a process of its own took to generate, and the most memory held."""
    environment = os.environ | {"TETRA_WRITER_URL": database.url("writer")}
    script = str(Path(__file__).with_name("make_scenarios.py"))
    server = database.embedded.pid()
    assert server is not None, "the database has stopped"
    command = [sys.executable, script, AS_OF.isoformat(), *arguments]
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as task,
        PeakMemory([task.pid, server]) as memory,
    ):
        output, _ = task.communicate()
    if task.returncode != 0:
        raise RuntimeError(f"generation failed with exit status {task.returncode}; its message is above")
    return round(json.loads(output)["seconds"], 2), memory.bytes / GIBIBYTE


def _land(database: Database, rng: np.random.Generator) -> None:
    sessions = sessions_between(STOCK_CALENDAR, START, AS_OF)
    with psycopg.connect(database.url("writer")) as connection, connection.transaction():
        connection.execute("insert into market_data.exchanges values ('XNYS', 'Invented', 'XNYS', 'America/New_York')")
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into market_data.instruments"
                " (symbol, name, asset_class, sector, exchange, currency, is_tradable)"
                " values (%s, 'invented', 'stock', %s, 'XNYS', 'USD', %s)",
                [
                    (symbol, GICS_SECTORS[number % len(GICS_SECTORS)], symbol != "VIX")
                    for number, symbol in enumerate(SYMBOLS)
                ],
            )
        copy_columns(connection, table=("market_data", "ohlcv"), columns=_bars(sessions.size, rng, sessions))


def _bars(days: int, rng: np.random.Generator, sessions: np.ndarray) -> list[Column]:
    volatility = 0.01 * np.exp(0.6 * np.sin(np.arange(days) / 40.0) + 0.3 * np.sin(np.arange(days) / 300.0))
    market = rng.standard_t(5, days) * volatility * 0.7
    returns = market + rng.standard_t(5, (len(SYMBOLS), days)) * volatility
    close = 50.0 * np.exp(np.cumsum(returns, axis=1))
    close[-1] = 12.0 + 800.0 * volatility
    opened = close * np.exp(rng.normal(0.0, 0.004, close.shape))
    high = np.maximum(opened, close) * np.exp(rng.uniform(0.0, 0.01, close.shape))
    low = np.minimum(opened, close) * np.exp(-rng.uniform(0.0, 0.01, close.shape))
    volume = rng.integers(1_000, 9_000_000, close.shape).astype(np.float64)
    fields = {"open": opened, "high": high, "low": low, "close": close, "volume": volume}
    return [
        Column("symbol", "text", np.repeat(np.array(SYMBOLS, dtype=object), days).tolist()),
        Column("timeframe", "text", ["1d"] * close.size),
        Column("ts", "timestamptz", np.tile(sessions, len(SYMBOLS))),
        *(Column(name, "float8", field.ravel()) for name, field in fields.items()),
        Column("price_basis", "text", ["total"] * close.size),
        Column("source", "text", ["bench"] * close.size),
    ]
