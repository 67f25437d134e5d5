"""Price history as known on a date, read back from a real database."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tetra.calendars import sessions_between
from tetra.data.ingest import IngestRequest, ingest
from tetra.data.prices import load_history
from tetra.errors import DataError, EmptyBatchError

pytestmark = pytest.mark.postgres

WEEK = (date(2015, 6, 1), date(2015, 6, 5))
MONDAY = ["2015-06-01", 10.0, 11.0, 9.0, 10.5, 1000.0]
TUESDAY = ["2015-06-02", 10.5, 12.0, 10.0, 11.0, 2000.0]
THURSDAY = ["2015-06-04", None, None, None, 12.0, None]
NAN = np.nan


def action(connection, symbol: str, kind: str, ex_date: str, value: float) -> None:
    connection.execute(
        "insert into market_data.corporate_actions (symbol, action_type, ex_date, value, source)"
        " values (%s, %s, %s, %s, 'test')",
        [symbol, kind, ex_date, value],
    )
    connection.commit()


def test_bars_come_back_as_landed_on_every_session_of_the_calendar(writer, configure):
    configure("DT-B", "DT-A", bars={"DT-A": [MONDAY, TUESDAY, THURSDAY], "DT-B": [TUESDAY]})
    ingest(writer, IngestRequest(*WEEK))
    history = load_history(writer, as_of=WEEK[1], symbols=["DT-B", "DT-A"])
    assert history.symbols == ("DT-A", "DT-B")
    assert np.array_equal(history.sessions, sessions_between("XNYS", *WEEK))
    assert np.array_equal(history.close, [[10.5, 11, NAN, 12, NAN], [NAN, 11, NAN, NAN, NAN]], equal_nan=True)
    assert np.array_equal(history.low[0], [9, 10, NAN, NAN, NAN], equal_nan=True)
    assert np.array_equal(history.volume[0], [1000, 2000, NAN, NAN, NAN], equal_nan=True)
    assert history.close.dtype == np.float64
    assert history.close.flags.c_contiguous


def test_nothing_after_the_as_of_date_is_read(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, TUESDAY, THURSDAY]})
    ingest(writer, IngestRequest(*WEEK))
    action(writer, "DT-A", "split", "2015-06-04", 4.0)
    history = load_history(writer, as_of=date(2015, 6, 3), symbols=["DT-A"])
    assert np.array_equal(history.close, [[10.5, 11, NAN]], equal_nan=True)
    assert history.sessions[-1].item() == date(2015, 6, 3)


def test_a_split_known_by_then_scales_the_bars_before_it(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, TUESDAY]})
    ingest(writer, IngestRequest(*WEEK))
    action(writer, "DT-A", "split", "2015-06-02", 2.0)
    history = load_history(writer, as_of=date(2015, 6, 2), symbols=["DT-A"])
    assert (history.open.tolist(), history.close.tolist()) == ([[5.0, 10.5]], [[5.25, 11.0]])
    assert history.volume.tolist() == [[2000.0, 2000.0]]


def test_a_total_return_series_is_not_adjusted_again(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY, TUESDAY]}, price_basis="total")
    ingest(writer, IngestRequest(*WEEK))
    action(writer, "DT-A", "dividend", "2015-06-02", 2.0)
    assert load_history(writer, as_of=date(2015, 6, 2), symbols=["DT-A"]).close.tolist() == [[10.5, 11.0]]


def test_negative_and_zero_prices_are_kept_as_they_are(writer, configure):
    oil = [["2015-06-01", None, None, None, -36.98, None], ["2015-06-02", None, None, None, 0.0, None]]
    configure("DT-OIL", bars={"DT-OIL": oil})
    ingest(writer, IngestRequest(*WEEK))
    history = load_history(writer, as_of=date(2015, 6, 2), symbols=["DT-OIL"])
    assert history.close.tolist() == [[-36.98, 0.0]]


def test_a_weekend_of_crypto_is_part_of_mondays_bar(writer, configure):
    days = ["2015-06-05", "2015-06-06", "2015-06-07", "2015-06-08"]
    rows = [[day, 100.0 + i, 110.0 + i, 90.0 - i, 105.0 + i, 1.0] for i, day in enumerate(days)]
    configure("DT-COIN", bars={"DT-COIN": rows})
    ingest(writer, IngestRequest(date(2015, 6, 5), date(2015, 6, 8)))
    history = load_history(writer, as_of=date(2015, 6, 8), symbols=["DT-COIN"])
    assert history.sessions.tolist() == [date(2015, 6, 5), date(2015, 6, 8)]
    monday = [getattr(history, name)[0, 1] for name in ("open", "high", "low", "close", "volume")]
    assert monday == [101.0, 113.0, 87.0, 108.0, 3.0]  # Saturday's open, highest, lowest, Monday's close, sum
    sunday = load_history(writer, as_of=date(2015, 6, 7), symbols=["DT-COIN"])
    assert sunday.close.tolist() == [[105.0]]  # the bars since Friday belong to a session still to come


def test_by_default_active_instruments_with_a_bar_are_loaded(writer, configure):
    configure("DT-A", "DT-B", "DT-VIX", bars={"DT-A": [MONDAY], "DT-VIX": [MONDAY], "DT-B": [TUESDAY]})
    ingest(writer, IngestRequest(*WEEK))
    history = load_history(writer, as_of=date(2015, 6, 1))
    own = [symbol for symbol in history.symbols if symbol.startswith("DT-")]
    assert own == ["DT-A", "DT-VIX"]
    tradable = dict(zip(history.symbols, history.is_tradable.tolist(), strict=True))
    assert (tradable["DT-A"], tradable["DT-VIX"]) == (True, False)


def test_a_symbol_asked_for_without_a_bar_by_then_is_a_row_of_nan(writer, configure):
    configure("DT-A", "DT-B", bars={"DT-A": [MONDAY], "DT-B": [TUESDAY]})
    ingest(writer, IngestRequest(*WEEK))
    history = load_history(writer, as_of=date(2015, 6, 1), symbols=["DT-A", "DT-B"])
    assert np.array_equal(history.close, [[10.5], [NAN]], equal_nan=True)


def test_no_bar_at_all_is_an_error_not_an_empty_history(writer, configure):
    configure("DT-A", bars={"DT-A": [MONDAY]})
    ingest(writer, IngestRequest(*WEEK))
    with pytest.raises(EmptyBatchError, match="no daily bar of 1 instruments by 2015-05-29"):
        load_history(writer, as_of=date(2015, 5, 29), symbols=["DT-A"])


def test_an_unknown_symbol_is_named_with_the_nearest_one(writer, configure):
    configure("DT-ALPHA", bars={"DT-ALPHA": [MONDAY]})
    ingest(writer, IngestRequest(*WEEK))
    with pytest.raises(DataError, match="unknown symbol 'DT-ALPA'; did you mean 'DT-ALPHA'"):
        load_history(writer, as_of=date(2015, 6, 1), symbols=["DT-ALPA"])
