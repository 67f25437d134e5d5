"""What the gates on bars look at: sessions, bars and symbols expected, seams between sources, records set aside."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tetra.calendars import sessions_between
from tetra.data import validation
from tetra.data.ingest import IngestRequest, ingest

pytestmark = pytest.mark.postgres

MONTH = (date(2015, 6, 1), date(2015, 6, 30))
LAST = (MONTH[1], MONTH[1])
DAILY, HOURLY = "market_data.ohlcv", "market_data.ohlcv_hourly"


def rows(start: date, end: date, *, without: tuple[str, ...] = ()) -> list[list[object]]:
    days = [str(day) for day in sessions_between("XNYS", start, end)]
    return [[day, None, None, None, 10.0 + i / 10, 5.0] for i, day in enumerate(days) if day not in without]


def load(
    connection: Any, *span: date, table: str = DAILY, symbols: tuple[str, ...] | None = None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the slice's own rows, and what is expected of these tests' symbols."""
    frame = validation.load_slice(connection, table, *span, symbols=symbols)
    connection.commit()
    parameters = {
        name: [symbol for symbol in value if symbol.startswith("DT-")] if isinstance(value, list) else value
        for name, value in frame.attrs[validation.PARAMETERS].items()
    }
    return frame[frame["symbol"].str.startswith("DT-")].reset_index(drop=True), parameters


def test_a_slice_holds_its_own_sessions_with_returns_from_before_it(writer, configure):
    configure("DT-A", bars={"DT-A": rows(*MONTH)})
    ingest(writer, IngestRequest(*MONTH))
    own, _ = load(writer, *LAST)
    assert own["session_date"].tolist() == [pd.Timestamp("2015-06-30")]
    assert own["simple_return"].tolist() == [pytest.approx(12.1 / 12.0 - 1)]
    assert own["is_session"].all()
    assert own["is_midnight"].all()


def test_an_instrument_is_expected_until_it_has_been_silent_for_five_sessions(writer, configure):
    configure(
        "DT-A",
        "DT-LATE",
        "DT-GONE",
        bars={
            "DT-A": rows(*MONTH),
            "DT-LATE": rows(date(2015, 6, 1), date(2015, 6, 29)),
            "DT-GONE": rows(date(2015, 6, 1), date(2015, 6, 5)),
        },
    )
    ingest(writer, IngestRequest(*MONTH))
    _, parameters = load(writer, *LAST, symbols=("DT-A", "DT-LATE", "DT-GONE"))
    assert parameters["expected_sessions"] == 0  # a run for some symbols
    assert parameters["expected_bars"] == 2  # DT-A and DT-LATE, not DT-GONE
    assert parameters["expected_symbols"] == ["DT-A", "DT-GONE", "DT-LATE"]  # all three are named, if they lack bars


def test_bars_that_stop_are_counted_to_the_end_of_the_slice_or_the_delisting(writer, owner_connection, configure):
    days = rows(date(2015, 6, 1), date(2015, 6, 25))
    configure("DT-A", "DT-B", bars={"DT-A": days, "DT-B": days})
    ingest(writer, IngestRequest(*MONTH))
    owner_connection.execute("update market_data.instruments set delisted_on = '2015-06-26' where symbol = 'DT-B'")
    owner_connection.commit()
    own, parameters = load(writer, *MONTH)
    silent = own.groupby("symbol")["sessions_silent"].sum()
    assert silent.to_dict() == {"DT-A": 3, "DT-B": 0}
    assert own.loc[own["sessions_silent"] > 0, "session_date"].tolist() == [pd.Timestamp("2015-06-25")]
    assert not own["is_after_delisting"].any()
    assert parameters["expected_symbols"] == ["DT-A", "DT-B"]
    assert load(writer, *LAST)[1]["expected_symbols"] == ["DT-A"]


def test_a_bar_on_the_day_of_the_delisting_or_later_is_told(writer, owner_connection, configure):
    configure("DT-A", bars={"DT-A": rows(*MONTH)})
    ingest(writer, IngestRequest(*MONTH))
    owner_connection.execute("update market_data.instruments set delisted_on = '2015-06-29' where symbol = 'DT-A'")
    owner_connection.commit()
    own, _ = load(writer, *MONTH)
    assert own.loc[own["is_after_delisting"], "session_date"].dt.day.tolist() == [29, 30]


def test_missing_sessions_are_counted_on_the_next_bar_within_the_slice_only(writer, configure):
    configure("DT-A", bars={"DT-A": rows(*MONTH, without=("2015-06-11", "2015-06-12", "2015-06-15"))})
    ingest(writer, IngestRequest(*MONTH))
    own, _ = load(writer, *MONTH)
    missing = own[own["sessions_missing"] > 0]
    assert missing[["session_date", "sessions_missing"]].to_numpy().tolist() == [[pd.Timestamp("2015-06-16"), 3]]
    own, _ = load(writer, date(2015, 6, 12), date(2015, 6, 30))
    assert own["sessions_missing"].tolist()[:2] == [2, 0]
    own, _ = load(writer, date(2015, 6, 16), date(2015, 6, 30))
    assert own["sessions_missing"].sum() == 0


def test_nothing_is_missing_before_an_instrument_begins(writer, configure):
    configure("DT-A", "DT-NEW", bars={"DT-A": rows(*MONTH), "DT-NEW": rows(date(2015, 6, 10), MONTH[1])})
    ingest(writer, IngestRequest(*MONTH))
    own, parameters = load(writer, *MONTH)
    assert own["sessions_missing"].sum() == 0
    assert parameters["expected_symbols"] == ["DT-A", "DT-NEW"]
    assert load(writer, date(2015, 6, 1), date(2015, 6, 9))[1]["expected_symbols"] == ["DT-A"]


def test_coins_that_trade_every_day_do_not_stand_in_for_a_session_that_stocks_lack(writer, configure):
    coins = [[f"2015-06-{day:02}", None, None, None, 10.0, None] for day in range(1, 31)]
    configure("DT-A", "DT-COIN", bars={"DT-A": rows(*MONTH, without=("2015-06-11",)), "DT-COIN": coins})
    ingest(writer, IngestRequest(*MONTH))
    own, parameters = load(writer, *MONTH)
    assert own["session_date"].nunique() == 30
    assert own["stock_session_date"].nunique() == 21
    assert parameters["expected_sessions"] == 22


def test_oil_keeps_holidays_of_its_own(writer, configure):
    configure("DT-OIL", bars={"DT-OIL": rows(*MONTH)})
    ingest(writer, IngestRequest(*MONTH))
    own, _ = load(writer, *MONTH)
    assert own["stock_session_date"].isna().all()


def test_records_set_aside_are_a_share_on_the_last_bar_and_a_symbol_of_nothing_else_is_named(writer, configure):
    bad = [["2015-06-11", None, None, None, 0.0, None]]
    good = rows(*MONTH, without=("2015-06-11",))
    configure("DT-A", "DT-B", bars={"DT-A": [*good, *bad], "DT-B": bad})
    ingest(writer, IngestRequest(*MONTH))
    own, parameters = load(writer, *MONTH)
    told = own.dropna(subset="share_set_aside")
    assert told[["symbol", "session_date", "share_set_aside"]].to_numpy().tolist() == [
        ["DT-A", pd.Timestamp("2015-06-30"), pytest.approx(1 / 22)]
    ]
    assert parameters["symbols_set_aside"] == ["DT-B"]
    assert load(writer, *LAST)[1]["symbols_set_aside"] == []


def test_a_run_for_some_symbols_is_judged_by_those(writer, configure):
    configure("DT-A", "DT-B", bars={"DT-A": rows(*MONTH), "DT-B": rows(*MONTH)[:10]})
    ingest(writer, IngestRequest(*MONTH))
    own, parameters = load(writer, *MONTH, symbols=("DT-A",))
    assert set(own["symbol"]) == {"DT-A"}
    assert (parameters["expected_bars"], parameters["expected_symbols"]) == (22, ["DT-A"])


def test_the_lowest_price_of_a_commodity_is_not_judged(writer, configure):
    bar = [["2015-06-01", None, None, None, -36.98, None]]
    configure("DT-OIL", "DT-A", bars={"DT-OIL": bar, "DT-A": rows(*MONTH)[:1]})
    ingest(writer, IngestRequest(*MONTH))
    own, _ = load(writer, date(2015, 6, 1), date(2015, 6, 1))
    lowest = own.set_index("symbol")["lowest_price"]
    assert np.isnan(lowest["DT-OIL"])
    assert lowest["DT-A"] == 10.0


def test_a_shift_on_the_bar_before_the_slice_is_told_on_the_bar_that_shows_it(writer, configure):
    days = rows(*MONTH)
    days[-2][4] = 120.0
    configure("DT-A", bars={"DT-A": days})
    ingest(writer, IngestRequest(*MONTH))
    whole, _ = load(writer, *MONTH)
    assert whole.dropna(subset="decimal_shift")["session_date"].tolist() == [pd.Timestamp("2015-06-29")]
    last, _ = load(writer, *LAST)
    assert last["decimal_shift"].tolist() == [10.0]


def test_a_change_of_source_and_of_basis_are_told_where_they_happen(writer, owner_connection, configure):
    configure("DT-A", "DT-B", bars={"DT-A": rows(*MONTH), "DT-B": rows(*MONTH)})
    ingest(writer, IngestRequest(*MONTH))
    for symbol, change in (("DT-A", "source = 'other', close = close * 3"), ("DT-B", "price_basis = 'total'")):
        owner_connection.execute(
            f"update market_data.ohlcv set {change} where symbol = '{symbol}' and ts >= '2015-06-15T00:00Z'"
        )
    owner_connection.commit()
    own, _ = load(writer, *MONTH)
    between = own.dropna(subset="return_at_source_change")
    assert between[["symbol", "session_date"]].to_numpy().tolist() == [["DT-A", pd.Timestamp("2015-06-15")]]
    assert between["return_at_source_change"].iloc[0] > 1.9
    changed = own[own["changes_price_basis"]]
    assert changed[["symbol", "session_date"]].to_numpy().tolist() == [["DT-B", pd.Timestamp("2015-06-15")]]


def test_hourly_bars_belong_to_the_session_of_their_exchange_and_their_own_suite(writer, owner_connection, configure):
    configure("DT-A", "DT-COIN", bars={"DT-A": rows(*MONTH)[:1]})
    ingest(writer, IngestRequest(*MONTH))
    hours = [("DT-A", f"2015-06-{day:02}T{hour}:30Z") for day in (1, 2, 3) for hour in range(13, 20)]
    hours = [hour for hour in hours if hour[1] < "2015-06-03T15" or hour[1] > "2015-06-04"]
    late = [("DT-COIN", "2015-06-01T00:00Z"), ("DT-COIN", "2015-06-03T23:00Z"), ("DT-COIN", "2015-06-04T00:00Z")]
    with owner_connection.cursor() as cursor:
        cursor.executemany(
            "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source)"
            " values (%s, '1h', %s, 10, 'raw', 'x')",
            [*hours, *late],
        )
    owner_connection.commit()
    own, parameters = load(writer, date(2015, 6, 1), date(2015, 6, 3), table=HOURLY)
    assert own.groupby("symbol").size().to_dict() == {"DT-A": 16, "DT-COIN": 2}
    assert own["opened_at"].iloc[0] == pd.Timestamp("2015-06-01T13:30")
    assert own["session_date"].iloc[0] == pd.Timestamp("2015-06-01")
    assert own.loc[own["share_of_usual_bars"] < 0.5, "session_date"].tolist() == [pd.Timestamp("2015-06-03")]
    assert own["is_session"].all()
    assert own.loc[own["symbol"] == "DT-COIN", "sessions_missing"].tolist() == [0, 1]
    assert parameters["expected_symbols"] == ["DT-A", "DT-COIN"]
    assert len(load(writer, date(2015, 6, 1), date(2015, 6, 3))[0]) == 1  # the daily suite sees the daily bar
