"""Exponential crossover: long while the short exponential average is above the long one, flat otherwise.

Source: Appel (2005), "Technical Analysis: Power Tools for Active Investors", chapter 8: the averages of 12 and 26
days whose difference is the MACD; here their crossing itself, long or flat.
"""

from __future__ import annotations

from dataclasses import dataclass

from tetra.indicators.averages import exponential_moving_average
from tetra.strategies.base import PriceBlock
from tetra.strategies.positions import long_while_above
from tetra.strategies.two_averages import TwoAverages
from tetra.typing import FloatArray


@dataclass(frozen=True)
class EmaCross(TwoAverages):
    """Long while EMA(fast) > EMA(slow).

    Parameters
    ----------
    fast, slow : int
        Bars of the two averages, ``1 <= fast < slow``.
    """

    fast: int = 12
    slow: int = 26

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while the fast average is above the slow one, else 0; see ``Strategy.target_weights``."""
        fast = exponential_moving_average(prices.close, length=self.fast)
        slow = exponential_moving_average(prices.close, length=self.slow)
        return long_while_above(fast, slow)
