"""Above its mean: long while the close is above the mean of the last closes. Make this rule yours.

Source: name the book, paper or idea that the rule is from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.averages import simple_moving_average
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class TemplateSingle(Strategy):
    """Long while the close is above its mean, flat otherwise.

    Parameters
    ----------
    length : int
        Bars in the mean, at least 2.
    """

    length: int = 50
    category: ClassVar[str] = "trend"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")

    @property
    def warmup(self) -> int:
        """Bars in the mean."""
        return self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 above the mean, 0 below, NaN while it is not known; see ``Strategy.target_weights``."""
        mean = simple_moving_average(prices.close, length=self.length)
        return np.where(np.isnan(mean), np.nan, np.where(prices.close > mean, 1.0, 0.0))
