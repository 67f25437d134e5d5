"""Bars and splits of made-up symbols, landed and rolled up on a real server; what is then read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tetra.data import rollups

CHECKSUM = """
select md5(string_agg(row::text, ';' order by row::text)) from (
    select row('adjusted', held.*) as row from market_data.split_adjusted_bars as held where symbol like 'RU-%%'
    union all select row('week', held.*) from market_data.weekly_bars as held where symbol like 'RU-%%'
    union all select row('month', held.*) from market_data.monthly_bars as held where symbol like 'RU-%%'
    union all select row('day', held.*) from market_data.daily_bars_from_hourly as held where symbol like 'RU-%%'
) as rows
"""
VERSIONS = """
select 'adjusted' as name, symbol, ts, xmin::text from market_data.split_adjusted_bars
union all select 'week', symbol, ts, xmin::text from market_data.weekly_bars
union all select 'month', symbol, ts, xmin::text from market_data.monthly_bars
union all select 'day', symbol, ts, xmin::text from market_data.daily_bars_from_hourly
union all select 'input', symbol, refreshed_at, xmin::text from market_data.split_adjustments
union all select 'refresh', rollup_name, refreshed_at, xmin::text from market_data.rollup_refreshes
"""
# open, high, low, close, volume of a week with a 2:1 split on its Wednesday
SPLIT_WEEK = {
    "2015-06-01": (98.0, 102.0, 96.0, 100.0, 10.0),
    "2015-06-02": (100.0, 106.0, 99.0, 104.0, 20.0),
    "2015-06-03": (52.0, 53.5, 51.0, 53.0, 50.0),
    "2015-06-04": (53.0, 54.5, 52.5, 54.0, 60.0),
    "2015-06-05": (54.0, 55.5, 53.5, 55.0, 70.0),
    "2015-06-08": (55.0, 56.0, 54.0, 56.0, 80.0),
}
INSERT = (
    "insert into market_data.ohlcv (symbol, timeframe, ts, open, high, low, close, volume, price_basis, source)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'test')"
)


class Market:
    """The owner's hands on bars and splits of symbols that begin with RU-."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection

    def trade(self, symbol: str, bars: dict[str, Sequence[float | None]], *, timeframe: str = "1d", basis: str = "raw"):
        with self.connection.cursor() as cursor:
            cursor.executemany(INSERT, [(symbol, timeframe, f"{at}+00", *fields, basis) for at, fields in bars.items()])
        self.connection.commit()

    def split(self, symbol: str, ex_date: str, ratio: float) -> None:
        self.run(
            "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable)"
            " values (%s, 'x', 'stock', 'RU-X', 'USD', true) on conflict do nothing",
            symbol,
        )
        self.run(
            "insert into market_data.corporate_actions values (%s, 'split', %s, %s, 'test')", symbol, ex_date, ratio
        )

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values)
        self.connection.commit()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        found = self.connection.execute(query, values).fetchall()
        self.connection.commit()
        return found

    def bars(self, table: str, symbol: str) -> list[tuple[Any, ...]]:
        count = "" if table == "split_adjusted_bars" else ", bars"
        return self.rows(
            f"select (ts at time zone 'UTC')::date::text, open, high, low, close, volume{count}"
            f" from market_data.{table} where symbol = %s order by ts",
            symbol,
        )


@pytest.fixture
def market(owner_connection: psycopg.Connection[Any]) -> Iterator[Market]:
    made = Market(owner_connection)
    made.run("insert into market_data.exchanges values ('RU-X', 'x', 'XNYS', 'UTC') on conflict do nothing")
    try:
        yield made
    finally:
        owner_connection.rollback()
        for table in ("corporate_actions", "ohlcv", "instruments"):
            made.run(f"delete from market_data.{table} where symbol like 'RU-%%'")
        made.run("delete from market_data.exchanges where exchange = 'RU-X'")
        rollups.refresh(owner_connection)


@pytest.fixture
def fail_at(warehouse: Any) -> Iterator[Callable[[str, str], None]]:
    """Make the server kill whoever inserts into a table: ``fail_at(table, condition)``."""
    made: list[str] = []
    with psycopg.connect(warehouse.url("owner"), autocommit=True) as connection:
        connection.execute(
            "create function quality.kill_me() returns trigger language plpgsql as"
            " 'begin perform pg_terminate_backend(pg_backend_pid()); return new; end'"
        )

        def fail(table: str, condition: str) -> None:
            statement = sql.SQL("create trigger kill_me before insert on {} for each row when ({}) execute function {}")
            names = (sql.Identifier(*table.split(".")), sql.SQL(condition), sql.SQL("quality.kill_me()"))
            connection.execute(statement.format(*names))
            made.append(table)

        try:
            yield fail
        finally:
            connection.execute("drop function quality.kill_me() cascade")
