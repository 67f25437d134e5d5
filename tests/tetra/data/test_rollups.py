"""Split-adjusted bars and rollups on a real server: worked by hand, and against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.tetra.data.rolled_market import SPLIT_WEEK, Market

from tetra.data import rollups

pytestmark = pytest.mark.postgres


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
