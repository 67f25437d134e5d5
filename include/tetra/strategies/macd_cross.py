"""MACD: long while the difference of two exponential averages is above its own average, flat otherwise.

Source: Appel (2005), "Technical Analysis: Power Tools for Active Investors", chapter 8: averages of 12 and 26 days,
signal line of 9. The short side and Appel's further filters are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.indicators.momentum import macd
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.positions import long_while_above
from tetra.typing import FloatArray


@dataclass(frozen=True)
class MacdCross(Strategy):
    """Long while the MACD line is above its signal line.

    Parameters
    ----------
    fast, slow : int
        Bars of the two averages of the close, ``2 <= fast < slow``.
    signal : int
        Bars of the average of their difference, at least 2: of 1 it is the line itself.
    """

    fast: int = 12
    slow: int = 26
    signal: int = 9
    category: ClassVar[str] = "trend"

    def __post_init__(self) -> None:
        require_parameter(
            2 <= self.fast < self.slow,
            f"fast must be at least 2 and below slow; got {self.fast} and {self.slow}",
        )
        require_parameter(self.signal >= 2, f"signal must be at least 2 bars; got {self.signal}")

    @property
    def warmup(self) -> int:
        """Bars of the slow average's seed, and of the signal line's, which share one."""
        return self.slow + self.signal - 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while the line is above the signal line, else 0; see ``Strategy.target_weights``."""
        line, signal_line, _ = macd(prices.close, fast=self.fast, slow=self.slow, signal=self.signal)
        return long_while_above(line, signal_line)
