"""RSI mean reversion: buy what fell too fast, sell when it rose too fast.

Source: Wilder (1978), "New Concepts in Technical Trading Systems", section VI: below 30 is oversold, above
70 overbought. Long from the first close with RSI below 30 until the first with RSI above 70, flat
otherwise; the short side is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.oscillators import relative_strength_index
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_between
from tetra.typing import FloatArray


@dataclass(frozen=True)
class RsiReversion(Strategy):
    """Long from RSI below ``oversold`` until RSI above ``overbought``.

    Parameters
    ----------
    length : int
        Bars of Wilder's smoothing, at least 2.
    oversold, overbought : float
        Levels of the index, ``0 < oversold < overbought < 100``.
    """

    length: int = 14
    oversold: float = 30.0
    overbought: float = 70.0
    category: ClassVar[str] = "mean_reversion"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(
            0.0 < self.oversold < self.overbought < 100.0,
            f"0 < oversold < overbought < 100 must hold; got {self.oversold} and {self.overbought}",
        )

    @property
    def warmup(self) -> int:
        """One bar more than the first average has changes."""
        return self.length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 between oversold and overbought, else 0; see ``Strategy.target_weights``."""
        index = relative_strength_index(prices.close, length=self.length)
        return held_between(index < self.oversold, index > self.overbought, np.isfinite(index))
