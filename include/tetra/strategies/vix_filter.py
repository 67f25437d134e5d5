"""VIX filter: hold while the market's fear gauge is below its own average, stand aside while it is above.

Source: Copeland and Copeland (1999), "Market Timing: Style and Size Rotation Using the VIX", Financial
Analysts Journal 55(2), 73-81: the index against its own average over the past 75 days. They rotate between
styles; here every symbol is held or not, which is our own reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.averages import simple_moving_average
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class VixFilter(Strategy):
    """Long while the index is below its simple moving average.

    Parameters
    ----------
    length : int
        Bars of the index in its average, at least 2.
    index : str
        Symbol of the volatility index; read, not traded.
    """

    length: int = 75
    index: str = "VIX"
    category: ClassVar[str] = "volatility"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")
        require_parameter(bool(self.index), f"index must name a volatility index, such as VIX; got {self.index!r}")

    @property
    def references(self) -> tuple[str, ...]:
        """The volatility index."""
        return (self.index,)

    @property
    def warmup(self) -> int:
        """Bars in the average of the index."""
        return self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while the index is below its average, else 0; see ``Strategy.target_weights``.

        On a day without a bar of the index its last reading stands.
        """
        level = prices.reference(self.index)
        average = simple_moving_average(level[np.newaxis, :], length=self.length)[0]
        calm = np.where(np.isnan(average), np.nan, np.where(level < average, 1.0, 0.0))
        return np.where(np.isnan(prices.close), np.nan, _carried_forward(calm))


def _carried_forward(values: FloatArray) -> FloatArray:
    last_known = np.maximum.accumulate(np.where(np.isnan(values), 0, np.arange(values.size)))
    return values[last_known]
