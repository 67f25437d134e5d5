"""Moving-average crossover: long while the short average is above the long one, flat otherwise.

Source: Brock, Lakonishok and LeBaron (1992), "Simple Technical Trading Rules and the Stochastic Properties
of Stock Returns", Journal of Finance 47(5), 1731-1764: the variable-length moving average without a band,
here without its short side.
"""

from __future__ import annotations

from dataclasses import dataclass

from tetra.strategies.base import PriceBlock
from tetra.strategies.crossing import fast_above_slow
from tetra.strategies.two_averages import TwoAverages
from tetra.typing import FloatArray


@dataclass(frozen=True)
class SmaCross(TwoAverages):
    """Long while SMA(fast) > SMA(slow).

    Parameters
    ----------
    fast, slow : int
        Bars in the two averages, ``1 <= fast < slow``.
    """

    fast: int = 20
    slow: int = 50

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while the fast average is above the slow one, else 0; see ``Strategy.target_weights``."""
        return fast_above_slow(prices.close, self.fast, self.slow)
