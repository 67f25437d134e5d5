"""Positions with a memory: entered on one condition, left on another, held in between."""

from __future__ import annotations

import numba
import numpy as np

from tetra.compiled import compiled
from tetra.typing import BoolArray, FloatArray


@compiled(parallel=True)
def held_between(enter: BoolArray, leave: BoolArray, ready: BoolArray) -> FloatArray:
    """Return 1 from each bar that enters until the bar that leaves, 0 otherwise.

    Parameters
    ----------
    enter, leave : ndarray of bool, shape (n_series, n_bars)
        Conditions judged on each bar; leaving wins where both hold.
    ready : ndarray of bool, shape (n_series, n_bars)
        False where the conditions cannot be judged: the weight is NaN there and the state is kept.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Weights 0.0, 1.0 or NaN; every series starts flat.
    """
    weights = np.full(enter.shape, np.nan)
    for row in numba.prange(enter.shape[0]):
        state = 0.0
        for bar in range(enter.shape[1]):
            if not ready[row, bar]:
                continue
            if leave[row, bar]:
                state = 0.0
            elif enter[row, bar]:
                state = 1.0
            weights[row, bar] = state
    return weights
