"""On-balance volume: long while the volume of rises less that of falls is above its average, flat otherwise.

Source: Granville (1963), "Granville's New Key to Stock Market Profits", for the volume; its average as the signal is
tested by Sullivan, Timmermann and White (1999), "Data-Snooping, Technical Trading Rule Performance, and the
Bootstrap", Journal of Finance 54(5), 1647-1691, and, with 50 days among others, by Tsang and Chong (2009),
"Profitability of the On-Balance Volume Indicator", Economics Bulletin 29(3). The short side is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.indicators.averages import simple_moving_average
from tetra.indicators.volume import on_balance_volume
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.strategies.positions import long_while_above
from tetra.typing import FloatArray


@dataclass(frozen=True)
class OnBalanceVolumeTrend(Strategy):
    """Long while on-balance volume is above its average of ``length`` bars.

    Parameters
    ----------
    length : int
        Bars of the average, at least 2.
    """

    length: int = 50
    category: ClassVar[str] = "trend"
    fields: ClassVar[tuple[Field, ...]] = ("close", "volume")

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 bars; got {self.length}")

    @property
    def warmup(self) -> int:
        """Bars of the average: on-balance volume itself begins with the first bar."""
        return self.length

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 while the balance is above its average, else 0; see ``Strategy.target_weights``."""
        balance = on_balance_volume(prices.close, prices.volume)
        return long_while_above(balance, simple_moving_average(balance, length=self.length))
