"""What strategies of legs share: the bars on which every leg has a price, and weights that stand on the bars between.

A rule of legs compares prices of the same close. So it runs on the joint bars alone, those on which every leg has a
price above zero, and a look-back counts joint bars. On any other bar the position is kept: a leg that has a bar keeps
its weight, one that has none is NaN, as everywhere.
"""

from __future__ import annotations

import numpy as np

from tetra.errors import StrategyError
from tetra.strategies.base import LegsStrategy, PriceBlock
from tetra.typing import FloatArray, IntArray

ROUNDING = 1e-9
"""A spread of log or normalised prices that varies by less is the rounding of legs that move as one: not traded."""


def joint_bars(strategy: LegsStrategy, prices: PriceBlock) -> IntArray:
    """Return the bars on which every leg has a price above zero.

    Raises
    ------
    StrategyError
        If the block does not have one row per leg.
    """
    if len(prices.symbols) != strategy.legs:
        name = type(strategy).__name__
        raise StrategyError(
            f"{name} takes one group of {strategy.legs} legs at a time, got {len(prices.symbols)} rows; pass one group"
        )
    return np.flatnonzero((prices.close > 0.0).all(axis=0)).astype(np.int64)


def relative_prices(prices: PriceBlock, bars: IntArray) -> FloatArray:
    """Return the legs' closes on the given bars over those on the first of them, shape (n_legs, n_joint).

    The unit of a price leaves no trace in them, not even in their rounding where it is changed by a power of two.
    """
    closes = prices.close[:, bars]
    return closes / closes[:, :1]


def on_all_bars(weights: FloatArray, bars: IntArray, prices: PriceBlock) -> FloatArray:
    """Return weights on every bar of the block from those on its joint bars.

    Parameters
    ----------
    weights : ndarray of shape (n_legs, n_joint)
        NaN where the strategy is not ready.
    bars : ndarray of int, shape (n_joint,)
        The joint bars.
    prices : PriceBlock
        Of the group.

    Returns
    -------
    ndarray of shape (n_legs, n_bars)
        Those of the last joint bar; NaN before the first, and where a leg has no bar.
    """
    place = np.searchsorted(bars, np.arange(prices.n_bars), side="right")
    padded = np.concatenate([np.full((weights.shape[0], 1), np.nan), weights], axis=1)
    everywhere: FloatArray = padded[:, place]
    everywhere[np.isnan(prices.close)] = np.nan
    return everywhere
