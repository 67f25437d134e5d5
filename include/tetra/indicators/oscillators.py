"""Oscillators: bounded measures of how one-sided recent moves were."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.averages import average_from
from tetra.indicators.channels import largest_of, smallest_of
from tetra.indicators.checks import bar_count
from tetra.indicators.own_bars import on_own_bars
from tetra.typing import FloatArray

NEUTRAL = 50.0
"""The middle of a scale from 0 to 100: what an oscillator says of a price that stands still."""


def relative_strength_index(close: FloatArray, *, length: int) -> FloatArray:
    """Return Wilder's relative strength index.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        Prices; NaN where a bar is missing.
    length : int
        Changes in the first average and the smoothing constant after it, at least 2.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        0 to 100; NaN for the first ``length`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a whole number of at least 2 or ``close`` has not two axes.

    Notes
    -----
    A series that did not move at all is neither strong nor weak: 50. TA-Lib says 0 there, which a rule
    reads as oversold.

    References
    ----------
    .. [1] Wilder (1978), "New Concepts in Technical Trading Systems", section VI.
    """
    count = bar_count("length", length, least=2)
    return on_own_bars(lambda rows: (_relative_strength_index(rows, count),), close)[0]


def stochastic(
    high: FloatArray, low: FloatArray, close: FloatArray, *, length: int, smooth: int, signal: int
) -> tuple[FloatArray, FloatArray]:
    """Return the slow stochastic: where the close stands in the range of the last bars, smoothed, and its signal.

    Parameters
    ----------
    high, low, close : ndarray of shape (n_series, n_bars)
        Prices; a bar that lacks one of them is missing.
    length : int
        Bars in the range, at least 1.
    smooth : int
        Bars of the simple average that makes %K; 1 gives the fast stochastic.
    signal : int
        Bars of the simple average of %K that is %D, at least 1.

    Returns
    -------
    percent_k, percent_d : ndarray of shape (n_series, n_bars)
        0 to 100; both NaN for the first ``length + smooth + signal - 3`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If a count is not a positive whole number or the inputs have not one shape of two axes.

    Notes
    -----
    TA-Lib's ``STOCH`` with simple averages. Where the highest high is the lowest low the close is neither:
    50. TA-Lib says 0 there, which a rule reads as oversold.

    References
    ----------
    .. [1] Lane (1984), "Lane's Stochastics", Technical Analysis of Stocks and Commodities 2(3).
    """
    span, first, second = bar_count("length", length), bar_count("smooth", smooth), bar_count("signal", signal)

    def lines(highs: FloatArray, lows: FloatArray, closes: FloatArray) -> tuple[FloatArray, FloatArray]:
        place = _place_in_range(largest_of(highs, span), smallest_of(lows, span), closes)
        percent_k = average_from(place, span - 1, first)
        percent_d = average_from(percent_k, span + first - 2, second)
        percent_k[:, : span + first + second - 3] = np.nan
        return _within_scale(percent_k), _within_scale(percent_d)

    percent_k, percent_d = on_own_bars(lines, high, low, close)
    return percent_k, percent_d


@compiled()
def _relative_strength_index(close: FloatArray, length: int) -> FloatArray:
    index = np.empty(close.shape)
    n_bars = close.shape[1]
    ready = min(length, n_bars)
    keep, weight = (length - 1.0) / length, 1.0 / length
    for row in range(close.shape[0]):
        own, made = close[row], index[row]
        made[:ready] = np.nan
        gain, loss = 0.0, 0.0
        for bar in range(1, n_bars):
            change = own[bar] - own[bar - 1]
            # the first average is the plain mean of `length` changes; Wilder's smoothing follows
            kept = keep if bar > length else 1.0
            gain = gain * kept + max(change, 0.0) * weight
            loss = loss * kept + max(-change, 0.0) * weight
            if bar >= length:
                both = gain + loss
                made[bar] = 100.0 * (gain / both) if both > 0.0 else NEUTRAL
    return index


@compiled()
def _place_in_range(highest: FloatArray, lowest: FloatArray, close: FloatArray) -> FloatArray:
    place = np.empty(close.shape)
    for row in range(close.shape[0]):
        for bar in range(close.shape[1]):
            span = highest[row, bar] - lowest[row, bar]
            above = close[row, bar] - lowest[row, bar]
            place[row, bar] = 100.0 * (above / span) if span != 0.0 else NEUTRAL
    return place


@compiled()
def _within_scale(values: FloatArray) -> FloatArray:
    # a running average of values from 0 to 100 may pass the ends by a rounding; NaN stays NaN
    for row in range(values.shape[0]):
        for bar in range(values.shape[1]):
            value = values[row, bar]
            values[row, bar] = 0.0 if value < 0.0 else 100.0 if value > 100.0 else value
    return values
