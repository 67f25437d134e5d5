"""Rate of change: long from a return over a few bars above a band around zero until one below it, flat otherwise.

Source: Murphy (1999), "Technical Analysis of the Financial Markets", chapter 10, on momentum and the rate of change
over 10 days and its crossing of the zero line. The band against whipsaws is that of Brock, Lakonishok and LeBaron
(1992), Journal of Finance 47(5), 1731-1764, who use 1 %; with a band of 0 it is Murphy's crossing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.momentum import lagged_return
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.strategies.latch import held_between
from tetra.typing import FloatArray


@dataclass(frozen=True)
class RateOfChange(Strategy):
    """Long from a return over ``length`` bars above ``band`` until one below ``-band``.

    Parameters
    ----------
    length : int
        Bars of the return, at least 1.
    band : float
        Half width of the zone around zero in which the position stays as it is; a fraction, ``0 <= band < 1``.
    """

    length: int = 10
    band: float = 0.01
    category: ClassVar[str] = "momentum"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 1, f"length must be at least 1 bar; got {self.length}")
        require_parameter(0.0 <= self.band < 1.0, f"band must be at least 0 and below 1; got {self.band}")

    @property
    def warmup(self) -> int:
        """One bar more than the return is long: it has two ends."""
        return self.length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 from a rise beyond the band to a fall beyond it, else 0; see ``Strategy.target_weights``."""
        change = lagged_return(prices.close, lookback=self.length, skip=0)
        return held_between(change > self.band, change < -self.band, np.isfinite(change))
