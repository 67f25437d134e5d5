"""Bollinger reversion: buy a close below the lower band, sell at the middle one.

Source: Bollinger (2001), "Bollinger on Bollinger Bands" (20 bars, two population standard deviations); the
rule is that of Chan (2013), "Algorithmic Trading: Winning Strategies and Their Rationale", chapter 3: enter
at a number of deviations, leave at the mean. The short side is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.bands import bollinger_bands
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_between
from tetra.typing import FloatArray


@dataclass(frozen=True)
class BollingerReversion(Strategy):
    """Long from a close below the lower band until one above the middle band.

    Parameters
    ----------
    length : int
        Bars in the average and the deviation, at least 2.
    deviations : float
        Standard deviations from the middle to the lower band, above 0.
    """

    length: int = 20
    deviations: float = 2.0
    category: ClassVar[str] = "mean_reversion"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(0.0 < self.deviations < np.inf, f"deviations must be above 0; got {self.deviations}")

    @property
    def warmup(self) -> int:
        """Bars in the average."""
        return self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 from below the lower to above the middle band, else 0; see ``Strategy.target_weights``."""
        lower, middle, _ = bollinger_bands(prices.close, length=self.length, deviations=self.deviations)
        return held_between(prices.close < lower, prices.close > middle, np.isfinite(middle))
