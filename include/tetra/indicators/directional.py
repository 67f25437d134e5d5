"""Wilder's directional movement: which way a price moves, and how steadily."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.checks import bar_count
from tetra.indicators.own_bars import on_own_bars
from tetra.typing import FloatArray


def directional_movement(
    high: FloatArray, low: FloatArray, close: FloatArray, *, length: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the plus and minus directional indicators and the average directional index.

    Parameters
    ----------
    high, low, close : ndarray of shape (n_series, n_bars)
        Prices; a bar that lacks one of them is missing.
    length : int
        Bars of Wilder's smoothing, at least 2.

    Returns
    -------
    plus_index, minus_index, average_index : ndarray of shape (n_series, n_bars)
        +DI, -DI and ADX, 0 to 100; NaN on missing bars and for the first ``length`` bars of a series (ADX:
        ``2 * length - 1`` bars).

    Raises
    ------
    StrategyError
        If ``length`` is not a whole number of at least 2 or the inputs have not one shape of two axes.

    Notes
    -----
    As in TA-Lib the first sums hold ``length - 1`` moves and the smoothing starts with the next one; a bar
    without direction (+DI and -DI both 0) adds 0 to the first mean of ADX and is left out of its smoothing
    afterwards. A price that never moved has +DI and -DI 0.

    References
    ----------
    .. [1] Wilder (1978), "New Concepts in Technical Trading Systems", section IV.
    """
    count = bar_count("length", length, least=2)
    plus_index, minus_index, average_index = on_own_bars(
        lambda highs, lows, closes: _directional_movement(highs, lows, closes, count), high, low, close
    )
    return plus_index, minus_index, average_index


@compiled()
def _directional_movement(
    high: FloatArray, low: FloatArray, close: FloatArray, length: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    plus_index, minus_index, average_index = np.empty(close.shape), np.empty(close.shape), np.empty(close.shape)
    keep, weight = (length - 1.0) / length, 1.0 / length
    ready = min(length, close.shape[1])
    for row in range(close.shape[0]):
        highs, lows, closes = high[row], low[row], close[row]
        plus_index[row, :ready], minus_index[row, :ready], average_index[row, :ready] = np.nan, np.nan, np.nan
        plus, minus, span, average = 0.0, 0.0, 0.0, 0.0
        for bar in range(1, ready):
            up, down, full = _move(highs, lows, closes, bar)
            plus, minus, span = plus + up, minus + down, span + full
        for bar in range(ready, close.shape[1]):
            up, down, full = _move(highs, lows, closes, bar)
            plus, minus, span = plus * keep + up, minus * keep + down, span * keep + full
            scale = 100.0 / span if span > 0.0 else 0.0
            plus_index[row, bar], minus_index[row, bar] = plus * scale, minus * scale
            if plus + minus > 0.0:  # the first average is a plain mean of `length` values
                kept = keep if bar >= 2 * length else 1.0
                average = average * kept + 100.0 * weight * (abs(plus - minus) / (plus + minus))
            average_index[row, bar] = average if bar >= 2 * length - 1 else np.nan
    return plus_index, minus_index, average_index


@compiled()
def _move(high: FloatArray, low: FloatArray, close: FloatArray, bar: int) -> tuple[float, float, float]:
    # only the larger of the moves beyond the bar before counts, and none when they are equal; a product, because
    # a branch on what prices do next is guessed wrong half of the time
    up, down, before = high[bar] - high[bar - 1], low[bar - 1] - low[bar], close[bar - 1]
    full = max(high[bar] - low[bar], abs(high[bar] - before), abs(low[bar] - before))
    return (up > down) * max(up, 0.0), (down > up) * max(down, 0.0), full
