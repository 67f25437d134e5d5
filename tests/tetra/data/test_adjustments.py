"""Adjustment factors, by hand and against vendors' own adjusted closes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tetra.data.adjustments import RAW, SPLIT, TOTAL, CorporateAction, adjustment_factors
from tetra.errors import DataError
from tetra.typing import FloatArray

DAYS = np.array(["2015-06-01", "2015-06-02", "2015-06-03", "2015-06-04"], dtype="datetime64[D]")


def factors(
    close: list[float], *actions: CorporateAction, basis: int = RAW, as_of: date = date(2015, 6, 30)
) -> tuple[FloatArray, FloatArray]:
    codes = np.full(len(close), basis, dtype=np.int8)
    return adjustment_factors(
        symbol="X", sessions=DAYS, close=np.array(close), basis=codes, actions=actions, as_of=as_of
    )


def test_a_split_scales_prices_before_its_date_and_volume_the_other_way():
    price, volume = factors([40.0, 42.0, 10.5, 10.0], CorporateAction("split", date(2015, 6, 3), 4.0))
    assert price.tolist() == [0.25, 0.25, 1.0, 1.0]
    assert volume.tolist() == [4.0, 4.0, 1.0, 1.0]


def test_a_dividend_scales_prices_before_its_date_by_what_the_close_lost():
    price, volume = factors([100.0, 100.0, 98.0, 98.0], CorporateAction("dividend", date(2015, 6, 3), 2.0))
    assert price.tolist() == [0.98, 0.98, 1.0, 1.0]  # 1 - 2 / 100: the adjusted price did not move
    assert volume.tolist() == [1.0] * 4


def test_a_dividend_on_the_day_of_a_split_is_paid_per_new_share():
    actions = (
        CorporateAction("split", date(2015, 6, 3), 2.0),
        CorporateAction("dividend", date(2015, 6, 3), 1.0),
    )
    price, _ = factors([100.0, 100.0, 49.0, 49.0], *actions)
    # per old share 2 of 100: half for the split, 0.98 for the dividend
    assert price.tolist() == [0.49, 0.49, 1.0, 1.0]


def test_split_adjusted_bars_take_dividends_only_in_the_shares_they_are_quoted_in():
    actions = (
        CorporateAction("dividend", date(2015, 6, 2), 2.0),
        CorporateAction("split", date(2015, 6, 4), 4.0),
    )
    price, volume = factors([25.0, 24.5, 24.5, 24.5], *actions, basis=SPLIT)
    assert price.tolist() == [0.98, 1.0, 1.0, 1.0]  # 2 per share of then is 0.5 per share of now: 0.5 of 25
    assert volume.tolist() == [1.0] * 4


def test_total_return_bars_are_left_alone():
    price, _ = factors([100.0] * 4, CorporateAction("dividend", date(2015, 6, 3), 2.0), basis=TOTAL)
    assert price.tolist() == [1.0] * 4


def test_an_action_after_the_as_of_date_is_not_known_yet():
    split = CorporateAction("split", date(2015, 6, 3), 4.0)
    price, _ = factors([40.0, 42.0, 10.5, 10.0], split, as_of=date(2015, 6, 2))
    assert price.tolist() == [1.0] * 4


def test_the_close_before_a_dividend_may_lie_days_back():
    price, _ = factors([100.0, np.nan, 98.0, 98.0], CorporateAction("dividend", date(2015, 6, 3), 2.0))
    assert price[0] == 0.98


def test_a_dividend_not_smaller_than_the_price_is_refused():
    with pytest.raises(DataError, match="X paid 100 on 2015-06-03 from a previous close of 100"):
        factors([100.0] * 4, CorporateAction("dividend", date(2015, 6, 3), 100.0))


@pytest.mark.parametrize("symbol", ["AAPL", "KO", "XOM"])
def test_adjusted_returns_agree_with_the_vendors_own(market_data: Path, symbol: str):
    folder = market_data / "equities_daily_adjusted"
    path = next(folder.glob(f"{symbol}.csv*"))
    table = pd.read_csv(path).sort_values("timestamp").reset_index(drop=True)
    days = pd.to_datetime(table["timestamp"]).to_numpy().astype("datetime64[D]")
    actions = [
        CorporateAction("split", day.item(), value)
        for day, value in zip(days, table["split_coefficient"], strict=True)
        if value not in (0.0, 1.0)
    ] + [
        CorporateAction("dividend", day.item(), value)
        for day, value in zip(days, table["dividend_amount"], strict=True)
        if value > 0
    ]
    price, _ = adjustment_factors(
        symbol=symbol,
        sessions=days,
        close=table["close"].to_numpy(dtype=float),
        basis=np.full(days.size, RAW, dtype=np.int8),
        actions=actions,
        as_of=days[-1].item(),
    )
    ours = pd.Series(table["close"] * price).pct_change().to_numpy()[1:]
    theirs = table["adjusted_close"].pct_change().to_numpy()[1:]
    # to reach: within 1e-4 on 99.73 % of all bars, 1e-3 on 99.99 %
    assert np.mean(np.abs(ours - theirs) < 1e-4) > 0.99
    assert np.mean(np.abs(ours - theirs) < 1e-3) > 0.999
