"""What the gates look at: returns, outliers, expected bars; and where verdicts are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tetra.calendars import sessions_between
from tetra.data import validation
from tetra.data.ingest import IngestRequest, ingest
from tetra.data.slices import returns_within, zscores_within
from tetra.errors import SettingsError

MONTH = (date(2015, 6, 1), date(2015, 6, 30))


def rows(start: date, end: date) -> list[list[object]]:
    return [[str(day), None, None, None, 10.0 + i, 5.0] for i, day in enumerate(sessions_between("XNYS", start, end))]


def test_a_return_is_within_its_series_and_from_a_positive_close_only():
    series = np.array([0, 0, 0, 1, 1, 1])
    close = np.array([10.0, 11.0, 9.9, 5.0, -1.0, 2.0])
    expected = [np.nan, 0.1, -0.1, np.nan, -1.2, np.nan]
    assert np.allclose(returns_within(series, close), expected, equal_nan=True)


def test_outliers_agree_with_pandas_over_the_252_returns_before():
    rng = np.random.default_rng(1)
    series = np.repeat([0, 1], [400, 300])
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 700)))
    simple_return = returns_within(series, close)
    frame = pd.DataFrame({"series": series, "r": simple_return})
    before = frame.groupby("series")["r"].transform(lambda r: r.shift().rolling(252, min_periods=60).std())
    assert np.allclose(zscores_within(series, simple_return), simple_return / before, equal_nan=True, rtol=1e-6)


def test_a_series_that_never_moves_has_no_outliers():
    series, simple_return = np.zeros(100, dtype=int), np.zeros(100)
    assert np.isnan(zscores_within(series, simple_return)).all()


@pytest.mark.postgres
def test_a_slice_holds_its_own_sessions_with_returns_from_before_it(writer, configure):
    configure("DT-A", bars={"DT-A": rows(*MONTH)})
    ingest(writer, IngestRequest(*MONTH))
    frame = validation.load_slice(writer, "market_data.ohlcv", date(2015, 6, 30), date(2015, 6, 30))
    own = frame[frame["symbol"] == "DT-A"]
    assert own["session_date"].tolist() == [pd.Timestamp("2015-06-30")]
    assert own["simple_return"].tolist() == [pytest.approx(31 / 30 - 1)]
    assert own["is_session"].all()
    assert own["is_midnight"].all()


@pytest.mark.postgres
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
    frame = validation.load_slice(writer, "market_data.ohlcv", date(2015, 6, 30), date(2015, 6, 30))
    parameters = frame.attrs[validation.PARAMETERS]
    others = len(frame) - 1  # bars that other tests left in the warehouse, if any
    assert parameters["expected_sessions"] == 1
    assert parameters["expected_bars"] - others == 2  # DT-A and DT-LATE, not DT-GONE


@pytest.mark.postgres
def test_the_lowest_price_of_a_commodity_is_not_judged(writer, configure):
    bar = [["2015-06-01", None, None, None, -36.98, None]]
    configure("DT-OIL", "DT-A", bars={"DT-OIL": bar, "DT-A": rows(*MONTH)[:1]})
    ingest(writer, IngestRequest(*MONTH))
    frame = validation.load_slice(writer, "market_data.ohlcv", date(2015, 6, 1), date(2015, 6, 1))
    lowest = frame.set_index("symbol")["lowest_price"]
    assert np.isnan(lowest["DT-OIL"])
    assert lowest["DT-A"] == 10.0


@pytest.mark.postgres
def test_a_macro_slice_begins_on_the_closed_days_before_it(writer, configure):
    rates = [["2015-05-01", 4.9], ["2015-08-01", 5.0], ["2015-08-03", 5.1]]
    configure("DT-A", bars={"DT-A": rows(*MONTH)}, macro={"DT-RATE": rates})
    ingest(writer, IngestRequest(*MONTH))
    frame = validation.load_slice(writer, "economic_data.releases", date(2015, 8, 3), date(2015, 8, 3))
    own = frame[frame["series_id"] == "DT-RATE"]
    assert own["value"].tolist() == [5.0, 5.1]
    assert own["share_of_days_allowed"].tolist() == [92 / 31, 2 / 31]


@pytest.mark.postgres
@pytest.mark.parametrize("table", ["market_data.ohlcv", "economic_data.releases", "scenarios.paths"])
def test_a_slice_with_nothing_in_it_is_empty_and_has_its_columns(writer, table):
    frame = validation.load_slice(writer, table, date(1985, 1, 2), date(1985, 1, 2))
    assert frame.empty
    assert len(frame.columns) >= 5


@pytest.mark.postgres
def test_an_unknown_suite_is_named_with_the_nearest_one(writer):
    with pytest.raises(SettingsError, match=r"unknown suite 'market_data\.ohlc'; did you mean 'market_data\.ohlcv'"):
        validation.load_slice(writer, "market_data.ohlc", *MONTH)


@dataclass(frozen=True)
class Verdict:
    """What the runner gives, as far as storing goes."""

    status: str

    def as_row(self) -> Mapping[str, Any]:
        return {
            "suite_name": "market_data.ohlcv",
            "slice_key": "DT-2015-06-01",
            "as_of": date(2015, 6, 1),
            "status": self.status,
            "rows_checked": 3,
            "expectations_checked": 2,
            "failed_expectations": [{"expectation": "expect_it", "severity": "warning"}],
            "run_id": "manual",
        }


@pytest.mark.postgres
def test_a_later_verdict_on_a_slice_replaces_the_earlier_one(writer):
    validation.store(writer, Verdict("FAIL"))
    validation.store(writer, Verdict("WARN"))
    stored = writer.execute(
        "select status, failed_expectations from quality.validation_results where slice_key = 'DT-2015-06-01'"
    ).fetchall()
    assert stored == [("WARN", [{"expectation": "expect_it", "severity": "warning"}])]
