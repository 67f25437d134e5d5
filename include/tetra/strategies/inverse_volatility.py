"""Inverse volatility: hold everything, each by one over its volatility; risk parity if all correlations were equal.

Source: Maillard, Roncalli and Teiletche (2010), "The Properties of Equally Weighted Risk Contribution Portfolios",
Journal of Portfolio Management 36(4), 60-70, section "the case of equal correlation".
Rebalanced monthly; weights move at every rebalance, so each is traded (``panel_schedule``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import require_parameter
from tetra.strategies.panel_schedule import PanelStrategy
from tetra.strategies.panel_weights import volatilities
from tetra.typing import FloatArray


@dataclass(frozen=True)
class InverseVolatility(PanelStrategy):
    """Weigh each symbol by the inverse of its past volatility; weights sum to 1.

    Parameters
    ----------
    lookback : int
        Returns in the volatility, at least 2.
    """

    category: ClassVar[str] = "panel"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.lookback >= 2, f"lookback must be at least 2 bars; got {self.lookback}")

    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return weights against volatility; a price that stands still gets 0: see ``PanelStrategy.weigh``."""
        volatility = volatilities(closes)
        moves = volatility > 0.0
        inverse = np.divide(1.0, volatility, out=np.zeros(volatility.size), where=moves)
        return inverse / inverse.sum() if moves.any() else inverse
