"""Pairs by cointegration: the first leg against the second in the ratio of a regression, when they have come apart.

Source: Vidyamurthy (2004), "Pairs Trading: Quantitative Methods and Analysis", chapters 5 to 8: regress log price on
log price, trade the residual; Engle and Granger (1987), "Co-integration and Error Correction", Econometrica 55(2),
251-276, for the test of it. In at two deviations, out at the mean or after six months: Gatev, Goetzmann and Rouwenhorst
(2006), Review of Financial Studies 19(3), 797-827.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.strategies.base import LegsStrategy, PriceBlock, require_parameter
from tetra.strategies.legs_bars import group_bars, joint_bars, on_all_bars, relative_prices, resumed_bars
from tetra.strategies.pairs_regression import pair_weights
from tetra.typing import FloatArray


@dataclass(frozen=True)
class PairsCointegration(LegsStrategy):
    """Trade the residual of log(first) = alpha + hedge ratio x log(second) back to zero.

    The regression is over the ``lookback`` bars before the current one, anew on every bar while flat; what it gave on
    the bar of the entry stays for as long as the trade is open, so its weights do not move. Amounts of money are 1 to
    the hedge ratio and add up to the capital; a hedge ratio of zero or below is no hedge and is not traded.

    Parameters
    ----------
    lookback : int
        Bars in the regression, at least 3.
    entry, exit : float
        Standard errors of the regression at which a trade is opened, and back at which it is closed;
        ``0 <= exit < entry``.
    max_holding : int
        Bars after which an open trade is closed, at least 1; the next may open on the bar after. Bars of the group,
        on which any leg has one; judged where all have.
    critical_value : float
        The Engle-Granger statistic (Dickey-Fuller without lags, of the residuals) must be below it, at most 0.
        -3.34 is the 5 % point of two series with a constant (MacKinnon 2010, "Critical Values for Cointegration
        Tests", table 2); 0.0 asks only that residuals tended back at all.
    """

    lookback: int = 252
    entry: float = 2.0
    exit: float = 0.0
    max_holding: int = 126
    critical_value: float = -3.34
    category: ClassVar[str] = "relative_value"

    def __post_init__(self) -> None:
        super().__post_init__()
        require_parameter(self.lookback >= 3, f"lookback must be at least 3 bars; got {self.lookback}")
        require_parameter(
            0.0 <= self.exit < self.entry, f"0 <= exit < entry must hold; got {self.exit} and {self.entry}"
        )
        require_parameter(self.max_holding >= 1, f"max_holding must be at least 1 bar; got {self.max_holding}")
        require_parameter(self.critical_value <= 0.0, f"critical_value must be at most 0; got {self.critical_value}")

    @property
    def warmup(self) -> int:
        """One bar more than the regression, which leaves the current one out."""
        return self.lookback + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return the weights of the open trade, else 0; see ``Strategy.target_weights``."""
        bars = joint_bars(self, prices)
        logs = np.log(relative_prices(prices, bars))
        counts, is_resumed = group_bars(prices)[bars], resumed_bars(prices, bars)
        limits = self.lookback, self.entry, self.exit, self.max_holding, self.critical_value
        weights = pair_weights(logs[0], logs[1], counts, is_resumed, *limits)
        return on_all_bars(weights, bars, prices)
