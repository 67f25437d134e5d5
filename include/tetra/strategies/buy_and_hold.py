"""Buy and hold: fully invested from the first bar; what every other strategy is measured against.

Source: Sharpe (1991), "The Arithmetic of Active Management", Financial Analysts Journal 47(1), 7-9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import PriceBlock, Strategy
from tetra.typing import FloatArray


@dataclass(frozen=True)
class BuyAndHold(Strategy):
    """Weight 1 on every bar."""

    category: ClassVar[str] = "baseline"

    @property
    def warmup(self) -> int:
        """One bar: the first price."""
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 wherever there is a bar; see ``Strategy.target_weights``."""
        return np.where(np.isnan(prices.close), np.nan, 1.0)
