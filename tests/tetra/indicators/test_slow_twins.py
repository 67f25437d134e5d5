"""Kernels against loops and libraries that are easier to read: exact windows, pandas, plain Python."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.tetra.indicators.bars import Bars, random_bars

from tetra.indicators.averages import simple_moving_average
from tetra.indicators.bands import keltner_channels, rolling_standard_deviation, z_score
from tetra.indicators.channels import rolling_maximum, rolling_minimum
from tetra.indicators.momentum import lagged_return
from tetra.indicators.own_bars import on_own_bars

# calm stretches after wild ones: where running sums lose digits
levels = st.sampled_from([0.0, 1.0, 100.0, 1e4, 1e6])
moves = st.one_of(st.floats(-0.01, 0.01), st.floats(-1.0, 1.0), st.just(0.0))
rough_series = st.lists(st.tuples(levels, st.lists(moves, min_size=1, max_size=25)), min_size=1, max_size=6).map(
    lambda parts: np.array([[level + move for level, stretch in parts for move in stretch]])
)


def _windows(values: np.ndarray, length: int) -> list[list[float]]:
    return [values[0, bar - length + 1 : bar + 1].tolist() for bar in range(length - 1, values.shape[1])]


@settings(deadline=None)
@given(values=rough_series, length=st.integers(2, 12))
def test_rolling_standard_deviation_equals_its_exact_value(values: np.ndarray, length: int) -> None:
    made = rolling_standard_deviation(values, length=length)[0, length - 1 :]
    exact = [math.sqrt(statistics.pvariance([Fraction(x) for x in window])) for window in _windows(values, length)]
    np.testing.assert_allclose(made, exact, rtol=1e-9, atol=0.0)


def test_rolling_standard_deviation_keeps_its_digits_over_thousands_of_bars() -> None:
    bars = random_bars(n_series=1, n_bars=5000, seed=31)
    spiked = bars.close.copy()
    spiked[0, ::977] = 1e9  # a bad print must not be felt once it has left the window
    for length in (2, 20, 300):
        made = rolling_standard_deviation(spiked, length=length)[0, length - 1 :]
        windows = np.lib.stride_tricks.sliding_window_view(spiked[0], length)
        np.testing.assert_allclose(made, windows.std(axis=1), rtol=1e-9, atol=0.0)


@settings(deadline=None)
@given(values=rough_series, length=st.integers(1, 12))
def test_simple_moving_average_equals_the_mean_of_each_window(values: np.ndarray, length: int) -> None:
    made = simple_moving_average(values, length=length)[0, length - 1 :]
    exact = [math.fsum(window) / length for window in _windows(values, length)]
    np.testing.assert_allclose(made, exact, rtol=0.0, atol=1e-12 * max(1.0, np.abs(values).max()))


def test_simple_moving_average_does_not_drift() -> None:
    close = random_bars(n_series=1, n_bars=50_000, seed=32).close
    made = simple_moving_average(close, length=20)[0, 19:]
    windows = np.lib.stride_tricks.sliding_window_view(close[0], 20)
    np.testing.assert_allclose(made, windows.mean(axis=1), rtol=1e-13)


@settings(deadline=None)
@given(
    values=st.integers(0, 60).flatmap(lambda n: arrays(np.float64, (2, n), elements=st.floats(-9.0, 9.0))),
    length=st.integers(1, 70),
)
def test_channels_equal_the_extremes_of_each_window(values: np.ndarray, length: int) -> None:
    highest, lowest = rolling_maximum(values, length=length), rolling_minimum(values, length=length)
    for row in range(2):
        windows = _windows(values[row : row + 1], length)
        np.testing.assert_array_equal(highest[row, length - 1 :], [max(window) for window in windows])
        np.testing.assert_array_equal(lowest[row, length - 1 :], [min(window) for window in windows])


@settings(deadline=None)
@given(values=rough_series, length=st.integers(2, 12))
def test_z_score_equals_the_standardised_last_value_of_each_window(values: np.ndarray, length: int) -> None:
    made = z_score(values, length=length)[0, length - 1 :]
    for score, window in zip(made, _windows(values, length), strict=True):
        exact = [Fraction(x) for x in window]
        deviation = math.sqrt(statistics.pvariance(exact))
        if deviation == 0.0:
            assert math.isnan(score)
        else:
            # the mean is a float64, so its rounding counts where the deviation is tiny beside the level
            rounding = 8.0 * np.finfo(float).eps * max(map(abs, window)) / deviation
            expected = float(exact[-1] - statistics.mean(exact)) / deviation
            assert score == pytest.approx(expected, rel=1e-9, abs=1e-9 + rounding)


@pytest.mark.parametrize("length", [2, 20, 60])
def test_z_score_equals_pandas(length: int) -> None:
    close = random_bars(n_bars=800).close
    frame = pd.DataFrame(close.T)
    window = frame.rolling(length)
    expected = (frame - window.mean()) / window.std(ddof=0)
    np.testing.assert_allclose(z_score(close, length=length), expected.to_numpy().T, rtol=0.0, atol=1e-9)


def _smoothed(values: pd.Series, start: int, length: int, alpha: float) -> pd.Series:
    """Exponential smoothing that starts at the plain mean of the first ``length`` values from ``start`` on."""
    seeded = values.copy()
    first = start + length - 1
    seeded.iloc[:first] = np.nan
    seeded.iloc[first] = values.iloc[start : first + 1].mean()
    return seeded.ewm(alpha=alpha, adjust=False).mean()


def test_keltner_channels_equal_pandas() -> None:
    bars = random_bars(n_bars=800)
    made = keltner_channels(bars.high, bars.low, bars.close, length=20, range_length=10, multiple=2.0)
    for row in range(4):
        high, low, close = (pd.Series(values[row]) for values in (bars.high, bars.low, bars.close))
        before = close.shift()
        spans = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
        middle = _smoothed(close, 0, 20, 2.0 / 21.0)
        half = 2.0 * _smoothed(spans, 1, 10, 1.0 / 10.0)
        for output, expected in zip(made, (middle - half, middle, middle + half), strict=True):
            np.testing.assert_allclose(output[row], expected.to_numpy(), rtol=1e-11)


@pytest.mark.parametrize(("lookback", "skip"), [(1, 0), (6, 2), (252, 21)])
def test_lagged_return_equals_a_loop(lookback: int, skip: int) -> None:
    close = random_bars(n_series=1, n_bars=600).close
    made = lagged_return(close, lookback=lookback, skip=skip)[0]
    prices = close[0].tolist()
    expected = [prices[bar - skip] / prices[bar - lookback] - 1.0 for bar in range(lookback, 600)]
    np.testing.assert_array_equal(made[lookback:], expected)


def _numbered(bars: Bars) -> np.ndarray:
    """For each series' own bars 0, 1, 2, …: what a kernel that counts bars makes of gaps."""

    def count(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray]:
        return (np.tile(np.arange(first.shape[1], dtype=np.float64), (first.shape[0], 1)),)

    return on_own_bars(count, bars.high, bars.low)[0]


def test_gaps_in_any_input_are_closed_for_all_of_them() -> None:
    gap = np.nan
    high = np.array([[1.0, gap, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0]])
    low = np.array([[1.0, 1.0, 1.0, gap, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0]])
    made = _numbered(Bars(high, low, high, high))
    np.testing.assert_array_equal(made, [[0.0, gap, 1.0, gap, 2.0], [0.0, 1.0, 2.0, 3.0, 4.0]])
