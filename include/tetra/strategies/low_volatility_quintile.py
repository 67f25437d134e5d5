"""Low volatility: hold the calmest fifth of the universe.

Source: Blitz and van Vliet (2007), "The Volatility Effect: Lower Risk Without Lower Return", Journal of Portfolio
Management 34(1), 102-113; a year of daily returns in place of three years of weekly ones, fifths in place of tenths.
Rebalanced monthly; a rebalance that picks the same symbols is not traded (``panel_schedule``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import require_parameter
from tetra.strategies.panel_schedule import PanelStrategy
from tetra.strategies.panel_weights import ranked_weights, require_share, volatilities
from tetra.typing import FloatArray


@dataclass(frozen=True)
class LowVolatilityQuintile(PanelStrategy):
    """Hold the symbols of lowest past volatility in equal parts.

    Parameters
    ----------
    lookback : int
        Returns in the volatility, at least 2.
    share : float
        Of the universe that is held, above 0 and at most 0.5; 0.2 is a fifth.
    """

    share: float = 0.2
    category: ClassVar[str] = "panel"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.lookback >= 2, f"lookback must be at least 2 bars; got {self.lookback}")
        require_share(self.share)

    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return equal weights of the calmest of those that move at all; see ``PanelStrategy.weigh``."""
        volatility = volatilities(closes)
        moves = volatility > 0.0
        weights = np.zeros(volatility.size)
        if moves.any():
            weights[moves] = ranked_weights(-volatility[moves], share=self.share, long_short=False)
        return weights
