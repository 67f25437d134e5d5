"""Directional movement: long while upward movement leads and the trend is strong, flat otherwise.

Source: Wilder (1978), "New Concepts in Technical Trading Systems", section IV, "The Directional Movement System":
+DI above -DI is long. His bound of 25 for markets worth following is one of ADXR; here, as is common, it is one of ADX
itself. The short side and the extreme-point rule are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.directional import directional_movement
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class AdxTrend(Strategy):
    """Long while +DI > -DI and ADX > threshold.

    Parameters
    ----------
    length : int
        Bars of Wilder's smoothing, at least 2.
    threshold : float
        Level of the average directional index above which there is a trend, ``0 <= threshold < 100``.
    """

    length: int = 14
    threshold: float = 25.0
    category: ClassVar[str] = "trend"
    fields: ClassVar[tuple[Field, ...]] = ("high", "low", "close")

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(
            0.0 <= self.threshold < 100.0,
            f"threshold must be at least 0 and below 100; got {self.threshold}",
        )

    @property
    def warmup(self) -> int:
        """The first bar, ``length`` changes to the first index, and as many indices, sharing one, in their average."""
        return 2 * self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 in a strong upward trend, else 0; see ``Strategy.target_weights``."""
        plus, minus, average = directional_movement(prices.high, prices.low, prices.close, length=self.length)
        is_long = (plus > minus) & (average > self.threshold)
        return np.where(np.isnan(average), np.nan, is_long)
