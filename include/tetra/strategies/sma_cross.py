"""Moving-average crossover: long while the short average is above the long one, flat otherwise.

Source: Brock, Lakonishok and LeBaron (1992), "Simple Technical Trading Rules and the Stochastic Properties
of Stock Returns", Journal of Finance 47(5), 1731-1764: the variable-length moving average without a band,
here without its short side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.crossing import fast_above_slow
from tetra.typing import FloatArray


@dataclass(frozen=True)
class SmaCross(Strategy):
    """Long while SMA(fast) > SMA(slow).

    Parameters
    ----------
    fast, slow : int
        Bars in the two averages, ``1 <= fast < slow``.
    """

    fast: int = 20
    slow: int = 50
    category: ClassVar[str] = "trend"

    def __post_init__(self) -> None:
        require_parameter(
            1 <= self.fast < self.slow,
            f"fast must be at least 1 and below slow; got {self.fast} and {self.slow}",
        )

    @property
    def warmup(self) -> int:
        """Bars of the slow average."""
        return self.slow

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while the fast average is above the slow one, else 0; see ``Strategy.target_weights``."""
        return fast_above_slow(prices.close, self.fast, self.slow)
