"""Chandelier exit: ride a rise until the price falls a few average ranges below its highest high.

Source: the exit is Chuck LeBeau's, in Elder (2002), "Come Into My Trading Room": the highest high since
entry less three average true ranges of 22 bars. That the stop never falls when ranges widen, and the entry,
are our own: a close that is the highest of the last ``length`` closes. The re-entry is the same, so after a
stop the strategy stays flat until the price makes a new high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.channels import rolling_maximum
from tetra.indicators.ranges import average_true_range
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class AtrTrailingStop(Strategy):
    """Long from the highest close of ``length`` bars until a close below the trailing stop, which never falls.

    Parameters
    ----------
    length : int
        Bars in the average true range and in the highest close, at least 2.
    multiple : float
        Average true ranges from the highest high since entry down to the stop, above 0.
    """

    length: int = 22
    multiple: float = 3.0
    category: ClassVar[str] = "volatility"
    fields: ClassVar[tuple[Field, ...]] = ("high", "low", "close")

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(0.0 < self.multiple < np.inf, f"multiple must be above 0 and finite; got {self.multiple}")

    @property
    def warmup(self) -> int:
        """One bar more than there are true ranges: the first needs the close before it."""
        return self.length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 from a new high to the stop, else 0; see ``Strategy.target_weights``."""
        average_range = average_true_range(prices.high, prices.low, prices.close, length=self.length)
        highest_close = rolling_maximum(prices.close, length=self.length)
        return _trailed(prices.high, prices.close, average_range, highest_close, self.multiple)


@compiled()
def _trailed(
    high: FloatArray, close: FloatArray, average_range: FloatArray, highest_close: FloatArray, multiple: float
) -> FloatArray:
    weights = np.full(close.shape, np.nan)
    for row in range(close.shape[0]):
        is_long = False
        highest_high = -np.inf
        stop = -np.inf
        for bar in range(close.shape[1]):
            if np.isnan(average_range[row, bar]) or np.isnan(highest_close[row, bar]):
                continue
            if not is_long and close[row, bar] >= highest_close[row, bar]:
                is_long = True
                highest_high = -np.inf
                stop = -np.inf
            if is_long:
                highest_high = max(highest_high, high[row, bar])
                stop = max(stop, highest_high - multiple * average_range[row, bar])
                is_long = close[row, bar] >= stop  # judged on the bar of entry too: a close far below its own high
            weights[row, bar] = 1.0 if is_long else 0.0
    return weights
