"""Equal weight: 1/N of everything that trades; the baseline of the panel strategies.

Source: DeMiguel, Garlappi and Uppal (2009), "Optimal Versus Naive Diversification: How Inefficient Is the 1/N Portfolio
Strategy?", Review of Financial Studies 22(5), 1915-1953.

A symbol that comes or goes changes N and with it all weights, which rebalances the whole. As long as the universe
stays, so does the vector, and the engine trades nothing (``panel_schedule``): the portfolio drifts, as buy and hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.panel_schedule import PanelStrategy
from tetra.typing import FloatArray


@dataclass(frozen=True)
class EqualWeight(PanelStrategy):
    """Hold 1/N of each symbol that has traded over the look-back.

    Parameters
    ----------
    lookback : int
        Bars that a symbol must have been listed.
    """

    lookback: int = 21
    category: ClassVar[str] = "baseline"

    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return 1/N; see ``PanelStrategy.weigh``."""
        return np.full(closes.shape[0], 1.0 / closes.shape[0])
