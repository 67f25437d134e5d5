"""Two scenarios of Apple's and Exxon's closes, as skfolio ships them, on the real database; what is assessed there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.tetra.backtest.assessed import AS_OF, CRASH, OWN_TABLES, RALLY, STRATEGIES, SYMBOLS


@pytest.fixture(scope="module")
def closes() -> dict[str, dict[date, float]]:
    from skfolio.datasets import load_sp500_dataset

    frame = load_sp500_dataset().loc["2018-06-01":"2021-06-29"]
    real = {"ENGINE.A": frame["AAPL"], "ENGINE.B": frame["XOM"], "ENGINE.VIX": 1000.0 / frame["AAPL"]}
    return {symbol: {day.date(): float(close) for day, close in series.items()} for symbol, series in real.items()}


@pytest.fixture
def landed(connection: psycopg.Connection[Any], closes: dict[str, dict[date, float]]) -> Iterator[Any]:
    """The symbols' bars and two scenarios of the as-of date; removed again."""
    _clean(connection)
    with connection.transaction():
        connection.execute(
            "insert into market_data.exchanges values ('ENGINE', 'Engine tests', 'XNYS', 'America/New_York')"
        )
        for symbol in SYMBOLS:
            connection.execute(
                "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
                " values (%s, %s, 'stock', 'ENGINE', 'USD', %s)",
                (symbol, symbol, symbol != "ENGINE.VIX"),
            )
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source)"
                    " values (%s, '1d', %s::date::timestamp at time zone 'UTC', %s, 'total', 'tests')",
                    [(symbol, day, close) for day, close in closes[symbol].items()],
                )
        for name, start, end in (CRASH, RALLY):
            _store_scenario(connection, closes, name, start, end)
    yield connection
    connection.rollback()
    _clean(connection)


def _store_scenario(connection: Any, closes: dict[str, dict[date, float]], name: str, start: date, end: date) -> None:
    window = [day for day in closes["ENGINE.A"] if start <= day <= end]
    before = [day for day in closes["ENGINE.A"] if day < start][-252:]
    connection.execute(
        "insert into scenarios.definitions (as_of, scenario_name, scenario_type, scenario_family, status, start_date,"
        " end_date, sessions, warmup_start, warmup_end, seed, spread_multiplier, parameters, input_hash,"
        " code_hash)"
        " values (%s, %s, 'historical', 'crisis', 'ready', %s, %s, %s, %s, %s, 7, %s, %s, 'x', 'x')",
        (AS_OF, name, start, end, window, before[0], before[-1], [5.0] * len(window), Jsonb({"warmup_bars": 252})),
    )
    for symbol in SYMBOLS:
        connection.execute("insert into scenarios.symbols values (%s, %s, %s, true, 1.0, null)", (AS_OF, name, symbol))
        connection.execute(
            "insert into scenarios.paths (as_of, scenario_name, symbol, close) values (%s, %s, %s, %s)",
            (AS_OF, name, symbol, [closes[symbol][day] for day in window]),
        )


def _clean(connection: Any) -> None:
    with connection.transaction():
        for table in (*OWN_TABLES, "scenarios.definitions"):
            connection.execute(f"delete from {table} where as_of = %s", (AS_OF,))
        connection.execute("delete from strategies.definitions where strategy_name like 'engine_%%'", ())
        connection.execute("delete from backtest.trials where strategy_name like 'engine_%%'", ())
        connection.execute("delete from market_data.ohlcv where symbol = any(%s)", (list(SYMBOLS),))
        connection.execute("delete from market_data.instruments where symbol = any(%s)", (list(SYMBOLS),))
        connection.execute("delete from market_data.exchanges where exchange = 'ENGINE'")


@pytest.fixture
def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A strategies.yaml of the tests' own, with the shipped costs; the function writes another."""
    shipped = Path(__file__).resolve().parents[3] / "include" / "config" / "risk.yaml"
    (tmp_path / "risk.yaml").write_text(shipped.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("TETRA_CONFIG_DIR", str(tmp_path))

    def write(text: str) -> None:
        (tmp_path / "strategies.yaml").write_text(text, encoding="utf-8")

    write(STRATEGIES)
    return write
