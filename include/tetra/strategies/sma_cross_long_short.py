"""Moving-average crossover on both sides: long while the short average is above the long one, short while below.

Source: Brock, Lakonishok and LeBaron (1992), "Simple Technical Trading Rules and the Stochastic Properties of Stock
Returns", Journal of Finance 47(5), 1731-1764: the variable-length moving average without a band, which is always in
the market. ``sma_cross`` is the same without its short side.
"""

from __future__ import annotations

from dataclasses import dataclass

from tetra.indicators.averages import simple_moving_average
from tetra.strategies.base import PriceBlock
from tetra.strategies.positions import long_above_short_below
from tetra.strategies.two_averages import TwoAverages
from tetra.typing import FloatArray


@dataclass(frozen=True)
class SmaCrossLongShort(TwoAverages):
    """Long while SMA(fast) > SMA(slow), short while it is below.

    Parameters
    ----------
    fast, slow : int
        Bars in the two averages, ``1 <= fast < slow``.
    """

    fast: int = 20
    slow: int = 50

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1, -1 or, where the averages are equal, 0; see ``Strategy.target_weights``."""
        fast = simple_moving_average(prices.close, length=self.fast)
        slow = simple_moving_average(prices.close, length=self.slow)
        return long_above_short_below(fast, slow)
