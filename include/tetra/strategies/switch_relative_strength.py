"""Switch: hold the stronger of two by its return over the past year, and neither if that return is not positive.

Source: Antonacci (2014), "Dual Momentum Investing", chapter 8, and (2012), "Risk Premia Harvesting Through Dual
Momentum": relative momentum chooses, absolute momentum decides whether; decided once a month.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from tetra.strategies.base import LegsStrategy, PriceBlock, require_parameter
from tetra.strategies.legs_bars import joint_bars, on_all_bars, relative_prices, resumed_bars
from tetra.strategies.schedule import decision_bars, periods
from tetra.typing import FloatArray


@dataclass(frozen=True)
class SwitchRelativeStrength(LegsStrategy):
    """Hold all capital in the leg that returned more; the first of two equals.

    Parameters
    ----------
    lookback : int
        Bars back to the base of the return; 252 is twelve months.
    decide_every : int
        Weekdays in a period of the calendar, decided on its first joint bar (``schedule``); 21 is one month. Bars
        where prices have no dates.
    absolute : bool
        Whether to hold nothing while the stronger leg's own return is not positive (against cash, which earns 0).
    """

    lookback: int = 252
    decide_every: int = 21
    absolute: bool = True
    category: ClassVar[str] = "relative_value"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.lookback >= 1, f"lookback must be at least 1 bar; got {self.lookback}")
        require_parameter(self.decide_every >= 1, f"decide_every must be at least 1 bar; got {self.decide_every}")

    @property
    def warmup(self) -> int:
        """One bar more than the look-back: a return has two ends."""
        return self.lookback + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 for the leg that is held and 0 for the other; see ``Strategy.target_weights``.

        Decided anew too on the bar on which a leg is back after the group was flat for want of it.
        """
        bars = joint_bars(self, prices)
        closes = relative_prices(prices, bars)
        weights = np.full(closes.shape, np.nan)
        period_of_bar = periods(prices, every=self.decide_every)[bars] + np.cumsum(resumed_bars(prices, bars))
        decisions = decision_bars(period_of_bar, first=self.lookback)
        for bar, following in pairwise([*decisions.tolist(), bars.size]):
            past_return = closes[:, bar] / closes[:, bar - self.lookback] - 1.0
            stronger = int(np.argmax(past_return))
            is_held = past_return[stronger] > 0.0 or not self.absolute
            held = np.zeros(self.legs)
            held[stronger] = 1.0 if is_held else 0.0
            weights[:, bar:following] = held[:, None]
        return on_all_bars(weights, bars, prices)
