"""Split-adjusted bars and rollups on a real server: worked by hand, against pandas, run twice, killed half-way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest

from tetra.data import rollups

pytestmark = pytest.mark.postgres

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
            connection.execute(
                f"create trigger kill_me before insert on {table} for each row when ({condition})"  # type: ignore[arg-type]
                " execute function quality.kill_me()"
            )
            made.append(table)

        try:
            yield fail
        finally:
            connection.execute("drop function quality.kill_me() cascade")


def test_a_split_inside_a_week_gives_one_bar_in_the_shares_of_its_last_day(market: Market) -> None:
    market.trade("RU-S", SPLIT_WEEK)
    market.split("RU-S", "2015-06-03", 2.0)
    rollups.refresh(market.connection)
    # Monday and Tuesday are halved and their volume doubled: open 98 / 2, high max(51, 53, 53.5, 54.5, 55.5),
    # low min(48, 49.5, 51, ...), close Friday's, volume 2 x (10 + 20) + 50 + 60 + 70
    assert market.bars("weekly_bars", "RU-S") == [
        ("2015-06-01", 49.0, 55.5, 48.0, 55.0, 240.0, 5),
        ("2015-06-08", 55.0, 56.0, 54.0, 56.0, 80.0, 1),
    ]
    assert market.bars("monthly_bars", "RU-S") == [("2015-06-01", 49.0, 56.0, 48.0, 56.0, 320.0, 6)]
    assert market.bars("split_adjusted_bars", "RU-S")[:3] == [
        ("2015-06-01", 49.0, 51.0, 48.0, 50.0, 20.0),
        ("2015-06-02", 50.0, 53.0, 49.5, 52.0, 40.0),
        ("2015-06-03", 52.0, 53.5, 51.0, 53.0, 50.0),
    ]


def test_three_splits_multiply_exactly_and_each_scales_what_was_before_it(market: Market) -> None:
    market.trade("RU-S", dict.fromkeys(("2015-06-01", "2015-06-02"), (7.0, 7.0, 7.0, 2100.0, 1.0)))
    market.trade("RU-S", {"2015-06-03": (1.0, 1.0, 1.0, 30.0, 1.0), "2015-06-04": (1.0, 1.0, 1.0, 10.0, 1.0)})
    for ex_date, ratio in (("2015-06-02", 7.0), ("2015-06-03", 10.0), ("2015-06-04", 3.0)):
        market.split("RU-S", ex_date, ratio)
    rollups.refresh(market.connection)
    found = [(row[4], row[5]) for row in market.bars("split_adjusted_bars", "RU-S")]
    assert found == [(10.0, 210.0), (70.0, 30.0), (10.0, 3.0), (10.0, 1.0)]


def test_adjusted_bars_pass_through_and_a_split_that_is_still_to_come_scales_nothing(market: Market) -> None:
    market.trade("RU-V", SPLIT_WEEK, basis="split")
    market.trade("RU-T", SPLIT_WEEK, basis="total")
    market.trade("RU-F", SPLIT_WEEK)
    for symbol in ("RU-V", "RU-T"):
        market.split(symbol, "2015-06-03", 2.0)
    market.split("RU-F", "2015-06-09", 4.0)
    rollups.refresh(market.connection)
    as_landed = [(day, *fields) for day, fields in SPLIT_WEEK.items()]
    for symbol in ("RU-V", "RU-T", "RU-F"):
        assert market.bars("split_adjusted_bars", symbol) == as_landed, symbol
    market.trade("RU-F", {"2015-06-09": (14.0, 14.0, 14.0, 14.0, 4.0)})
    rollups.refresh(market.connection)
    assert market.bars("split_adjusted_bars", "RU-F")[-2:] == [
        ("2015-06-08", 13.75, 14.0, 13.5, 14.0, 320.0),
        ("2015-06-09", 14.0, 14.0, 14.0, 14.0, 4.0),
    ]


def test_a_field_that_a_bar_lacks_is_null_in_its_bucket_and_not_that_of_the_others(market: Market) -> None:
    market.trade("RU-N", {"2015-06-01": (None, None, 9.0, 10.0, None), "2015-06-02": (10.0, 12.0, 8.0, 11.0, 5.0)})
    rollups.refresh(market.connection)
    assert market.bars("weekly_bars", "RU-N") == [("2015-06-01", None, None, 8.0, 11.0, None, 2)]


def _real_bars() -> pd.DataFrame:
    """AAPL as traded 2000 to 2013: split 2:1 on Wednesday 2000-06-21 and on Monday 2005-02-28."""
    from bokeh_sampledata.stocks import AAPL

    frame = pd.DataFrame({name: AAPL[name] for name in ("open", "high", "low", "close", "volume")}, dtype=float)
    frame.index = pd.DatetimeIndex(AAPL["date"])
    return frame


def _resampled(frame: pd.DataFrame, rule: str, **options: Any) -> pd.DataFrame:
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    grouped = frame.resample(rule, **options)
    return grouped.agg(how).assign(bars=grouped["close"].count()).query("bars > 0")


def test_weeks_and_months_of_real_bars_are_those_of_pandas(market: Market) -> None:
    real = _real_bars()
    assert real.index.size > 3000
    market.trade("RU-A", {str(day.date()): tuple(row) for day, row in zip(real.index, real.to_numpy(), strict=True)})
    market.split("RU-A", "2000-06-21", 2.0)
    market.split("RU-A", "2005-02-28", 2.0)
    rollups.refresh(market.connection)
    shares = np.where(real.index < "2000-06-21", 4.0, np.where(real.index < "2005-02-28", 2.0, 1.0))
    adjusted = real.div(shares, axis=0).assign(volume=real["volume"] * shares)
    for table, expected in (
        ("weekly_bars", _resampled(adjusted, "W-MON", closed="left", label="left")),
        ("monthly_bars", _resampled(adjusted, "MS")),
    ):
        found = market.bars(table, "RU-A")
        assert [row[0] for row in found] == [str(day.date()) for day in expected.index], table
        np.testing.assert_array_equal(np.array([row[1:] for row in found], float), expected.to_numpy(float), table)


def test_days_from_hourly_bars_are_those_of_pandas_and_unadjusted(market: Market) -> None:
    hours = pd.date_range("2015-06-01 13:30", periods=7, freq="h").append(
        pd.date_range("2015-12-01 14:30", periods=7, freq="h")
    )
    values = np.arange(70.0).reshape(14, 5) * np.array([1, 3, -1, 1, 0.1]) + 500.0
    frame = pd.DataFrame(values, index=hours, columns=["open", "high", "low", "close", "volume"])
    market.trade("RU-H", {str(at): tuple(row) for at, row in zip(hours, values, strict=True)}, timeframe="1h")
    market.trade("RU-H", {"2015-06-01": (1.0, 1.0, 1.0, 1.0, 1.0)})
    rollups.refresh(market.connection)
    expected = _resampled(frame, "D")
    found = market.bars("daily_bars_from_hourly", "RU-H")
    assert [row[0] for row in found] == ["2015-06-01", "2015-12-01"]
    np.testing.assert_array_equal(np.array([row[1:] for row in found], float), expected.to_numpy(float))
    assert market.bars("split_adjusted_bars", "RU-H") == [("2015-06-01", 1.0, 1.0, 1.0, 1.0, 1.0)]


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
