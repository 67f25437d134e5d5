"""Pairs by distance: two prices that start at 1 are traded against each other when they part, until they meet again.

Source: Gatev, Goetzmann and Rouwenhorst (2006), "Pairs Trading: Performance of a Relative-Value Arbitrage Rule", Review
of Financial Studies 19(3), 797-827: a year of formation, six months of trading, in at two standard deviations of
the formation's spread, out where the prices cross. Their choice of pairs by least distance is left out: pairs are
given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from tetra.strategies.base import LegsStrategy, PriceBlock, require_parameter
from tetra.strategies.latch import held_between
from tetra.strategies.legs_bars import ROUNDING, joint_bars, on_all_bars, relative_prices, resumed_bars
from tetra.strategies.schedule import decision_bars, periods
from tetra.typing import BoolArray, FloatArray


@dataclass(frozen=True)
class PairsDistance(LegsStrategy):
    """Long a half of the cheaper leg, short a half of the dearer one, in equal amounts of money.

    Parameters
    ----------
    formation : int
        Bars from which the deviation of the spread is measured, at least 2; the first price is 1.
    trading : int
        Weekdays in a period of the calendar (``schedule``; bars where prices have no dates), traded on the formation
        that ends before its first bar; prices start at 1 again. A period starts flat.
    entry : float
        Standard deviations (``ddof=1``) at which a trade is opened, above 0.
    """

    formation: int = 252
    trading: int = 126
    entry: float = 2.0
    category: ClassVar[str] = "relative_value"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.formation >= 2, f"formation must be at least 2 bars; got {self.formation}")
        require_parameter(self.trading >= 1, f"trading must be at least 1 bar; got {self.trading}")
        require_parameter(self.entry > 0.0, f"entry must be above 0 standard deviations; got {self.entry}")

    @property
    def warmup(self) -> int:
        """One bar more than the first formation."""
        return self.formation + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return half against half while a trade is open, else 0; see ``Strategy.target_weights``."""
        bars = joint_bars(self, prices)
        closes = relative_prices(prices, bars)
        side = np.full(bars.size, np.nan)
        is_resumed = resumed_bars(prices, bars)
        starts = decision_bars(periods(prices, every=self.trading)[bars], first=self.formation)
        for start, stop in pairwise([*starts.tolist(), bars.size]):
            formation = closes[:, start - self.formation : start]
            side[start:stop] = self._sides(formation, closes[:, start:stop], is_resumed[start:stop])
        return on_all_bars(np.stack([0.5 * side, -0.5 * side]), bars, prices)

    def _sides(self, formation: FloatArray, trading: FloatArray, is_resumed: BoolArray) -> FloatArray:
        deviation = np.std(_spread(formation, formation[:, :1]), ddof=1)
        if deviation <= ROUNDING:
            return np.zeros(trading.shape[1])
        spread = _spread(trading, formation[:, -1:])[None, :]
        band = self.entry * deviation
        is_ready = np.ones(spread.shape, dtype=np.bool_)
        cheaper: FloatArray = held_between(spread <= -band, (spread >= 0.0) | is_resumed, is_ready)[0]
        dearer: FloatArray = held_between(spread >= band, (spread <= 0.0) | is_resumed, is_ready)[0]
        return cheaper - dearer


def _spread(closes: FloatArray, base: FloatArray) -> FloatArray:
    normalised = closes / base
    spread: FloatArray = normalised[0] - normalised[1]
    return spread
