"""Bars on which a series has a close and lacks another field that a rule reads: its last decision stands.

Without its volume of a day a rule says nothing (its weight is NaN), and NaN means flat: a vendor's hole would sell what
is held, and buy it again a bar later.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from tetra.compiled import compiled
from tetra.strategies.price_block import Field, PriceBlock
from tetra.typing import FloatArray

OF_EVERY_BAR: tuple[Field, ...] = ("open", "high", "low", "volume")
"""Fields that a bar has; of what comes seldom (earnings, news) there is none on most days."""


def with_decisions_standing(weights: FloatArray, prices: PriceBlock, fields: Collection[Field]) -> FloatArray:
    """Return the weights with each NaN on an incomplete bar replaced by the weight of the series' bar before.

    Parameters
    ----------
    weights : ndarray of shape (n_series, n_bars)
        Of a strategy, not changed; NaN where it says nothing.
    prices : PriceBlock
        Those it was given.
    fields : collection of str
        Those it reads; a block that has nothing of one is not incomplete.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        The weights themselves where no bar is incomplete. A series that has no weight yet stays NaN.
    """
    for name in OF_EVERY_BAR:
        if name not in fields:
            continue
        values: FloatArray = getattr(prices, name)
        has_any = any(values.strides)  # else it is one NaN seen as an array
        if has_any and lacks_values(prices.close, values):
            weights = let_stand(weights, prices.close, values)
    return weights


@compiled(borrows=True)
def lacks_values(close: FloatArray, values: FloatArray) -> bool:
    """Return whether any bar with a close lacks a value."""
    count = 0
    for row in range(close.shape[0]):
        for bar in range(close.shape[1]):  # counting to the end is vectorised, stopping at the first is not
            count += np.isnan(values[row, bar]) & ~np.isnan(close[row, bar])
    return count > 0


@compiled()
def let_stand(weights: FloatArray, close: FloatArray, values: FloatArray) -> FloatArray:
    """Return a copy in which a NaN on a bar that lacks a value is the weight of the series' bar before."""
    standing = weights.copy()
    for row in range(close.shape[0]):
        last = np.nan
        for bar in range(close.shape[1]):
            if np.isnan(close[row, bar]):
                continue
            if np.isnan(standing[row, bar]) and np.isnan(values[row, bar]):
                standing[row, bar] = last
            last = standing[row, bar]
    return standing
