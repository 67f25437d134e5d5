"""Positions without a memory: what a comparison on the bar itself says; ``latch`` has those that remember.

One compiled pass each: the same in whole-array steps reads and writes the block four times.
"""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import FloatArray


@compiled()
def long_while_above(line: FloatArray, level: FloatArray) -> FloatArray:
    """Return 1 where a line is above a level, 0 where it is not.

    Parameters
    ----------
    line, level : ndarray of shape (n_series, n_bars)
        What is compared; NaN where it is not known.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Weights 0.0, 1.0, or NaN where either is NaN.
    """
    weights = np.empty(line.shape)
    for row in range(line.shape[0]):
        for bar in range(line.shape[1]):
            distance = line[row, bar] - level[row, bar]
            is_long = 1.0 if distance > 0.0 else 0.0
            weights[row, bar] = np.nan if np.isnan(distance) else is_long
    return weights


@compiled()
def long_above_short_below(line: FloatArray, level: FloatArray) -> FloatArray:
    """Return 1 where a line is above a level, -1 where it is below, 0 where they are equal.

    Parameters
    ----------
    line, level : ndarray of shape (n_series, n_bars)
        What is compared; NaN where it is not known.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Weights -1.0, 0.0, 1.0, or NaN where either is NaN.
    """
    weights = np.empty(line.shape)
    for row in range(line.shape[0]):
        for bar in range(line.shape[1]):
            distance = line[row, bar] - level[row, bar]
            side = (1.0 if distance > 0.0 else 0.0) - (1.0 if distance < 0.0 else 0.0)
            weights[row, bar] = np.nan if np.isnan(distance) else side
    return weights
