"""Moving averages."""

from __future__ import annotations

import numba
import numpy as np

from tetra.compiled import compiled
from tetra.indicators.checks import bar_count, price_rows
from tetra.typing import FloatArray


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
    """
    return _simple_moving_average(price_rows(values), bar_count("length", length))


@compiled(parallel=True)
def _simple_moving_average(values: FloatArray, length: int) -> FloatArray:
    averages = np.full(values.shape, np.nan)
    for row in numba.prange(values.shape[0]):
        recent = np.zeros(length)  # ring of the series' own last bars: a gap must not count as one
        total = 0.0
        seen = 0
        for bar in range(values.shape[1]):
            value = values[row, bar]
            if np.isnan(value):
                continue
            place = seen % length
            total += value - recent[place]
            recent[place] = value
            seen += 1
            if place == length - 1:
                total = recent.sum()  # rounding of the running sum is thrown away once per turn of the ring
            if seen >= length:
                averages[row, bar] = total / length
    return averages
