"""When a rule that does not decide on every bar does: on a calendar of its own, the same wherever the prices begin.

Time is cut into periods of ``every`` weekdays, counted from a fixed day; a rule decides on the first bar of each
period, and on its first warm bar. Counted from the first bar of the prices instead, the same day would have other
weights in a longer history: those of the signals, say, and not those of the backtest that spoke for them.
"""

from __future__ import annotations

import numpy as np

from tetra.strategies.base import PriceBlock
from tetra.typing import IntArray

EPOCH = np.datetime64("1970-01-01", "D")
"""A Thursday; any fixed day would do."""


def periods(prices: PriceBlock, *, every: int) -> IntArray:
    """Return the number of the period that each bar falls in.

    Parameters
    ----------
    prices : PriceBlock
        Without dates (an array somebody brought), bars are counted from the first in place of weekdays.
    every : int
        Weekdays in a period, at least 1; the exchange's holidays count, a weekend's bars belong to its Monday.

    Returns
    -------
    ndarray of int64, shape (n_bars,)
        Ascending; that of a bar depends on its own date alone.
    """
    days = np.arange(prices.n_bars) if prices.sessions is None else np.busday_count(EPOCH, prices.sessions)
    numbers: IntArray = days.astype(np.int64) // every
    return numbers


def decision_bars(period_of_bar: IntArray, *, first: int) -> IntArray:
    """Return the first bar of each period, from a first bar on that counts as one whatever its period."""
    is_new = np.diff(period_of_bar, prepend=period_of_bar[:1]) != 0
    is_new[first : first + 1] = True
    bars: IntArray = np.flatnonzero(is_new).astype(np.int64)
    return bars[bars >= first]
