"""Cross-sectional momentum: hold the fifth of the universe that rose most over the past year, the last month left out.

Source: Jegadeesh and Titman (1993), "Returns to Buying Winners and Selling Losers: Implications for Stock Market
Efficiency", Journal of Finance 48(1), 65-91; twelve months but the last as in Asness, Moskowitz and Pedersen (2013),
"Value and Momentum Everywhere", Journal of Finance 68(3), 929-985; fifths in place of tenths, for a smaller universe.
Rebalanced monthly; a rebalance that picks the same symbols is not traded (``panel_schedule``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.strategies.base import require_parameter
from tetra.strategies.panel_schedule import PanelStrategy
from tetra.strategies.panel_weights import ranked_weights, require_share
from tetra.typing import FloatArray


@dataclass(frozen=True)
class CrossSectionalMomentum(PanelStrategy):
    """Hold past winners in equal parts, against past losers if ``long_short``.

    Parameters
    ----------
    skip : int
        Most recent bars left out of the return, ``0 <= skip < lookback``; 21 is one month.
    share : float
        Of the universe that is held, above 0 and at most 0.5; 0.2 is a fifth.
    long_short : bool
        Winners get half of the capital and losers minus a half; else winners get all of it.
    """

    skip: int = 21
    share: float = 0.2
    long_short: bool = False
    category: ClassVar[str] = "panel"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self.share)
        require_parameter(
            0 <= self.skip < self.lookback,
            f"skip must be at least 0 and below lookback; got {self.skip} and {self.lookback}",
        )

    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return equal weights of the winners; see ``PanelStrategy.weigh``."""
        past_return = closes[:, -1 - self.skip] / closes[:, 0] - 1.0
        return ranked_weights(past_return, share=self.share, long_short=self.long_short)
