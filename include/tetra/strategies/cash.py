"""Cash: never invested; the baseline that pays no costs and earns what ``risk.yaml`` pays on cash (0 as shipped).

Source: Tobin (1958), "Liquidity Preference as Behavior Towards Risk", Review of Economic Studies 25(2), 65-86: the
riskless asset, the floor that a strategy must beat after its costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import PriceBlock, Strategy
from tetra.typing import FloatArray


@dataclass(frozen=True)
class Cash(Strategy):
    """Weight 0 on every bar."""

    category: ClassVar[str] = "baseline"

    @property
    def warmup(self) -> int:
        """One bar, as for buy and hold."""
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 0 wherever there is a bar; see ``Strategy.target_weights``."""
        return np.where(np.isnan(prices.close), np.nan, 0.0)
