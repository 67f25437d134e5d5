"""Z-score reversion: buy what stands far below its own mean, sell before it is all the way back.

Source: Avellaneda and Lee (2010), "Statistical Arbitrage in the US Equities Market", Quantitative Finance
10(7), 761-782: over 60 days, open a long position at a score below -1.25 and close it above -0.50. Theirs
is the score of a residual against the market; here it is that of the price itself, and the short side is
left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.bands import z_score
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_between
from tetra.typing import FloatArray


@dataclass(frozen=True)
class ZScoreReversion(Strategy):
    """Long from a z-score below ``entry`` until one above ``leave``.

    Parameters
    ----------
    length : int
        Bars in the mean and the population standard deviation, at least 2.
    entry, leave : float
        Levels of the score, ``entry < leave`` and ``entry < 0``.
    """

    length: int = 60
    entry: float = -1.25
    leave: float = -0.5
    category: ClassVar[str] = "mean_reversion"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(
            -np.inf < self.entry < min(self.leave, 0.0) and self.leave < np.inf,
            f"entry must be below 0 and below leave; got {self.entry} and {self.leave}",
        )

    @property
    def warmup(self) -> int:
        """Bars in the mean."""
        return self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 between the two levels of the score, else 0; see ``Strategy.target_weights``.

        A price that stood still for ``length`` bars has no score: NaN there, flat, and the state is kept.
        """
        score = z_score(prices.close, length=self.length)
        return held_between(score < self.entry, score > self.leave, np.isfinite(score))
