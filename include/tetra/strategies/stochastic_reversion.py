"""Stochastic reversion: buy when the oscillator turns up out of oversold, sell when it turns down out of overbought.

Source: Lane (1984), "Lane's Stochastics", Technical Analysis of Stocks & Commodities 2(3), 87-90: the slow
oscillator (14, 3, 3), %D below 20 oversold and above 80 overbought, the signal given by %K crossing %D
there. Judged as a state: %K above %D while %D is oversold enters, %K below %D while %D is overbought
leaves. The short side is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.oscillators import stochastic
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_between
from tetra.typing import FloatArray


@dataclass(frozen=True)
class StochasticReversion(Strategy):
    """Long from %K above an oversold %D until %K below an overbought %D.

    Parameters
    ----------
    length : int
        Bars in the range the close is placed in, at least 2.
    smooth, signal : int
        Bars in the average that makes slow %K, and in the one of it that makes %D; at least 1 and 2.
    oversold, overbought : float
        Levels of %D, ``0 < oversold < overbought < 100``.
    """

    length: int = 14
    smooth: int = 3
    signal: int = 3
    oversold: float = 20.0
    overbought: float = 80.0
    category: ClassVar[str] = "mean_reversion"
    fields: ClassVar[tuple[Field, ...]] = ("high", "low", "close")

    def __post_init__(self) -> None:
        require_parameter(
            self.length >= 2 and self.smooth >= 1 and self.signal >= 2,
            "length and signal must be at least 2 bars and smooth at least 1; got"
            f" {self.length}, {self.signal} and {self.smooth}",
        )
        require_parameter(
            0.0 < self.oversold < self.overbought < 100.0,
            f"0 < oversold < overbought < 100 must hold; got {self.oversold} and {self.overbought}",
        )

    @property
    def warmup(self) -> int:
        """Bars of the range and of the two averages upon it."""
        return self.length + self.smooth - 1 + self.signal - 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 from a turn up when oversold to a turn down when overbought, else 0; see ``Strategy``."""
        percent_k, percent_d = stochastic(
            prices.high, prices.low, prices.close, length=self.length, smooth=self.smooth, signal=self.signal
        )
        enter = (percent_k > percent_d) & (percent_d < self.oversold)
        leave = (percent_k < percent_d) & (percent_d > self.overbought)
        return held_between(enter, leave, np.isfinite(percent_d))
