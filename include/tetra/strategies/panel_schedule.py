"""What the panel strategies share: when the panel is rebalanced, who takes part, and weights that stand in between.

**When.** On the first bar of each period of ``rebalance_every`` weekdays of the calendar (``schedule``), and on the
first warm bar of the block, ``lookback`` bars after its first. So from the first period that begins warm, a day has
the same weights wherever the block begins, and a bar more or less at the end moves none.

**Who.** At a rebalance, the symbols that were listed before the look-back began, have bars on nine tenths of it and one
in the last week, and never a price of zero or below. A bar that is missing is filled with the last known price, so that
all symbols are compared over the same days. The others have weight 0 until a rebalance takes them in.

**In between.** Weights stay exactly equal, so the engine holds the units and lets them drift with prices. **A rebalance
that gives the vector of the one before is not traded**: to the engine nothing changed.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from tetra.strategies.base import Kind, PriceBlock, Strategy, require_parameter
from tetra.strategies.schedule import decision_bars, periods
from tetra.typing import FloatArray, IntArray

LEAST_SHARE = 0.9
"""Of the look-back's bars that a symbol must have; fewer, and filled prices would understate how much it moves."""

RECENT_BARS = 5
"""A symbol without a bar in a week is suspended or gone."""


@dataclass(frozen=True)
class PanelStrategy(Strategy):
    """Base of strategies that weigh the whole universe anew on a schedule; a subclass adds ``weigh``.

    Parameters
    ----------
    lookback : int
        Bars back to the oldest price that is used; 252 is twelve months.
    rebalance_every : int
        Weekdays in a period of the calendar, rebalanced on its first bar; 21 is one month. Bars where prices have no
        dates.
    """

    lookback: int = 252
    rebalance_every: int = 21
    kind: ClassVar[Kind] = "panel"

    def __post_init__(self) -> None:
        require_parameter(self.lookback >= 1, f"lookback must be at least 1 bar; got {self.lookback}")
        require_parameter(
            self.rebalance_every >= 1, f"rebalance_every must be at least 1 bar; got {self.rebalance_every}"
        )

    @property
    def warmup(self) -> int:
        """One bar more than the look-back: a return has two ends."""
        return self.lookback + 1

    @abstractmethod
    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return the weights of the symbols that take part in one rebalance.

        Parameters
        ----------
        closes : ndarray of shape (n_participants, lookback + 1)
            Their positive closes, oldest first, the rebalance's own bar last; at least one row, rows in the order of
            the symbols' names, so that the order of the block does not matter.

        Returns
        -------
        ndarray of shape (n_participants,)
            Fractions of capital, none NaN.
        """

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return the weights of the last rebalance, NaN before the first; see ``Strategy.target_weights``."""
        return scheduled_weights(prices, self.weigh, lookback=self.lookback, rebalance_every=self.rebalance_every)


def scheduled_weights(
    prices: PriceBlock, weigh: Callable[[FloatArray], FloatArray], *, lookback: int, rebalance_every: int
) -> FloatArray:
    """Return target weights that change on rebalance bars only.

    Parameters
    ----------
    prices : PriceBlock
        Of all symbols of the panel.
    weigh : callable
        From the participants' closes to their weights; as ``PanelStrategy.weigh``.
    lookback, rebalance_every : int
        As of ``PanelStrategy``.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        NaN before the first rebalance and on missing bars, where the engine's last decision stands.
    """
    by_name = np.argsort(np.array(prices.symbols), kind="stable")
    close = prices.close[by_name]
    known = last_known(close)
    sorted_weights = np.full(close.shape, np.nan)
    rebalances = decision_bars(periods(prices, every=rebalance_every), first=lookback)
    for bar, following in pairwise([*rebalances.tolist(), prices.n_bars]):
        rows = participants(close, known, bar=bar, lookback=lookback)
        target = np.zeros(close.shape[0])
        if rows.size > 0:
            target[rows] = weigh(known[rows, bar - lookback : bar + 1])
        sorted_weights[:, bar:following] = target[:, None]
    sorted_weights[np.isnan(close)] = np.nan
    weights = np.empty(close.shape)
    weights[by_name] = sorted_weights
    return weights


def last_known(close: FloatArray) -> FloatArray:
    """Return closes with each missing bar filled by the one before it; NaN before a series' first bar."""
    own = np.where(np.isnan(close), 0, np.arange(close.shape[1]))
    np.maximum.accumulate(own, axis=1, out=own)
    return np.take_along_axis(close, own, axis=1)


def participants(close: FloatArray, known: FloatArray, *, bar: int, lookback: int) -> IntArray:
    """Return the rows that take part in the rebalance on a bar.

    Parameters
    ----------
    close, known : ndarray of shape (n_series, n_bars)
        Closes, and the same with ``last_known`` prices filled in.
    bar, lookback : int
        The rebalance's bar, and bars back to the oldest price used.
    """
    window = slice(bar - lookback, bar + 1)
    has_bar = np.isfinite(close[:, window])
    takes_part = (known[:, window] > 0.0).all(axis=1)  # False too where the first price is not known
    takes_part &= has_bar.sum(axis=1) >= LEAST_SHARE * (lookback + 1)
    takes_part &= has_bar[:, -RECENT_BARS:].any(axis=1)
    return np.flatnonzero(takes_part).astype(np.int64)
