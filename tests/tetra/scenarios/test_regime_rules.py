"""Rules on series short enough to follow by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tetra.calendars import STOCK_CALENDAR, sessions_after
from tetra.scenarios.regime_market import MarketSeries
from tetra.scenarios.regime_rules import (
    label_by_rules,
    price_range,
    rolling,
    rolling_volatility,
    trend_strength,
)
from tetra.scenarios.regime_settings import RegimeRules
from tetra.typing import FloatArray

SPANS = {"fast_average": 2, "slow_average": 4, "momentum": 2, "volatility": 3, "trend": 3}


def rules(**changes: Any) -> RegimeRules:
    content: dict[str, Any] = {
        "indicators": SPANS,
        "bull": {"min_sessions": 3, "volatility_below": 0.18},
        "bear": {"min_sessions": 3, "volatility_above": 0.18},
        "high_volatility": {"min_sessions": 3, "volatility_index_above": 25, "daily_move_above": 0.02},
        "ranging": {"min_sessions": 3, "trend_strength_below": 0.125, "price_range_below": 0.10},
    }
    return RegimeRules.model_validate(content | changes)


def market(returns: Sequence[float] | FloatArray, index: Sequence[float] | None = None) -> MarketSeries:
    values = np.array(returns, dtype=np.float64)
    points = np.full(values.size, np.nan) if index is None else np.array(index, dtype=np.float64)
    sessions = sessions_after(STOCK_CALENDAR, date(2020, 1, 1), values.size)
    return MarketSeries(sessions, values, points, ("SPX",), np.zeros(values.size, dtype=np.int64))


def labels(returns: Sequence[float] | FloatArray, index: Sequence[float] | None = None) -> dict[str, list[int]]:
    found = label_by_rules(market(returns, index), rules())
    return {kind: np.flatnonzero(labelled).tolist() for kind, labelled in found.items()}


def test_a_steady_rise_is_bull_from_the_first_full_slow_average_on() -> None:
    # levels rise by 1 % a day: the mean of 2 is above that of 4 as soon as there are 4, momentum is positive, and
    # volatility is 0
    assert labels([0.01] * 7) == {"bull": [3, 4, 5, 6], "bear": [], "high_volatility": [], "ranging": []}


def test_a_calm_fall_is_not_a_bear_market_and_a_wild_one_is() -> None:
    # -1 % every day has no volatility; -1 and -5 % by turns has 0.02 a day or more, 0.3 a year
    assert labels([-0.01] * 7)["bear"] == []
    assert labels([-0.01, -0.05] * 4)["bear"] == [3, 4, 5, 6, 7]


def test_a_wild_rise_is_not_a_bull_market() -> None:
    assert labels([0.01, 0.05] * 4)["bull"] == []


def test_high_volatility_is_an_index_above_its_level_or_a_move_either_way_above_its_size() -> None:
    returns = [0.0, 0.021, -0.021, 0.02, 0.0, 0.0, 0.0]
    assert labels(returns)["high_volatility"] == [1, 2]
    index = [25.0, 10.0, 10.0, 10.0, 25.1, np.nan, 40.0]
    assert labels(returns, index)["high_volatility"] == [1, 2, 4, 6]


def test_a_price_that_goes_nowhere_in_a_narrow_band_is_ranging() -> None:
    # +1 and -1 % by turns: three days' net move is one day's of three, a strength of 1/3, so a wider threshold
    wide = rules(ranging={"min_sessions": 3, "trend_strength_below": 0.5, "price_range_below": 0.10})
    found = label_by_rules(market([0.01, -0.01] * 4), wide)["ranging"]
    assert np.flatnonzero(found).tolist() == [2, 3, 4, 5, 6, 7]
    narrow = rules(ranging={"min_sessions": 3, "trend_strength_below": 0.5, "price_range_below": 0.005})
    assert not label_by_rules(market([0.01, -0.01] * 4), narrow)["ranging"].any()


def test_trend_strength_is_the_net_move_over_the_sum_of_moves() -> None:
    # |1 + 1 - 1| / 3, then |1 - 1 + 1| / 3, then |-1 + 1 + 2| / 4
    log_returns = np.array([0.01, 0.01, -0.01, 0.01, 0.02])
    np.testing.assert_allclose(trend_strength(log_returns, 3), [np.nan, np.nan, 1 / 3, 1 / 3, 0.5])


def test_a_price_that_does_not_move_has_no_trend() -> None:
    np.testing.assert_array_equal(trend_strength(np.zeros(4), 3), [np.nan, np.nan, 0.0, 0.0])


def test_price_range_is_high_less_low_over_the_mean() -> None:
    # (12 - 9) / 10.333, (12 - 9) / 10.667
    found = price_range(np.array([10.0, 12.0, 9.0, 11.0]), 3)
    np.testing.assert_allclose(found, [np.nan, np.nan, 3 / (31 / 3), 3 / (32 / 3)])


def test_volatility_is_annualised_with_one_degree_of_freedom_less() -> None:
    # deviations of 1, 2, 3 % about 2 %: root of (1 + 0 + 1) / 2, so 1 % a day
    found = rolling_volatility(np.array([0.01, 0.02, 0.03]), 3)
    np.testing.assert_allclose(found, [np.nan, np.nan, 0.01 * 252**0.5])


def test_nothing_is_measured_before_a_full_window() -> None:
    assert np.isnan(rolling(np.ones(2), 3, np.mean)).all()


@given(cut=st.integers(5, 38), seed=st.integers(0, 1000))
def test_labels_do_not_move_when_the_future_does(cut: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    returns = rng.normal(0.0, 0.02, 40)
    other = np.concatenate([returns[:cut], rng.normal(0.01, 0.05, 40 - cut)])
    before, after = (label_by_rules(market(values), rules()) for values in (returns, other))
    for kind, labelled in before.items():
        np.testing.assert_array_equal(labelled[:cut], after[kind][:cut])


def test_averages_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ValueError, match="fast_average 200 is not shorter than slow_average 50; swap them"):
        rules(indicators=SPANS | {"fast_average": 200, "slow_average": 50})
