"""Fly: one body against two wings, 1:-2:1, when the body has moved away from between them.

Source: Litterman and Scheinkman (1991), "Common Factors Affecting Bond Returns", Journal of Fixed Income 1(1), 54-61,
for the butterfly, which keeps curvature and drops level and slope; in at two deviations and out where the mean is
crossed as in Gatev, Goetzmann and Rouwenhorst (2006), Review of Financial Studies 19(3), 797-827.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.bands import rolling_standard_deviation, z_score
from tetra.strategies.base import LegsStrategy, PriceBlock, require_parameter
from tetra.strategies.latch import held_between
from tetra.strategies.legs_bars import ROUNDING, joint_bars, on_all_bars, relative_prices, resumed_bars
from tetra.typing import FloatArray

SHARES = np.array([[0.25], [-0.5], [0.25]])
"""Of capital, wing, body, wing: 1:-2:1, and 1 in sum without signs."""


@dataclass(frozen=True)
class Fly(LegsStrategy):
    """Long the wings and short the body while the body is dear, the other way round while it is cheap.

    What is dear is told by the z-score of log(first) - 2 log(body) + log(last) among its last ``lookback`` values.

    Parameters
    ----------
    groups : tuple of tuple of str
        Wing, body, wing.
    lookback : int
        Bars in the z-score, the current one included, at least 2.
    entry, exit : float
        Deviations at which a trade is opened, and back at which it is closed; ``0 <= exit < entry``.
    """

    lookback: int = 63
    entry: float = 2.0
    exit: float = 0.0
    category: ClassVar[str] = "relative_value"
    legs: ClassVar[int] = 3

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.lookback >= 2, f"lookback must be at least 2 bars; got {self.lookback}")
        require_parameter(
            0.0 <= self.exit < self.entry, f"0 <= exit < entry must hold; got {self.exit} and {self.entry}"
        )

    @property
    def warmup(self) -> int:
        """Bars of the z-score."""
        return self.lookback

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return the 1:-2:1 weights of the open trade, else 0; see ``Strategy.target_weights``."""
        bars = joint_bars(self, prices)
        first, body, last = np.log(relative_prices(prices, bars))
        curvature = (first - 2.0 * body + last)[None, :]
        score = z_score(curvature, length=self.lookback)
        deviation = rolling_standard_deviation(curvature, length=self.lookback)
        varies, is_ready = deviation > ROUNDING, np.isfinite(deviation)
        is_resumed = resumed_bars(prices, bars)
        wings_cheap = held_between(varies & (score <= -self.entry), (score >= -self.exit) | is_resumed, is_ready)
        wings_dear = held_between(varies & (score >= self.entry), (score <= self.exit) | is_resumed, is_ready)
        return on_all_bars(SHARES * (wings_cheap - wings_dear), bars, prices)
