"""Indicators: equal to TA-Lib, causal to the bit, and unmoved by gaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tetra.errors import StrategyError
from tetra.indicators.averages import simple_moving_average
from tetra.indicators.momentum import lagged_return
from tetra.indicators.oscillators import relative_strength_index

INDICATORS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "simple_moving_average": lambda close: simple_moving_average(close, length=5),
    "relative_strength_index": lambda close: relative_strength_index(close, length=4),
    "lagged_return": lambda close: lagged_return(close, lookback=6, skip=2),
}

prices = arrays(np.float64, (2, 30), elements=st.floats(1.0, 200.0))
prices_with_gaps = arrays(np.float64, (2, 30), elements=st.one_of(st.floats(1.0, 200.0), st.just(np.nan)))


@pytest.fixture(scope="module")
def walks() -> np.ndarray:
    steps = np.random.default_rng(3).normal(0.0, 0.02, (4, 3000))
    return 100.0 * np.exp(np.cumsum(steps, axis=1))


@pytest.mark.parametrize("length", [1, 20, 50, 200])
def test_simple_moving_average_equals_talib(walks: np.ndarray, length: int) -> None:
    ours = simple_moving_average(walks, length=length)
    for row, close in enumerate(walks):
        theirs = close if length == 1 else talib.SMA(close, length)  # TA-Lib starts at 2
        np.testing.assert_allclose(ours[row], theirs, rtol=0.0, atol=1e-9)


@pytest.mark.parametrize("length", [2, 14])
def test_relative_strength_index_equals_talib(walks: np.ndarray, length: int) -> None:
    ours = relative_strength_index(walks, length=length)
    for row, close in enumerate(walks):
        np.testing.assert_allclose(ours[row], talib.RSI(close, length), rtol=0.0, atol=1e-9)


def test_lagged_return_without_skip_equals_talib(walks: np.ndarray) -> None:
    ours = lagged_return(walks, lookback=252)
    for row, close in enumerate(walks):
        np.testing.assert_allclose(ours[row], talib.ROCP(close, 252), rtol=0.0, atol=1e-9)


def test_lagged_return_leaves_out_the_skipped_bars() -> None:
    # at the last bar: from 100 (three bars back) to 110 (one bar back)
    made = lagged_return(np.array([[100.0, 105.0, 110.0, 50.0]]), lookback=3, skip=1)
    np.testing.assert_allclose(made, [[np.nan, np.nan, np.nan, 0.1]])


def test_return_from_a_negative_price_is_undefined() -> None:
    made = lagged_return(np.array([[18.27, -36.98, 10.01]]), lookback=1)
    assert np.isnan(made).all()


def test_relative_strength_of_a_series_that_stands_still_is_neutral() -> None:
    made = relative_strength_index(np.full((1, 6), 10.0), length=3)
    np.testing.assert_array_equal(made, [[np.nan, np.nan, np.nan, 50.0, 50.0, 50.0]])


@pytest.mark.parametrize("name", INDICATORS)
@settings(deadline=None)
@given(close=prices_with_gaps)
def test_an_indicator_is_that_of_the_series_without_its_gaps(name: str, close: np.ndarray) -> None:
    made = INDICATORS[name](close)
    for row in range(close.shape[0]):
        own = ~np.isnan(close[row])
        assert np.isnan(made[row, ~own]).all()
        np.testing.assert_array_equal(made[row, own], INDICATORS[name](close[row : row + 1, own])[0])


@pytest.mark.parametrize("name", INDICATORS)
@settings(deadline=None)
@given(close=prices, future=prices, cut=st.integers(0, 30))
def test_a_changed_future_moves_nothing_in_the_past(name: str, close: np.ndarray, future: np.ndarray, cut: int) -> None:
    changed = np.concatenate([close[:, :cut], future[:, cut:]], axis=1)
    np.testing.assert_array_equal(INDICATORS[name](changed)[:, :cut], INDICATORS[name](close)[:, :cut])


@settings(deadline=None)
@given(prices)
def test_relative_strength_index_stays_within_its_scale(close: np.ndarray) -> None:
    made = relative_strength_index(close, length=4)
    assert ((made[:, 4:] >= 0.0) & (made[:, 4:] <= 100.0)).all()


@pytest.mark.parametrize("length", [0, -1, 2.0, True])
def test_a_length_that_is_no_count_of_bars_raises(length: int) -> None:
    with pytest.raises(StrategyError, match="length must be a whole number"):
        simple_moving_average(np.ones((1, 5)), length=length)


def test_a_skip_beyond_the_lookback_raises() -> None:
    with pytest.raises(StrategyError, match="lookback 5 and skip 5"):
        lagged_return(np.ones((1, 9)), lookback=5, skip=5)


def test_one_axis_raises() -> None:
    with pytest.raises(StrategyError, match=r"got shape \(5,\)"):
        simple_moving_average(np.ones(5), length=2)
