"""52-week high: long while the price is near its highest of the past year, flat otherwise.

Source: George and Hwang (2004), "The 52-Week High and Momentum Investing", Journal of Finance 59(5), 2145-2176: the
ratio of the price to its 52-week high forecasts returns. They rank stocks by it and hold the nearest; alone with one
series, a fixed ratio takes the place of the rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.channels import rolling_maximum
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class High52Week(Strategy):
    """Long while the close is at least ``nearness`` times the highest close of ``length`` bars.

    Parameters
    ----------
    length : int
        Bars in the high, the current one included, at least 2; 252 is 52 weeks.
    nearness : float
        Least ratio of the close to the high, ``0 < nearness <= 1``; 1 is a new high.
    """

    length: int = 252
    nearness: float = 0.95
    category: ClassVar[str] = "momentum"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(
            0.0 < self.nearness <= 1.0,
            f"nearness must be above 0 and at most 1; got {self.nearness}",
        )

    @property
    def warmup(self) -> int:
        """Bars of the high."""
        return self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 near the high, else 0; see ``Strategy.target_weights``."""
        highest = rolling_maximum(prices.close, length=self.length)
        # a share of a high that is not positive means nothing
        return np.where(highest > 0.0, prices.close >= self.nearness * highest, np.nan)
