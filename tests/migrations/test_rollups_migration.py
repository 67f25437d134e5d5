"""Migration 0010 on a real server: over data that is there, and gone without a trace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tetra.data import rollups
from tetra.database import migrations

pytestmark = pytest.mark.postgres

OBJECTS = """
select 'relation', n.nspname, c.relname, c.relkind::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('market_data', 'timescale')
union all
select 'function', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid) from pg_proc p
join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('market_data', 'timescale')
order by 1, 2, 3, 4
"""
BARS = """
insert into market_data.ohlcv (symbol, timeframe, ts, open, high, low, close, volume, price_basis, source)
select 'A', '1h', ts, 1, 3, 0.5, 2, 10, 'raw', 's'
from generate_series(timestamptz '2015-06-01 13:30+00', '2015-06-01 19:30+00', '1 hour') as ts
union all select 'A', '1d', '2015-06-01 00:00+00', 1, 3, 0.5, 2, 70, 'raw', 's'
"""


@pytest.fixture
def scratch(warehouse: Any) -> Iterator[str]:
    """An empty database owned by tetra_owner, on the tests' server."""
    name = sql.Identifier("tetra_rollups_test")
    with psycopg.connect(warehouse.server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} owner tetra_owner").format(name))
        yield warehouse.server.url_for(
            role="tetra_owner", password=warehouse.passwords["owner"], database="tetra_rollups_test"
        )
        connection.execute(sql.SQL("drop database {} with (force)").format(name))


def _fetch(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_a_warehouse_with_bars_is_upgraded_and_taken_back_as_it_was(scratch: str) -> None:
    migrations.upgrade(scratch, "0009")
    with psycopg.connect(scratch) as connection:
        connection.execute(BARS)
    before = _fetch(scratch, OBJECTS)
    migrations.upgrade(scratch, "0010")
    daily = "select ts::date::text, open, high, low, close, volume, bars from market_data.daily_bars_from_hourly"
    assert _fetch(scratch, daily) == [("2015-06-01", 1.0, 3.0, 0.5, 2.0, 70.0, 7)]
    with psycopg.connect(scratch) as connection:
        rollups.refresh(connection)
    weekly = "select ts::date::text, open, high, low, close, volume, bars from market_data.weekly_bars"
    assert _fetch(scratch, weekly) == [("2015-06-01", 1.0, 3.0, 0.5, 2.0, 70.0, 1)]
    migrations.downgrade(scratch, "0009")
    assert _fetch(scratch, OBJECTS) == before
    assert _fetch(scratch, "select count(*) from market_data.ohlcv") == [(8,)]
    migrations.upgrade(scratch, "0010")
    assert _fetch(scratch, "select count(*) from market_data.daily_bars_from_hourly") == [(1,)]


def test_every_rollup_says_its_grain_and_is_read_by_writer_and_reader(warehouse: Any) -> None:
    found = _fetch(
        warehouse.url("owner"),
        "select c.relname, obj_description(c.oid), has_table_privilege('tetra_reader', c.oid, 'select'),"
        " has_table_privilege('tetra_writer', c.oid, 'select') from pg_class c"
        " where c.relkind = 'm' and c.relnamespace = 'market_data'::regnamespace",
    )
    assert {f"market_data.{row[0]}" for row in found} == set(rollups.ROLLUP_INPUTS)
    for name, comment, *may_read in found:
        assert (comment or "").startswith("One row per symbol and "), name
        assert may_read == [True, True], name


def test_what_is_no_rollup_is_never_replaced_by_one(warehouse: Any) -> None:
    with psycopg.connect(warehouse.url("owner")) as connection:
        assert connection.execute("select timescale.rollup_kind('market_data.ohlcv')").fetchone() == ("other",)
        assert connection.execute("select timescale.rollup_kind('market_data.nothing')").fetchone() == (None,)
        with pytest.raises(psycopg.errors.RaiseException, match=r"market_data\.ohlcv exists and is no rollup"):
            connection.execute(
                "select timescale.ensure_rollup('market_data.ohlcv', 'market_data.ohlcv', 'select 1', 'day', 'ts',"
                " 'symbol', 'x')"
            )


def test_compression_is_refused_quietly_without_timescaledb(warehouse: Any) -> None:
    with psycopg.connect(warehouse.url("owner")) as connection:
        for after in ("interval '1 year'", "null"):
            row = connection.execute(
                f"select timescale.apply_compression('market_data.ohlcv', 'symbol, timeframe', 'ts', {after})"
            ).fetchone()
            assert row == (False,)


def test_the_product_of_splits_is_exact(warehouse: Any) -> None:
    query = "select market_data.product(array[7, 2, 4, 1.5]), market_data.product('{}'), market_data.product(null)"
    assert _fetch(warehouse.url("owner"), query) == [(84.0, 1.0, None)]
