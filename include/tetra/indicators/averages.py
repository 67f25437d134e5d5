"""Moving averages."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.checks import bar_count
from tetra.indicators.own_bars import on_own_bars
from tetra.typing import FloatArray

LEAST_STRIDE = 64
"""A running sum is summed afresh at least this many bars apart: rounding does not build up, and the cost is small."""


def simple_moving_average(values: FloatArray, *, length: int) -> FloatArray:
    """Return the mean of the last ``length`` bars, the current one included.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_bars)
        Prices or another series; NaN where a bar is missing.
    length : int
        Bars in the mean, at least 1.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        In the unit of ``values``; NaN for the first ``length - 1`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a positive whole number or ``values`` has not two axes.

    Notes
    -----
    The mean of equal values is that value to the bit, so that averages of two lengths agree on a price that
    stands still. TA-Lib's carry rounding from earlier bars, and a crossover rule would trade on it.
    """
    count = bar_count("length", length)
    return on_own_bars(lambda rows: (average_from(rows, 0, count),), values)[0]


def exponential_moving_average(values: FloatArray, *, length: int) -> FloatArray:
    """Return the average whose weights fall by the factor ``1 - 2 / (length + 1)`` per bar back.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_bars)
        Prices or another series; NaN where a bar is missing.
    length : int
        Bars in the simple mean it starts from, and the span of the weights; at least 1.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        In the unit of ``values``; NaN for the first ``length - 1`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a positive whole number or ``values`` has not two axes.

    Notes
    -----
    Starts as TA-Lib's does, from the simple mean of the first ``length`` bars; pandas' starts from the first bar.
    """
    count = bar_count("length", length)
    return on_own_bars(lambda rows: (exponential_average_from(rows, 0, count),), values)[0]


@compiled()
def average_from(values: FloatArray, start: int, length: int) -> FloatArray:
    """Return the simple moving average of gapless rows whose first value stands at bar ``start``."""
    averages = np.empty(values.shape)
    n_bars = values.shape[1]
    ready = min(start + length - 1, n_bars)
    stride = max(length, LEAST_STRIDE)
    weight = 1.0 / length
    for row in range(values.shape[0]):
        own, made = values[row], averages[row]
        made[:ready] = np.nan
        for first in range(ready, n_bars, stride):
            total = _sum_between(own, first - length + 1, first + 1)
            made[first] = total * weight
            for bar in range(first + 1, min(first + stride, n_bars)):
                total += own[bar] - own[bar - length]
                made[bar] = total * weight
        _settle_flat_windows(own, made, ready, length)
    return averages


@compiled()
def _sum_between(own: FloatArray, first: int, stop: int) -> float:
    # four sums side by side: one alone waits for each addition to finish before the next
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    bar = first
    while bar + 4 <= stop:
        a += own[bar]
        b += own[bar + 1]
        c += own[bar + 2]
        d += own[bar + 3]
        bar += 4
    while bar < stop:
        a += own[bar]
        bar += 1
    return (a + b) + (c + d)


@compiled()
def _settle_flat_windows(own: FloatArray, averages: FloatArray, ready: int, length: int) -> None:
    repeats = 0
    for bar in range(1, own.size):
        repeats += own[bar] == own[bar - 1]
    if repeats < length - 1:
        return  # no window can be flat: spare most rows the branchy pass below
    run = 0
    for bar in range(max(ready - length + 1, 0), own.size):
        run = run + 1 if bar > 0 and own[bar] == own[bar - 1] else 1
        if run >= length:
            averages[bar] = own[bar]


@compiled()
def exponential_average_from(values: FloatArray, start: int, length: int) -> FloatArray:
    """Return the exponential moving average of gapless rows whose first value stands at bar ``start``."""
    averages = np.empty(values.shape)
    n_bars = values.shape[1]
    ready = min(start + length - 1, n_bars)
    weight = 2.0 / (length + 1.0)
    for row in range(values.shape[0]):
        own, made = values[row], averages[row]
        made[:ready] = np.nan
        if ready == n_bars:
            continue
        average = _sum_between(own, start, start + length) / length
        made[ready] = average
        for bar in range(ready + 1, n_bars):
            average += (own[bar] - average) * weight  # in this form an average of equal values stays put
            made[bar] = average
    return averages
