"""Bands around an average, and how far a value stands from it."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.averages import exponential_average_from
from tetra.indicators.checks import bar_count, positive_number
from tetra.indicators.own_bars import on_own_bars
from tetra.indicators.ranges import average_true_range_of
from tetra.typing import FloatArray

RESEED_SHARE = 1e-3
"""Below this share of the largest squares added since the last fresh sum, rounding would show: sum afresh."""

LEAST_STRIDE = 256
"""A fresh sum is taken at least this many bars apart in any case."""


def rolling_standard_deviation(values: FloatArray, *, length: int) -> FloatArray:
    """Return the population standard deviation of the last ``length`` bars.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_bars)
        Prices or another series; NaN where a bar is missing.
    length : int
        Bars in the window, at least 2.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Not negative, in the unit of ``values``, divided by ``length`` (ddof 0, as TA-Lib's STDDEV); NaN for
        the first ``length - 1`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a whole number of at least 2 or ``values`` has not two axes.

    Notes
    -----
    Exactly 0 for a window of equal values and only there. The sums are taken around a recent mean, and afresh
    when they cancel, so that the digits of a small deviation survive a large move before it.
    """
    count = bar_count("length", length, least=2)
    return on_own_bars(lambda rows: _mean_and_deviation(rows, count), values)[1]


def bollinger_bands(close: FloatArray, *, length: int, deviations: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the simple moving average and the lines a number of standard deviations below and above it.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        Prices; NaN where a bar is missing.
    length : int
        Bars in the window, at least 2.
    deviations : float
        Population standard deviations from the middle to each band, above 0.

    Returns
    -------
    lower, middle, upper : ndarray of shape (n_series, n_bars)
        In the unit of ``close``; NaN for the first ``length - 1`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a whole number of at least 2, ``deviations`` is not a number above 0, or
        ``close`` has not two axes.

    Notes
    -----
    Where the window is flat the three lines are the price itself, to the bit: a price that stands still is
    neither below nor above its bands. TA-Lib's lines differ from it by rounding.

    References
    ----------
    .. [1] Bollinger (2001), "Bollinger on Bollinger Bands", chapter 7.
    """
    count, factor = bar_count("length", length, least=2), positive_number("deviations", deviations)
    middle, deviation = on_own_bars(lambda rows: _mean_and_deviation(rows, count), close)
    half = factor * deviation
    return middle - half, middle, middle + half


def z_score(values: FloatArray, *, length: int) -> FloatArray:
    """Return how many standard deviations each value stands above the mean of the last ``length`` bars.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_bars)
        Prices, a spread or another series; NaN where a bar is missing.
    length : int
        Bars in the window, the current one included, at least 2.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Negative below the mean, at most ``sqrt(length - 1)`` in size; NaN for the first ``length - 1`` bars
        of a series, on missing bars, and where the window is flat.

    Raises
    ------
    StrategyError
        If ``length`` is not a whole number of at least 2 or ``values`` has not two axes.

    Notes
    -----
    Population deviation (ddof 0). In a flat window the score is 0 / 0 and undefined: NaN.
    """
    count = bar_count("length", length, least=2)
    return on_own_bars(lambda rows: (_standardised(rows, count),), values)[0]


def keltner_channels(
    high: FloatArray, low: FloatArray, close: FloatArray, *, length: int, range_length: int, multiple: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the exponential average of closes and the lines some average true ranges below and above it.

    Parameters
    ----------
    high, low, close : ndarray of shape (n_series, n_bars)
        Prices; a bar that lacks one of them is missing.
    length : int
        Bars of the exponential average, at least 1.
    range_length : int
        Bars of Wilder's average true range, at least 1.
    multiple : float
        Ranges from the middle to each band, above 0.

    Returns
    -------
    lower, middle, upper : ndarray of shape (n_series, n_bars)
        In the unit of ``close``; NaN on missing bars and until they are ready: the middle after ``length - 1``
        bars of a series, the bands after ``range_length`` bars too.

    Raises
    ------
    StrategyError
        If a length is not a positive whole number, ``multiple`` is not a number above 0, or the inputs have
        not one shape of two axes.

    References
    ----------
    .. [1] Keltner (1960), "How to Make Money in Commodities", in the form of Linda Bradford Raschke:
       exponential average and average true range.
    """
    average, span = bar_count("length", length), bar_count("range_length", range_length)
    factor = positive_number("multiple", multiple)

    def lines(highs: FloatArray, lows: FloatArray, closes: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        middle = exponential_average_from(closes, 0, average)
        half = factor * average_true_range_of(highs, lows, closes, span)
        return middle - half, middle, middle + half

    lower, middle, upper = on_own_bars(lines, high, low, close)
    return lower, middle, upper


@compiled()
def _mean_and_deviation(values: FloatArray, length: int) -> tuple[FloatArray, FloatArray]:
    means = np.empty(values.shape)
    deviations = np.empty(values.shape)
    n_bars = values.shape[1]
    ready = min(length - 1, n_bars)
    weight = 1.0 / length
    for row in range(values.shape[0]):
        own = values[row]
        means[row, :ready] = np.nan
        deviations[row, :ready] = np.nan
        base, total, squares, largest = 0.0, 0.0, 0.0, 0.0  # sums of x - base and of its square over the window
        due = ready
        for bar in range(ready, n_bars):
            if bar < due:
                new, old = own[bar] - base, own[bar - length] - base
                total += new - old
                squares += (new - old) * (new + old)
                largest = max(largest, squares)
            spread = squares - total * (total * weight)
            if bar >= due or spread < RESEED_SHARE * largest:
                base, total, squares = _sums_around_mean(own, bar - length + 1, bar + 1)
                largest, spread = squares, max(squares - total * (total * weight), 0.0)
                due = bar + max(length, LEAST_STRIDE)
            means[row, bar] = base + total * weight
            deviations[row, bar] = np.sqrt(spread * weight)
    return means, deviations


@compiled()
def _sums_around_mean(own: FloatArray, first: int, stop: int) -> tuple[float, float, float]:
    # the mean is taken around the last value, so that the mean of equal values is that value and the sums are 0;
    # elsewhere it is rounded, and the sum around it holds the rest
    last = own[stop - 1]
    total = 0.0
    for bar in range(first, stop):
        total += own[bar] - last
    mean = last + total / (stop - first)
    total, squares = 0.0, 0.0
    for bar in range(first, stop):
        total += own[bar] - mean
        squares += (own[bar] - mean) ** 2
    return mean, total, squares


def _standardised(values: FloatArray, length: int) -> FloatArray:
    means, deviations = _mean_and_deviation(values, length)
    return _scores(values, means, deviations)


@compiled()
def _scores(values: FloatArray, means: FloatArray, deviations: FloatArray) -> FloatArray:
    scores = np.empty(values.shape)
    for row in range(values.shape[0]):
        for bar in range(values.shape[1]):
            deviation = deviations[row, bar]
            scores[row, bar] = (values[row, bar] - means[row, bar]) / deviation if deviation > 0.0 else np.nan
    return scores
