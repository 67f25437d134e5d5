"""Parabolic stop and reverse: long while the stop that trails the price is below it, flat otherwise.

Source: Wilder (1978), "New Concepts in Technical Trading Systems", section II, "The Parabolic Time/Price System":
acceleration 0.02 per new extreme up to 0.20. Wilder reverses at the stop during the day; here the side is judged at
the close, filled on the next bar, and the short side is flat unless ``with_shorts``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from tetra.indicators.parabolic_sar import parabolic_stop_and_reverse
from tetra.strategies.base import Field, PriceBlock, Strategy, require_parameter
from tetra.strategies.positions import long_above_short_below, long_while_above
from tetra.typing import FloatArray


@dataclass(frozen=True)
class ParabolicSar(Strategy):
    """Long while the close is above the parabolic stop.

    Parameters
    ----------
    acceleration : float
        Step of the acceleration factor at each new extreme.
    maximum : float
        Its largest value, ``0 < acceleration <= maximum <= 1``.
    with_shorts : bool
        Whether a close below the stop is sold short, as Wilder does; else it is flat.
    """

    acceleration: float = 0.02
    maximum: float = 0.2
    with_shorts: bool = False
    category: ClassVar[str] = "trend"
    fields: ClassVar[tuple[Field, ...]] = ("high", "low", "close")

    def __post_init__(self) -> None:
        require_parameter(
            0.0 < self.acceleration <= self.maximum <= 1.0,
            f"0 < acceleration <= maximum <= 1 must hold; got {self.acceleration} and {self.maximum}",
        )

    @property
    def warmup(self) -> int:
        """Two bars: the first direction is that of their difference."""
        return 2

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return 1 above the stop, else 0, or -1 below it if wanted; see ``Strategy.target_weights``."""
        stop = parabolic_stop_and_reverse(prices.high, prices.low, acceleration=self.acceleration, maximum=self.maximum)
        side = long_above_short_below if self.with_shorts else long_while_above
        return side(prices.close, stop)
