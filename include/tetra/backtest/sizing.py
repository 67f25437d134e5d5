"""Sizing, compiled: how many times a strategy's weights are ordered. ``overlays.Sizing`` defines the methods."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tetra.backtest.account_state import Rules
from tetra.backtest.overlays import SIZING_METHODS
from tetra.compiled import compiled
from tetra.metrics.checks import ROUNDING
from tetra.typing import FloatArray

FIXED_FRACTION, VOLATILITY_TARGET, KELLY = range(len(SIZING_METHODS))


@compiled()
def own_returns(close: FloatArray) -> FloatArray:
    """Return each series' simple returns between bars of its own; NaN without a bar, or from a price not positive."""
    returns = np.full(close.shape, np.nan)
    for row in range(close.shape[0]):
        previous = np.nan
        for bar in range(close.shape[1]):
            price = close[row, bar]
            if np.isnan(price):
                continue
            if previous > 0.0:
                returns[row, bar] = price / previous - 1.0
            previous = price
    return returns


@compiled(inline=True)
def multiple_now(legs: Any, returns: FloatArray, bar: int, rules: Rules, recent: FloatArray) -> float:
    """Return the multiple of the weights wanted after a bar, from returns up to it; 0 where nothing is wanted.

    Parameters
    ----------
    legs : record array of LEG
        Their ``decision`` is what is wanted.
    returns : ndarray of shape (n_legs, n_bars)
        See ``own_returns``; not read where the method needs none.
    bar : int
        The bar decided on.
    rules : Rules
    recent : ndarray of shape (lookback,)
        Scratch.
    """
    if rules.sizing == FIXED_FRACTION:
        return rules.fraction
    gross = 0.0
    for place in range(legs.size):
        gross += abs(legs[place].decision)
    if gross == 0.0 or gather_recent(legs, returns, bar, gross, recent) < rules.lookback:
        return 0.0
    mean: float = recent.mean()
    variance = 0.0
    for value in recent:
        variance += (value - mean) ** 2
    variance /= rules.lookback - 1
    if math.sqrt(variance) < ROUNDING:  # nothing moves: as much as is allowed, or nothing where nothing is gained
        return rules.cap if rules.sizing == VOLATILITY_TARGET or mean > ROUNDING else 0.0
    if rules.sizing == VOLATILITY_TARGET:
        wanted = rules.bar_volatility / math.sqrt(variance)
    else:
        wanted = max(0.0, rules.fraction * mean / variance)
    return min(rules.cap, wanted)


@compiled(inline=True)
def gather_recent(legs: Any, returns: FloatArray, bar: int, gross: float, recent: FloatArray) -> int:
    """Write the latest returns of the weights wanted, per unit of gross weight, newest first; return how many.

    A bar counts when every instrument wanted has a return on it.
    """
    count = 0
    for past in range(bar, -1, -1):
        total = 0.0
        for place in range(legs.size):
            if legs[place].decision != 0.0:
                total += legs[place].decision / gross * returns[place, past]
        if not np.isnan(total):
            recent[count] = total
            count += 1
            if count == recent.size:
                break
    return count
