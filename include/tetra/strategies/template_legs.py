"""Catching up: of two legs, long the one behind and short the one ahead. Make this rule yours.

Source: name the book, paper or idea that the rule is from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.indicators.momentum import lagged_return
from tetra.strategies.base import LegsStrategy, PriceBlock, require_parameter
from tetra.strategies.legs_bars import joint_bars, on_all_bars, relative_prices
from tetra.typing import FloatArray


@dataclass(frozen=True)
class TemplateLegs(LegsStrategy):
    """Half of capital long in the leg that rose less, half short in the other.

    Parameters
    ----------
    length : int
        Bars over which the legs are compared, at least 1.
    """

    length: int = 60
    category: ClassVar[str] = "relative_value"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.length >= 1, f"length must be at least 1 bar; got {self.length}")

    @property
    def warmup(self) -> int:
        """One bar more than the comparison: a return has two ends."""
        return self.length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return the two legs' weights, given one group; see ``Strategy.target_weights``."""
        bars = joint_bars(self, prices)  # those on which both legs have a price
        past_return = lagged_return(relative_prices(prices, bars), lookback=self.length, skip=0)
        ahead = np.sign(past_return[0] - past_return[1])
        return on_all_bars(np.stack([-0.5 * ahead, 0.5 * ahead]), bars, prices)
