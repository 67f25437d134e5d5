"""Positions with a memory: entered on one condition, left on another, held in between.

Every series starts flat. Where a condition cannot be judged (not warm yet, no bar) the weight is NaN and the state is
kept, so a gap neither opens nor closes a position. ``positions`` has the rules that need no memory.
"""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import BoolArray, FloatArray


@compiled()
def held_between(enter: BoolArray, leave: BoolArray, ready: BoolArray) -> FloatArray:
    """Return 1 from each bar that enters until the bar that leaves, 0 otherwise.

    Parameters
    ----------
    enter, leave : ndarray of bool, shape (n_series, n_bars)
        Conditions judged on each bar; leaving wins where both hold.
    ready : ndarray of bool, shape (n_series, n_bars)
        False where the conditions cannot be judged.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Weights 0.0, 1.0 or NaN.
    """
    weights = np.empty(enter.shape)
    for row in range(enter.shape[0]):
        state = 0.0
        for bar in range(enter.shape[1]):
            if not ready[row, bar]:
                weights[row, bar] = np.nan
                continue
            if leave[row, bar]:
                state = 0.0
            elif enter[row, bar]:
                state = 1.0
            weights[row, bar] = state
    return weights


@compiled()
def held_in_channel(close: FloatArray, upper: FloatArray, lower: FloatArray) -> FloatArray:
    """Return 1 from the close that breaks out above a channel until the one that falls out below, 0 otherwise.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        Prices; NaN where a bar is missing.
    upper, lower : ndarray of shape (n_series, n_bars)
        Edges of the channel **after** each bar, NaN where there is none. A close is compared with the edges as they
        stood after the series' previous bar: a channel that holds the bar itself can never be broken.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Weights 0.0, 1.0 or NaN.

    Notes
    -----
    The short side is the long side of the mirrored prices: ``held_in_channel(-close, -lower, -upper)``.
    """
    weights = np.empty(close.shape)
    for row in range(close.shape[0]):
        state = 0.0
        top = np.nan
        bottom = np.nan
        for bar in range(close.shape[1]):
            price = close[row, bar]
            if np.isnan(price) or np.isnan(top) or np.isnan(bottom):
                weights[row, bar] = np.nan
            else:
                if price < bottom:
                    state = 0.0
                elif price > top:
                    state = 1.0
                weights[row, bar] = state
            if not np.isnan(upper[row, bar]):
                top = upper[row, bar]
            if not np.isnan(lower[row, bar]):
                bottom = lower[row, bar]
    return weights
