"""A small market landed in a real PostgreSQL, and a small catalogue to make scenarios of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import yaml
from tests.tetra.scenarios.builders import make_history, small_content

from tetra.data.bulk import Column, copy_columns

# so early that no other test has landed a bar by then
AS_OF = date(1963, 6, 28)
HISTORY = make_history(start=date(1961, 1, 3), as_of=date(1963, 7, 12))
SYMBOLS = [f"SCN.{name}" for name in HISTORY.symbols]
FIELDS = ("open", "high", "low", "close", "volume")
Connection = psycopg.Connection[Any]

EVENTS = [
    {"name": "Spring", "family": "bull", "start_date": date(1963, 3, 1), "end_date": date(1963, 4, 30)},
    {"name": "Summer", "family": "crisis", "start_date": date(1963, 5, 1), "end_date": date(1963, 7, 1)},
    {
        "name": "Squeeze",
        "family": "bull",
        "start_date": date(1963, 3, 1),
        "end_date": date(1963, 4, 30),
        "volatility_multiplier": 5,
        "required_symbols": ["GME"],
        "affected_symbols": ["GME", "AMC"],
        "key_events": [{"date": date(1963, 3, 4), "event": "a squeeze", "source": "this test"}],
    },
]


def write_catalogue(folder: Path, events: list[dict[str, Any]] = EVENTS) -> None:
    """Write a ``scenarios.yaml`` of short windows and few paths."""
    content = small_content(
        settings__lookback_sessions=300, settings__window=40, settings__warmup_bars=60, settings__context_days=5
    )
    content["historical"] = events
    (folder / "scenarios.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


@contextmanager
def landed_market(connection: Connection) -> Iterator[None]:
    """Land the market up to the as-of date; take all of it away at the end."""
    with connection.transaction():
        clean(connection)
        connection.execute("insert into market_data.exchanges values ('TSCN', 'Test', 'XNYS', 'America/New_York')")
        for symbol, is_tradable in zip(SYMBOLS, HISTORY.is_tradable.tolist(), strict=True):
            connection.execute(
                "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
                " values (%s, 'a test', 'stock', 'TSCN', 'USD', %s)",
                (symbol, is_tradable),
            )
    land(connection, np.flatnonzero(HISTORY.sessions <= np.datetime64(AS_OF)))
    yield
    connection.rollback()
    with connection.transaction():
        clean(connection)


def clean(connection: Connection) -> None:
    """Delete what was landed and made."""
    connection.execute("delete from scenarios.definitions where as_of = %s", (AS_OF,))
    connection.execute("delete from scenarios.realism where as_of = %s", (AS_OF,))
    connection.execute("delete from market_data.ohlcv where symbol like 'SCN.%'")
    connection.execute("delete from market_data.instruments where symbol like 'SCN.%'")
    connection.execute("delete from market_data.exchanges where exchange = 'TSCN'")


def land(connection: Connection, columns: np.ndarray[Any, Any]) -> None:
    """Land these sessions of the history."""
    row, column = np.nonzero(np.isfinite(HISTORY.close[:, columns]))
    cells = (row, columns[column])
    rows = row.size
    with connection.transaction():
        copy_columns(
            connection,
            table=("market_data", "ohlcv"),
            columns=[
                Column("symbol", "text", [SYMBOLS[number] for number in row]),
                Column("timeframe", "text", ["1d"] * rows),
                Column("ts", "timestamptz", HISTORY.sessions[cells[1]]),
                *(Column(field, "float8", getattr(HISTORY, field)[cells]) for field in FIELDS),
                Column("price_basis", "text", ["total"] * rows),
                Column("source", "text", ["test"] * rows),
            ],
        )
