"""Who can be tested for luck at all, and why not."""

from __future__ import annotations

import numpy as np

from tetra.metrics.checks import ROUNDING
from tetra.typing import BoolArray, FloatArray

LEAST_SESSIONS = 252
"""A year. The tests rest on the mean of that many days being nearly normal, and on a dozen blocks of 20 of them."""

CONSTANT_WITHIN = 1e-9
"""Weights are values over equity: held unchanged they still differ in their last digits."""


def has_constant_weights(weights: FloatArray, *, has_bar: BoolArray) -> bool:
    """Return whether a strategy never changes its mind: each row has one weight on all its days (buy and hold, cash).

    Parameters
    ----------
    weights : ndarray of shape (n_rows, n_days)
        Target weights, NaN is flat; or weights held, where each account has one instrument (of several they drift).
    has_bar : ndarray of bool, shape (n_rows, n_days)
        Days on which a row could be held; the others do not count.
    """
    held = np.nan_to_num(weights, nan=0.0)
    lowest = np.min(held, axis=1, where=has_bar, initial=np.inf)
    highest = np.max(held, axis=1, where=has_bar, initial=-np.inf)
    return bool(((highest - lowest) <= CONSTANT_WITHIN).all())


def reason_not_tested(timing_returns: FloatArray, *, has_constant_weights: bool = False) -> str | None:
    """Return why a strategy cannot be tested, or None if it can.

    Parameters
    ----------
    timing_returns : ndarray of shape (n_days,)
        NaN on days that do not count (before the first out-of-sample fold, say).
    has_constant_weights : bool
        Then nothing was timed, whatever rounding and drift leave.
    """
    counted = timing_returns[~np.isnan(timing_returns)]
    if has_constant_weights:
        return "constant weights"
    if counted.size < LEAST_SESSIONS:
        return f"{counted.size} sessions, fewer than {LEAST_SESSIONS}"
    if counted.std(ddof=1) < ROUNDING:
        return "no volatility beyond buy and hold at its mean weight"
    return None
