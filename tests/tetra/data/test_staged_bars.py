"""Bars that meet bars held already: whose stay, whose are written, and what is refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest

from tetra.data import landing
from tetra.data.records import BAR_FIELDS, Checked
from tetra.errors import DataError
from tetra.sources.base import BarBatch, RejectedRecord

pytestmark = pytest.mark.postgres

JANUARY = np.arange("2015-01-01", "2015-02-01", dtype="datetime64[D]")
CLOSES = 100.0 + np.arange(JANUARY.size)
POLYGON, YAHOO = "polygon:aggregates", "yahoo:chart"


@pytest.fixture
def bars(writer: psycopg.Connection, owner_connection: psycopg.Connection) -> psycopg.Connection:
    """The writer's connection, with instruments DT-A and DT-B."""
    owner_connection.execute(
        "insert into market_data.exchanges values ('DT-X', 'Stocks', 'XNYS', 'America/New_York') on conflict do nothing"
    )
    for symbol in ("DT-A", "DT-B"):
        owner_connection.execute(
            "insert into market_data.instruments (symbol, name, asset_class, exchange, currency, is_tradable) "
            "values (%s, 'x', 'etf', 'DT-X', 'USD', true) on conflict do nothing",
            [symbol],
        )
    owner_connection.commit()
    return writer


def batch(
    days: slice = slice(None), *, source: str = POLYGON, symbol: str = "DT-A", times: float = 1.0, **given: Any
) -> BarBatch:
    """Bars of January 2015, close 100 on the first and one more each day, times a factor."""
    close = CLOSES[days] * times
    fields: dict[str, Any] = {name: close.copy() for name in BAR_FIELDS}
    fields |= {"symbol": symbol, "source": source, "price_basis": "raw", "sessions": JANUARY[days]}
    return BarBatch(**fields | given)


def land(connection: psycopg.Connection, *batches: BarBatch, rejected: tuple[RejectedRecord, ...] = ()) -> tuple:
    """Land batches as a run does; return rows inserted and updated."""
    staged = landing.stage(connection, landing.BARS, [Checked(one, rejected) for one in batches])
    merged = landing.merge(connection, landing.BARS, staged, start=date(2015, 1, 1), end=date(2015, 1, 31))
    counted = merged["market_data.ohlcv"]
    return counted.inserted, counted.updated


def held(connection: psycopg.Connection, columns: str = "source", symbol: str = "DT-A") -> list[Any]:
    query = f"select {columns} from market_data.ohlcv where symbol = %s order by timeframe, ts"
    rows = connection.execute(query, [symbol]).fetchall()
    connection.commit()
    return [row[0] if len(row) == 1 else row for row in rows]


def test_another_source_fills_the_gap_and_leaves_what_is_held(bars):
    land(bars, batch(slice(0, 10)), batch(slice(20, 31)))
    before = held(bars, "ts, close, source, xmin::text")
    assert land(bars, batch(slice(5, 25), source=YAHOO, times=1.0005)) == (10, 0)
    assert held(bars) == [POLYGON] * 10 + [YAHOO] * 10 + [POLYGON] * 11
    assert [row for row in held(bars, "ts, close, source, xmin::text") if row[2] == POLYGON] == before
    assert land(bars, batch(slice(5, 25), source=YAHOO, times=1.0005)) == (0, 0)


def test_another_source_continues_a_series_that_it_shares_no_session_with(bars):
    land(bars, batch(slice(0, 10)))
    assert land(bars, batch(slice(10, 31), source=YAHOO)) == (21, 0)
    assert held(bars) == [POLYGON] * 10 + [YAHOO] * 21


def test_the_source_that_gave_a_bar_corrects_it_beside_those_of_another(bars):
    land(bars, batch(slice(0, 10)))
    land(bars, batch(slice(10, 31), source=YAHOO))
    corrected = batch(slice(0, 12))
    corrected.close[3] = 103.5
    assert land(bars, corrected) == (0, 1)
    assert held(bars, "close")[3] == 103.5
    assert held(bars) == [POLYGON] * 10 + [YAHOO] * 21


def test_a_source_that_serves_every_session_held_replaces_them(bars):
    land(bars, batch(slice(5, 31)))
    assert land(bars, batch(source=YAHOO, times=2.0, price_basis="total")) == (5, 26)
    assert set(held(bars, "source, price_basis")) == {(YAHOO, "total")}


def test_closes_that_disagree_are_set_aside_and_the_other_symbols_are_landed(bars):
    land(bars, batch(slice(0, 20)))
    before = held(bars, "ts, close, source")
    assert land(bars, batch(slice(10, 31), source=YAHOO, times=0.5), batch(symbol="DT-B")) == (31, 0)
    query = "select record_key, reason from quality.rejected_records where record_key like 'DT-A|1d|%..%'"
    ((key, reason),) = bars.execute(query).fetchall()
    assert key == "DT-A|1d|2015-01-01..2015-01-20"
    assert reason == (
        "DT-A (1d): yahoo:chart cannot continue what is held: its closes differ from those held from "
        "polygon:aggregates by more than 0.1% on 10 of 10 common sessions. Land it from yahoo:chart for every session "
        "held, 2015-01-01 to 2015-01-20 (this run serves 10 of 20), or leave yahoo out by skip_sources"
    )
    assert held(bars, "ts, close, source") == before
    land(bars, batch(slice(0, 21), source=YAHOO, times=0.5))
    assert bars.execute(query).fetchall() == []  # it serves every session held now


def test_where_nothing_else_is_staged_a_refusal_is_an_error(bars):
    land(bars, batch(slice(0, 20)))
    with pytest.raises(DataError, match=r"^DT-A \(1d\): yahoo:chart cannot continue what is held"):
        land(bars, batch(slice(10, 31), source=YAHOO, times=0.5))
    assert held(bars) == [POLYGON] * 20


def test_one_common_session_is_enough_to_see_a_split(bars):
    land(bars, batch(slice(0, 20), source=YAHOO, price_basis="split"))
    split, correction = (batch(slice(19, 22), source=YAHOO, price_basis="split", times=by) for by in (0.1, 1.01))
    with pytest.raises(DataError, match=r"are 0.1 times those held .* on all 1 common sessions"):
        land(bars, split)
    assert land(bars, correction) == (2, 1)


def test_a_single_wrong_print_among_a_hundred_common_sessions_is_no_other_scale(bars):
    days = np.arange("2014-06-01", "2015-01-01", dtype="datetime64[D]")
    ones = {name: np.ones(days.size) for name in BAR_FIELDS}
    land(bars, batch(sessions=days, **ones))
    odd = {name: values.copy() for name, values in ones.items()}
    odd["close"][-150] = 10.0
    given = {name: values[60:] for name, values in odd.items()}
    later = {name: np.append(values, 1.0) for name, values in given.items()}
    assert land(bars, batch(sessions=np.append(days[60:], JANUARY[0]), source=YAHOO, **later)) == (1, 0)


@pytest.mark.parametrize(
    "days", [pytest.param(slice(10, 31), id="common sessions"), pytest.param(slice(20, 31), id="no common session")]
)
def test_another_basis_is_refused_by_name(bars, days):
    land(bars, batch(slice(0, 20)))
    with pytest.raises(
        DataError, match=r"DT-A \(1d\): yahoo:chart .* split, those held from polygon:aggregates are raw"
    ):
        land(bars, batch(days, source=YAHOO, price_basis="split"))
    with pytest.raises(DataError, match=r"polygon:aggregates .* total, those held from polygon:aggregates are raw"):
        land(bars, batch(days, price_basis="total"))
    assert held(bars) == [POLYGON] * 20


def test_all_symbols_refused_are_named(bars):
    land(bars, batch(slice(0, 20)), batch(slice(0, 20), symbol="DT-B"))
    with pytest.raises(DataError, match=r"^DT-A .*; the same holds for DT-B$"):
        land(bars, *(batch(slice(20, 31), symbol=symbol, price_basis="total") for symbol in ("DT-A", "DT-B")))


def test_adjusted_prices_that_their_source_restated_do_not_meet_the_older_scale(bars):
    land(bars, batch(slice(0, 20), source=YAHOO, price_basis="split"))
    with pytest.raises(DataError, match=r"\(split-adjusted\) are 0.25 times those held .* has adjusted its history"):
        land(bars, batch(slice(18, 22), source=YAHOO, price_basis="split", times=0.25))
    assert land(bars, batch(slice(0, 22), source=YAHOO, price_basis="split", times=0.25)) == (2, 20)


def test_adjusted_bars_are_corrected_one_by_one(bars):
    land(bars, batch(slice(0, 20), source=YAHOO, price_basis="split"))
    corrected = batch(slice(17, 22), source=YAHOO, price_basis="split")
    corrected.close[:2] *= 1.01
    assert land(bars, corrected) == (2, 2)


def test_bars_of_no_instrument_are_refused_by_name(bars):
    with pytest.raises(DataError, match=r"polygon:aggregates gave bars of no instrument: unknown symbol 'DT-AA'; did"):
        land(bars, batch(symbol="DT-AA"), batch())
    assert held(bars, symbol="DT-AA") == held(bars) == []


def test_batches_of_a_symbol_in_two_bases_are_refused(bars):
    with pytest.raises(DataError, match=r"DT-A \(1d\) has bars in several price bases, raw and split, from"):
        land(bars, batch(slice(0, 5)), batch(slice(5, 31), source=YAHOO, price_basis="split"))


def hourly(**given: Any) -> BarBatch:
    opened = np.array(["2015-01-02T14:30", "2015-01-02T15:30", "2015-01-05T14:30"], dtype="datetime64[us]")
    fields = {name: np.array([10.0, 11.0, 12.0]) for name in BAR_FIELDS}
    return batch(timeframe="1h", opened_at=opened, sessions=opened.astype("datetime64[D]"), **fields | given)


def test_hourly_bars_are_keyed_by_their_open_and_stand_beside_the_daily_ones(bars):
    assert land(bars, batch(slice(0, 5)), hourly()) == (8, 0)
    assert held(bars, "timeframe, (ts at time zone 'UTC')::text")[:3] == [
        ("1d", "2015-01-01 00:00:00"),
        ("1d", "2015-01-02 00:00:00"),
        ("1d", "2015-01-03 00:00:00"),
    ]
    assert held(bars, "timeframe, (ts at time zone 'UTC')::text")[5:] == [
        ("1h", "2015-01-02 14:30:00"),
        ("1h", "2015-01-02 15:30:00"),
        ("1h", "2015-01-05 14:30:00"),
    ]
    assert land(bars, hourly(close=np.array([10.0, 11.5, 12.0]))) == (0, 1)


def test_daily_bars_of_one_basis_and_hourly_ones_of_another_do_not_meet(bars):
    land(bars, batch(slice(0, 5)))
    assert land(bars, hourly(price_basis="split", source=YAHOO)) == (3, 0)


def test_a_rejection_is_settled_by_the_bar_of_its_own_open_and_no_other(bars):
    keys = ("DT-A|1h|2015-01-02T14:30", "DT-A|1h|2015-01-02T16:30", "DT-A|1d|2015-01-02", "DT-A|1h|2015-01-02T14:30#2")
    land(
        bars, batch(slice(3, 5)), rejected=tuple(RejectedRecord(key, POLYGON, "low is above high", {}) for key in keys)
    )
    land(bars, hourly())
    query = "select record_key from quality.rejected_records where record_key like 'DT-A|%' order by record_key"
    assert [row[0] for row in bars.execute(query)] == sorted(set(keys) - {"DT-A|1h|2015-01-02T14:30"})
    bars.commit()
    land(bars, batch(slice(1, 2)))
    assert [row[0] for row in bars.execute(query)] == ["DT-A|1h|2015-01-02T14:30#2", "DT-A|1h|2015-01-02T16:30"]
