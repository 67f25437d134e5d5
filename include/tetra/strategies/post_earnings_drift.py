"""Post-earnings drift: after a report clearly better than expected, hold for a quarter.

Source: Bernard and Thomas (1989), "Post-Earnings-Announcement Drift: Delayed Price Response or Risk
Premium?", Journal of Accounting Research 27, 1-36: prices drift in the direction of the surprise for about
60 sessions. They sort surprises, standardised by their past deviation, into deciles; the surprise as a
share of what analysts expected, and the fixed threshold, are our own. The short side is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.compiled import compiled
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class PostEarningsDrift(Strategy):
    """Long for ``hold`` bars after a surprise above ``threshold``; each report decides anew.

    Parameters
    ----------
    hold : int
        Bars of the symbol from the one on which the report is known, that one included, at least 1.
    threshold : float
        Reported minus expected earnings as a fraction of those expected, at least 0; 0.05 is 5 % better.

    Notes
    -----
    A report above the threshold starts the count again; any other report ends the holding. A symbol that has
    not reported yet is flat, not unready: there is nothing to be waited for. A report that stands on a
    missing bar is acted on at the next bar.
    """

    hold: int = 60
    threshold: float = 0.05
    category: ClassVar[str] = "events"
    fields: ClassVar[tuple[Field, ...]] = ("close", "earnings_surprise")

    def __post_init__(self) -> None:
        require_parameter(self.hold >= 1, f"hold must be at least 1 bar; got {self.hold}")
        require_parameter(
            0.0 <= self.threshold < np.inf, f"threshold must be at least 0 and finite; got {self.threshold}"
        )

    @property
    def warmup(self) -> int:
        """One bar: no report yet is flat."""
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 in the bars after a good surprise, else 0; see ``Strategy.target_weights``."""
        return _drifted(prices.close, prices.field("earnings_surprise"), self.hold, self.threshold)


@compiled()
def _drifted(close: FloatArray, surprise: FloatArray, hold: int, threshold: float) -> FloatArray:
    weights = np.full(close.shape, np.nan)
    for row in range(close.shape[0]):
        left = 0
        for bar in range(close.shape[1]):
            reported = surprise[row, bar]
            if not np.isnan(reported):
                left = hold if reported > threshold else 0
            if np.isnan(close[row, bar]):
                continue
            weights[row, bar] = 1.0 if left > 0 else 0.0
            left = max(left - 1, 0)
    return weights
