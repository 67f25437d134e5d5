"""Time-series momentum: long what rose over the past year, the last month left out; flat otherwise.

Source: Moskowitz, Ooi and Pedersen (2012), "Time Series Momentum", Journal of Financial Economics 104(2),
228-250, long or flat as in Antonacci (2013), "Absolute Momentum: A Simple Rule-Based Strategy and
Universal Trend-Following Overlay"; the most recent month is skipped because it tends to revert (Jegadeesh
1990, Journal of Finance 45(3), 881-898).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.momentum import lagged_return
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class TimeSeriesMomentum(Strategy):
    """Long while the return from ``lookback`` bars ago to ``skip`` bars ago is positive.

    Parameters
    ----------
    lookback : int
        Bars back to the start of the return; 252 is twelve months.
    skip : int
        Most recent bars left out; 21 is one month. ``0 <= skip < lookback``.
    """

    lookback: int = 252
    skip: int = 21
    category: ClassVar[str] = "momentum"

    def __post_init__(self) -> None:
        require_parameter(
            0 <= self.skip < self.lookback,
            f"skip must be at least 0 and below lookback; got {self.skip} and {self.lookback}",
        )

    @property
    def warmup(self) -> int:
        """One bar more than the look-back: a return has two ends."""
        return self.lookback + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while the past return is positive, else 0; see ``Strategy.target_weights``."""
        past_return = lagged_return(prices.close, lookback=self.lookback, skip=self.skip)
        return np.where(np.isnan(past_return), np.nan, np.where(past_return > 0.0, 1.0, 0.0))
