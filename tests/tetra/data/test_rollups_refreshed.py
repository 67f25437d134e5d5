"""What a refresh of the rollups touches: run twice, revised, killed half-way, made anew; and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from tests.tetra.data.rolled_market import CHECKSUM, SPLIT_WEEK, VERSIONS, Market

from tetra.data import rollups

pytestmark = pytest.mark.postgres


def test_a_second_refresh_touches_no_row(market: Market) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    market.trade("RU-H", {"2015-06-01 13:30": (1.0, 1.0, 1.0, 1.0, 1.0)}, timeframe="1h")
    first = rollups.refresh(market.connection)
    assert first.adjusted.inserted == 6
    assert set(first.refreshed) == set(rollups.ROLLUP_INPUTS)
    before = market.rows(VERSIONS)
    second = rollups.refresh(market.connection)
    assert (second.records, second.adjusted.symbols, second.refreshed) == (0, 0, ())
    assert sorted(market.rows(VERSIONS)) == sorted(before)


def test_a_new_split_rewrites_its_symbol_before_the_ex_date_and_nothing_else(market: Market) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    market.trade("RU-O", SPLIT_WEEK)
    rollups.refresh(market.connection)
    versions = "select symbol, ts, xmin::text from market_data.split_adjusted_bars where symbol like 'RU-%%'"
    before = set(market.rows(versions))
    market.split("RU-S", "2015-06-03", 2.0)
    report = rollups.refresh(market.connection)
    assert vars(report.adjusted) == {"symbols": 1, "inserted": 0, "updated": 2, "deleted": 0}
    rewritten = {(symbol, ts.date().isoformat()) for symbol, ts, _ in set(market.rows(versions)) - before}
    assert rewritten == {("RU-S", "2015-06-01"), ("RU-S", "2015-06-02")}


def test_a_revision_landed_by_a_run_that_began_earlier_is_noticed(market: Market) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    rollups.refresh(market.connection)
    market.run(
        "update market_data.ohlcv set close = 57, ingested_at = ingested_at - interval '1 hour'"
        " where symbol = 'RU-S' and ts = '2015-06-08 00:00+00'"
    )
    assert rollups.refresh(market.connection).adjusted.updated == 1
    assert market.bars("weekly_bars", "RU-S")[-1][4] == 57.0


def test_deleted_bars_leave_every_rollup(market: Market) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    market.trade("RU-O", SPLIT_WEEK)
    rollups.refresh(market.connection)
    market.run("delete from market_data.ohlcv where symbol = 'RU-S' and ts = '2015-06-02 00:00+00'")
    market.run("delete from market_data.ohlcv where symbol = 'RU-O'")
    report = rollups.refresh(market.connection)
    assert vars(report.adjusted) == {"symbols": 2, "inserted": 0, "updated": 0, "deleted": 7}
    assert [row[-1] for row in market.bars("weekly_bars", "RU-S")] == [4, 1]
    assert market.bars("monthly_bars", "RU-O") == []
    assert market.rows("select symbol from market_data.split_adjustments where symbol like 'RU-%%'") == [("RU-S",)]


@pytest.mark.parametrize(
    ("table", "condition"),
    [
        ("market_data.split_adjusted_bars", "new.symbol = 'RU-S'"),
        ("market_data.split_adjustments", "new.symbol = 'RU-S'"),
        ("market_data.rollup_refreshes", "new.rollup_name = 'market_data.weekly_bars'"),
        ("market_data.rollup_refreshes", "new.rollup_name = 'market_data.daily_bars_from_hourly'"),
    ],
)
def test_killed_anywhere_and_run_again_gives_the_rows_of_an_undisturbed_run(
    market: Market, warehouse: Any, fail_at: Callable[[str, str], None], table: str, condition: str
) -> None:
    def land() -> None:
        market.trade("RU-S", SPLIT_WEEK)
        market.split("RU-S", "2015-06-03", 2.0)
        market.trade("RU-H", {"2015-06-01 13:30": (1.0, 2.0, 0.5, 1.5, 9.0)}, timeframe="1h")

    land()
    rollups.refresh(market.connection)
    undisturbed = market.rows(CHECKSUM)
    market.run("delete from market_data.corporate_actions where symbol like 'RU-%%'")
    market.run("delete from market_data.ohlcv where symbol like 'RU-%%'")
    rollups.refresh(market.connection)
    assert market.rows(CHECKSUM) != undisturbed
    land()
    fail_at(table, condition)
    with pytest.raises(psycopg.OperationalError), psycopg.connect(warehouse.url("owner")) as doomed:
        rollups.refresh(doomed)
    assert market.rows(CHECKSUM) != undisturbed or "rollup_refreshes" in table
    market.run(f"drop trigger kill_me on {table}")
    rollups.refresh(market.connection)
    assert market.rows(CHECKSUM) == undisturbed


def test_only_the_owner_may_refresh(market: Market, connection: psycopg.Connection[Any]) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rollups.refresh(connection)
    rollups.refresh(market.connection)


def test_the_reader_sees_the_rollups(market: Market, warehouse: Any) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    rollups.refresh(market.connection)
    with psycopg.connect(warehouse.url("reader")) as reader:
        for name in ("market_data.split_adjusted_bars", *rollups.ROLLUP_INPUTS):
            reader.execute(f"select count(*) from {name}")
        week = reader.execute("select max(ts) from market_data.weekly_bars where symbol = 'RU-S'").fetchone()
    assert week == (datetime(2015, 6, 8, tzinfo=UTC),)


def test_ensuring_rollups_again_leaves_them_as_they_are(market: Market) -> None:
    kinds = "select rollup_name, kind from market_data.ensure_rollups()"
    oids = "select oid from pg_class where relname in ('weekly_bars', 'monthly_bars', 'daily_bars_from_hourly')"
    before = market.rows(oids)
    assert dict(market.rows(kinds)) == dict.fromkeys(rollups.ROLLUP_INPUTS, "materialized view")
    assert market.rows(oids) == before
    assert len(before) == 3


def test_a_rollup_made_anew_is_refreshed_though_nothing_landed(market: Market) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    rollups.refresh(market.connection)
    market.run("drop materialized view market_data.weekly_bars")
    market.run("select market_data.ensure_rollups()")
    assert rollups.refresh(market.connection).refreshed == ("market_data.weekly_bars",)
