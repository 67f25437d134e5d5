"""Ranges: how far a price moves in a bar."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.checks import bar_count
from tetra.indicators.own_bars import on_own_bars
from tetra.typing import FloatArray


def true_range(high: FloatArray, low: FloatArray, close: FloatArray) -> FloatArray:
    """Return the range of each bar, the gap from the close before included.

    Parameters
    ----------
    high, low, close : ndarray of shape (n_series, n_bars)
        Prices; a bar that lacks one of them is missing.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        The largest of high less low, high from the close before, and low from the close before, in the unit
        of the prices; NaN on the first bar of a series, which has no close before it, and on missing bars.

    Raises
    ------
    StrategyError
        If the inputs have not one shape of two axes.

    References
    ----------
    .. [1] Wilder (1978), "New Concepts in Technical Trading Systems", section III.
    """
    return average_true_range(high, low, close, length=1)


def average_true_range(high: FloatArray, low: FloatArray, close: FloatArray, *, length: int) -> FloatArray:
    """Return Wilder's average of the true range.

    Parameters
    ----------
    high, low, close : ndarray of shape (n_series, n_bars)
        Prices; a bar that lacks one of them is missing.
    length : int
        Ranges in the first, plain mean and the smoothing constant after it, at least 1.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        In the unit of the prices; NaN for the first ``length`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a positive whole number or the inputs have not one shape of two axes.

    References
    ----------
    .. [1] Wilder (1978), "New Concepts in Technical Trading Systems", section III.
    """
    count = bar_count("length", length)

    def ranges(highs: FloatArray, lows: FloatArray, closes: FloatArray) -> tuple[FloatArray]:
        return (average_true_range_of(highs, lows, closes, count),)

    return on_own_bars(ranges, high, low, close)[0]


@compiled()
def average_true_range_of(high: FloatArray, low: FloatArray, close: FloatArray, length: int) -> FloatArray:
    """Return Wilder's average true range of gapless rows; of length 1 it is the true range."""
    averages = np.empty(close.shape)
    n_bars = close.shape[1]
    ready = min(length, n_bars)
    keep, weight = (length - 1.0) / length, 1.0 / length
    for row in range(close.shape[0]):
        highs, lows, closes, made = high[row], low[row], close[row], averages[row]
        made[:ready] = np.nan
        average = 0.0
        for bar in range(1, n_bars):
            before = closes[bar - 1]
            full = max(highs[bar] - lows[bar], abs(highs[bar] - before), abs(lows[bar] - before))
            average = average * (keep if bar > length else 1.0) + full * weight
            if bar >= length:
                made[bar] = average
    return averages
