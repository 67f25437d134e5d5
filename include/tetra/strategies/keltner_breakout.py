"""Keltner breakout: buy a close above the channel of average ranges, sell a close below its middle.

Source: Keltner (1960), "How to Make Money in Commodities", the ten-day moving average rule, in the form that
Linda Bradford Raschke gave it in the 1980s: an exponential average of 20 bars, two average true ranges of 10
bars to either side. That the middle ends the position is our own; the short side is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.bands import keltner_channels
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_between
from tetra.typing import FloatArray


@dataclass(frozen=True)
class KeltnerBreakout(Strategy):
    """Long from a close above the upper channel until one below the middle.

    Parameters
    ----------
    length, range_length : int
        Bars in the exponential average and in the average true range, at least 2 and 1.
    multiple : float
        Average true ranges from the middle to the upper channel, above 0.
    """

    length: int = 20
    range_length: int = 10
    multiple: float = 2.0
    category: ClassVar[str] = "volatility"
    fields: ClassVar[tuple[Field, ...]] = ("high", "low", "close")

    def __post_init__(self) -> None:
        require_parameter(
            self.length >= 2 and self.range_length >= 1,
            f"length must be at least 2 bars and range_length at least 1; got {self.length} and {self.range_length}",
        )
        require_parameter(0.0 < self.multiple < np.inf, f"multiple must be above 0 and finite; got {self.multiple}")

    @property
    def warmup(self) -> int:
        """Bars in the average, or one more than there are true ranges: the first needs the close before it."""
        return max(self.length, self.range_length + 1)

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 from above the upper channel to below the middle, else 0; see ``Strategy.target_weights``."""
        _, middle, upper = keltner_channels(
            prices.high,
            prices.low,
            prices.close,
            length=self.length,
            range_length=self.range_length,
            multiple=self.multiple,
        )
        return held_between(prices.close > upper, prices.close < middle, np.isfinite(upper))
