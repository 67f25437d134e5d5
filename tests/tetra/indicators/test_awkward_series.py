"""Flat windows, prices of zero and below, and arguments that make no sense."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import talib
from tests.tetra.indicators.bars import random_bars

from tetra.errors import StrategyError
from tetra.indicators.averages import exponential_moving_average, simple_moving_average
from tetra.indicators.bands import bollinger_bands, keltner_channels, rolling_standard_deviation, z_score
from tetra.indicators.channels import rolling_maximum, rolling_minimum
from tetra.indicators.directional import directional_movement
from tetra.indicators.momentum import lagged_return, macd
from tetra.indicators.oscillators import relative_strength_index, stochastic
from tetra.indicators.parabolic_sar import parabolic_stop_and_reverse
from tetra.indicators.ranges import average_true_range, true_range
from tetra.indicators.volume import on_balance_volume


@pytest.fixture
def halted() -> np.ndarray:
    """A series that moves for 300 bars and then stands still for 60, as a halted share does."""
    close = random_bars(n_series=3, n_bars=360, seed=41).close
    close[:, 300:] = close[:, 299:300]
    return close


def test_averages_of_all_lengths_agree_on_a_price_that_stands_still(halted: np.ndarray) -> None:
    for length in (1, 20, 50):
        np.testing.assert_array_equal(simple_moving_average(halted, length=length)[:, 349:], halted[:, 349:])
    apart = talib.SMA(halted[0], 20) - talib.SMA(halted[0], 50)
    assert (apart[349:] != 0.0).any()  # TA-Lib's carry rounding: the difference named in the docstring


def test_a_price_that_stands_still_has_no_deviation_and_no_score(halted: np.ndarray) -> None:
    assert (rolling_standard_deviation(halted, length=20)[:, 319:] == 0.0).all()
    assert (rolling_standard_deviation(halted, length=20)[:, 19:318] > 0.0).all()
    assert np.isnan(z_score(halted, length=20)[:, 319:]).all()
    assert np.isfinite(z_score(halted, length=20)[:, 19:318]).all()


def test_bollinger_bands_of_a_flat_window_are_the_price_itself(halted: np.ndarray) -> None:
    for line in bollinger_bands(halted, length=20, deviations=2.0):
        np.testing.assert_array_equal(line[:, 319:], halted[:, 319:])


def test_relative_strength_of_a_series_that_stands_still_is_neutral() -> None:
    made = relative_strength_index(np.full((1, 6), 10.0), length=3)
    np.testing.assert_array_equal(made, [[np.nan, np.nan, np.nan, 50.0, 50.0, 50.0]])
    assert talib.RSI(np.full(6, 10.0), 3)[-1] == 0.0


def test_stochastic_of_a_flat_window_is_neutral(halted: np.ndarray) -> None:
    for line in stochastic(halted, halted, halted, length=14, smooth=3, signal=3):
        np.testing.assert_array_equal(line[:, -20:], 50.0)
    assert talib.STOCH(halted[0], halted[0], halted[0], 14, 3, 0, 3, 0)[0][-1] == pytest.approx(0.0, abs=1e-9)


def test_a_series_that_never_moved_has_no_direction() -> None:
    still = np.full((1, 12), 10.0)
    for output, first in zip(directional_movement(still, still, still, length=3), (3, 3, 5), strict=True):
        np.testing.assert_array_equal(output[0, first:], 0.0)


def test_lagged_return_leaves_out_the_skipped_bars() -> None:
    # at the last bar: from 100 (three bars back) to 110 (one bar back)
    made = lagged_return(np.array([[100.0, 105.0, 110.0, 50.0]]), lookback=3, skip=1)
    np.testing.assert_allclose(made, [[np.nan, np.nan, np.nan, 0.1]])


def test_return_from_a_negative_price_is_undefined() -> None:
    made = lagged_return(np.array([[18.27, -36.98, 10.01]]), lookback=1)
    assert np.isnan(made).all()


def test_on_balance_volume_adds_rising_bars_and_takes_off_falling_ones() -> None:
    close = np.array([[10.0, 11.0, 11.0, 9.0]])
    # 5 at the start, +3 rising, 7 at an unchanged close left out, -4 falling
    made = on_balance_volume(close, np.array([[5.0, 3.0, 7.0, 4.0]]))
    np.testing.assert_array_equal(made, [[5.0, 8.0, 8.0, 4.0]])


def test_true_range_counts_the_gap_from_the_close_before() -> None:
    # 12 to 11 after a close of 9: 12 - 9
    made = true_range(np.array([[10.0, 12.0]]), np.array([[8.0, 11.0]]), np.array([[9.0, 11.5]]))
    np.testing.assert_array_equal(made, [[np.nan, 3.0]])


ROW = np.ones((1, 9))
BAD_ARGUMENTS: dict[str, tuple[Callable[[], object], str]] = {
    "average": (lambda: simple_moving_average(ROW, length=0), "length must be .* at least 1; got 0"),
    "fraction": (lambda: simple_moving_average(ROW, length=2.0), "length must be a whole number .* got 2.0"),
    "flag": (lambda: simple_moving_average(ROW, length=True), "length must be a whole number .* got True"),
    "exponential": (lambda: exponential_moving_average(ROW, length=-1), "length must be .* got -1"),
    "deviation": (lambda: rolling_standard_deviation(ROW, length=1), "length must be .* at least 2; got 1"),
    "bollinger": (lambda: bollinger_bands(ROW, length=1, deviations=2.0), "length must be .* at least 2"),
    "bollinger width": (lambda: bollinger_bands(ROW, length=5, deviations=0.0), "deviations must be .* got 0.0"),
    "score": (lambda: z_score(ROW, length=1), "length must be .* at least 2; got 1"),
    "keltner": (
        lambda: keltner_channels(ROW, ROW, ROW, length=0, range_length=5, multiple=2.0),
        "length must be .* got 0",
    ),
    "keltner range": (
        lambda: keltner_channels(ROW, ROW, ROW, length=5, range_length=0, multiple=2.0),
        "range_length must be .* got 0",
    ),
    "keltner width": (
        lambda: keltner_channels(ROW, ROW, ROW, length=5, range_length=5, multiple=float("nan")),
        "multiple must be a finite number above 0; got nan",
    ),
    "maximum": (lambda: rolling_maximum(ROW, length=0), "length must be .* got 0"),
    "minimum": (lambda: rolling_minimum(ROW, length=0), "length must be .* got 0"),
    "return": (lambda: lagged_return(ROW, lookback=5, skip=5), "lookback 5 and skip 5"),
    "macd order": (lambda: macd(ROW, fast=26, slow=12, signal=9), "fast must be below slow; got fast 26 and slow 12"),
    "macd signal": (lambda: macd(ROW, fast=12, slow=26, signal=0), "signal must be .* got 0"),
    "strength": (lambda: relative_strength_index(ROW, length=1), "length must be .* at least 2; got 1"),
    "stochastic": (lambda: stochastic(ROW, ROW, ROW, length=5, smooth=0, signal=3), "smooth must be .* got 0"),
    "average range": (lambda: average_true_range(ROW, ROW, ROW, length=0), "length must be .* got 0"),
    "directional": (lambda: directional_movement(ROW, ROW, ROW, length=1), "length must be .* at least 2; got 1"),
    "stop": (
        lambda: parabolic_stop_and_reverse(ROW, ROW, acceleration=0.3, maximum=0.2),
        "acceleration must not exceed maximum; got 0.3 and 0.2",
    ),
    "stop step": (
        lambda: parabolic_stop_and_reverse(ROW, ROW, acceleration=-0.1, maximum=0.2),
        "acceleration must be a finite number above 0",
    ),
    "one axis": (lambda: simple_moving_average(np.ones(5), length=2), r"got shape \(5,\); add an axis"),
    "two shapes": (lambda: on_balance_volume(ROW, np.ones((1, 8))), r"must have one shape; got \(1, 9\), \(1, 8\)"),
}


@pytest.mark.parametrize("name", BAD_ARGUMENTS)
def test_an_argument_that_makes_no_sense_is_named(name: str) -> None:
    call, message = BAD_ARGUMENTS[name]
    with pytest.raises(StrategyError, match=message):
        call()
