"""What strategies of legs share: the bars on which every leg has a price, and weights that stand on the bars between.

A rule of legs compares prices of the same close. So it runs on the joint bars alone, those on which every leg has a
price above zero, and a look-back counts joint bars. On any other bar the position is kept for some days: a leg that
has a bar keeps its weight, one that has none is NaN, as everywhere. A leg that stays away leaves the others without a
hedge, so from the ``MOST_INCOMPLETE``-th bar without it they are flat, and the trade is over: on the bar on which all
are back none is open.
"""

from __future__ import annotations

import numpy as np

from tetra.errors import StrategyError
from tetra.strategies.base import LegsStrategy, PriceBlock
from tetra.typing import BoolArray, FloatArray, IntArray

ROUNDING = 1e-9
"""A spread of log or normalised prices that varies by less is the rounding of legs that move as one: not traded."""

MOST_INCOMPLETE = 5
"""Bars in a row on which some leg has a price and some has none, until the group is flat: a week; Easter takes four."""


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


def group_bars(prices: PriceBlock) -> IntArray:
    """Return how many bars the group had up to each bar, it included: those on which any leg has one."""
    counts: IntArray = np.cumsum(np.isfinite(prices.close).any(axis=0), dtype=np.int64)
    return counts


def resumed_bars(prices: PriceBlock, bars: IntArray) -> BoolArray:
    """Return, per joint bar, whether the group was flat before it because a leg had stayed away."""
    counts = group_bars(prices)[bars]
    is_resumed: BoolArray = np.diff(counts, prepend=counts[:1]) > MOST_INCOMPLETE
    return is_resumed


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
        Those of the last joint bar, and 0 once ``MOST_INCOMPLETE`` bars of the group have passed since; NaN before the
        first, and where a leg has no bar.
    """
    place = np.searchsorted(bars, np.arange(prices.n_bars), side="right")
    padded = np.concatenate([np.full((weights.shape[0], 1), np.nan), weights], axis=1)
    everywhere: FloatArray = padded[:, place]
    counts = group_bars(prices)
    is_stale = counts - np.concatenate([[0], counts[bars]])[place] >= MOST_INCOMPLETE
    everywhere[np.isfinite(everywhere) & is_stale] = 0.0
    everywhere[np.isnan(prices.close)] = np.nan
    return everywhere
