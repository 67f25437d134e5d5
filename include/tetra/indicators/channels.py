"""Channels: the highest and the lowest value of the last bars."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.checks import bar_count
from tetra.indicators.own_bars import on_own_bars
from tetra.typing import FloatArray


def rolling_maximum(values: FloatArray, *, length: int) -> FloatArray:
    """Return the largest of the last ``length`` bars, the current one included.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_bars)
        Prices or another series; NaN where a bar is missing.
    length : int
        Bars in the window, at least 1.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        In the unit of ``values``; NaN for the first ``length - 1`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a positive whole number or ``values`` has not two axes.
    """
    count = bar_count("length", length)
    return on_own_bars(lambda rows: (largest_of(rows, count),), values)[0]


def rolling_minimum(values: FloatArray, *, length: int) -> FloatArray:
    """Return the smallest of the last ``length`` bars, the current one included.

    Parameters
    ----------
    values : ndarray of shape (n_series, n_bars)
        Prices or another series; NaN where a bar is missing.
    length : int
        Bars in the window, at least 1.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        In the unit of ``values``; NaN for the first ``length - 1`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a positive whole number or ``values`` has not two axes.
    """
    count = bar_count("length", length)
    return on_own_bars(lambda rows: (smallest_of(rows, count),), values)[0]


def smallest_of(values: FloatArray, length: int) -> FloatArray:
    """Return the rolling minimum of gapless rows."""
    return -largest_of(-values, length)


@compiled()
def largest_of(values: FloatArray, length: int) -> FloatArray:
    """Return the rolling maximum of gapless rows.

    Notes
    -----
    The method of van Herk (1992) and Gil and Werman (1993): a window of ``length`` bars is the end of one
    block of that length and the beginning of the next, so two running maxima serve every bar, whatever the
    length. The end of a block is looked up only by windows that reach the end of the block.
    """
    largest = np.empty(values.shape)
    n_bars = values.shape[1]
    ready = min(length - 1, n_bars)
    to_block_end = np.empty(n_bars)
    for row in range(values.shape[0]):
        own, made = values[row], largest[row]
        for first in range(0, n_bars, length):
            stop = min(first + length, n_bars)
            best = own[first]
            for bar in range(first, stop):
                best = max(best, own[bar])
                made[bar] = best
            best = own[stop - 1]
            for bar in range(stop - 1, first - 1, -1):
                best = max(best, own[bar])
                to_block_end[bar] = best
        for bar in range(ready, n_bars):
            made[bar] = max(made[bar], to_block_end[bar - length + 1])
        made[:ready] = np.nan
    return largest
