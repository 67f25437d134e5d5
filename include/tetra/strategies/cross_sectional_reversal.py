"""Cross-sectional reversal: hold the fifth of the universe that fell most over the past month.

Source: Jegadeesh (1990), "Evidence of Predictable Behavior of Security Returns", Journal of Finance 45(3), 881-898, by
months; Lehmann (1990), "Fads, Martingales, and Market Efficiency", Quarterly Journal of Economics 105(1), 1-28, by
weeks.
Rebalanced monthly; a rebalance that picks the same symbols is not traded (``panel_schedule``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.strategies.panel_schedule import PanelStrategy
from tetra.strategies.panel_weights import ranked_weights, require_share
from tetra.typing import FloatArray


@dataclass(frozen=True)
class CrossSectionalReversal(PanelStrategy):
    """Hold the past month's losers in equal parts, against its winners if ``long_short``.

    Parameters
    ----------
    lookback : int
        Bars back to the base of the return; 21 is one month.
    share : float
        Of the universe that is held, above 0 and at most 0.5; 0.2 is a fifth.
    long_short : bool
        Losers get half of the capital and winners minus a half; else losers get all of it.
    """

    lookback: int = 21
    share: float = 0.2
    long_short: bool = False
    category: ClassVar[str] = "panel"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_share(self.share)

    def weigh(self, closes: FloatArray) -> FloatArray:
        """Return equal weights of the losers; see ``PanelStrategy.weigh``."""
        past_return = closes[:, -1] / closes[:, 0] - 1.0
        return ranked_weights(-past_return, share=self.share, long_short=self.long_short)
