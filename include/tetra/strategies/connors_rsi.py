"""Two-period RSI: in an uptrend, buy what fell sharply for a few days, sell into the first strength.

Source: Connors and Alvarez (2009), "Short Term Trading Strategies That Work", chapter 9: above its 200-day
average a stock whose RSI(2) closes low is bought, and sold at the first close above its 5-day average. Low
is below 5 there, and below 10 in their "High Probability ETF Trading" (2009), chapter 7; ours is 10. There
is no stop: a position entered above the long average is kept when the price falls below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.averages import simple_moving_average
from tetra.indicators.oscillators import relative_strength_index
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_between
from tetra.typing import FloatArray


@dataclass(frozen=True)
class ConnorsRsi(Strategy):
    """Long from RSI below ``oversold`` above the long average until a close above the short average.

    Parameters
    ----------
    length : int
        Bars of Wilder's smoothing, at least 2.
    oversold : float
        Level of the index, ``0 < oversold < 100``.
    trend_length, exit_length : int
        Bars in the average that shows the trend and in the one that ends a position,
        ``2 <= exit_length < trend_length``.
    """

    length: int = 2
    oversold: float = 10.0
    trend_length: int = 200
    exit_length: int = 5
    category: ClassVar[str] = "mean_reversion"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(0.0 < self.oversold < 100.0, f"oversold must lie between 0 and 100; got {self.oversold}")
        require_parameter(
            2 <= self.exit_length < self.trend_length,
            f"exit_length must be at least 2 and below trend_length; got {self.exit_length} and {self.trend_length}",
        )

    @property
    def warmup(self) -> int:
        """Bars of the long average, or one more than the first average of the index has changes."""
        return max(self.trend_length, self.length + 1)

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 from a pullback in an uptrend to its recovery, else 0; see ``Strategy.target_weights``."""
        close = prices.close
        index = relative_strength_index(close, length=self.length)
        trend = simple_moving_average(close, length=self.trend_length)
        recent = simple_moving_average(close, length=self.exit_length)
        enter = (index < self.oversold) & (close > trend)
        return held_between(enter, close > recent, np.isfinite(index) & np.isfinite(trend))
