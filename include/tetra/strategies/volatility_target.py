"""Volatility target: hold less of what moves more, so that the risk taken stays about the same.

Source: Moreira and Muir (2017), "Volatility-Managed Portfolios", Journal of Finance 72(4), 1611-1644 (the
last month's realised volatility), with the target of Harvey et al. (2018), "The Impact of Volatility
Targeting", Journal of Portfolio Management 45(1), 14-33. Instead of every month the weight is changed when
the wanted one has drifted from it by more than a tolerance, our own rule against daily turnover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.bands import rolling_standard_deviation
from tetra.indicators.momentum import lagged_return
from tetra.strategies.base import PriceBlock, Strategy, require_parameter
from tetra.typing import FloatArray


@dataclass(frozen=True)
class VolatilityTarget(Strategy):
    """Long with weight ``target`` over realised volatility, at most ``maximum``.

    Parameters
    ----------
    target : float
        Annualised volatility wanted, a fraction above 0.
    length : int
        Daily returns in the realised volatility (population standard deviation), at least 2; 21 is one month.
    maximum : float
        Largest weight, above 0; 1 borrows nothing.
    tolerance : float
        Share of the weight in force by which the wanted weight must differ before it is taken, at least 0.
    periods_per_year : float
        Bars in a year, above 0: 252, or 365 for crypto on its own calendar.
    """

    target: float = 0.10
    length: int = 21
    maximum: float = 1.0
    tolerance: float = 0.2
    periods_per_year: float = 252.0
    category: ClassVar[str] = "volatility"

    def __post_init__(self) -> None:
        require_parameter(self.length >= 2, f"length must be at least 2 returns; got {self.length}")
        require_parameter(
            0.0 <= self.tolerance < np.inf, f"tolerance must be at least 0 and finite; got {self.tolerance}"
        )
        for name in ("target", "maximum", "periods_per_year"):
            value = getattr(self, name)
            require_parameter(0.0 < value < np.inf, f"{name} must be above 0 and finite; got {value}")

    @property
    def warmup(self) -> int:
        """One bar more than there are returns."""
        return self.length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        """Return the weight in force after each bar, 0 to ``maximum``; see ``Strategy.target_weights``.

        NaN, so flat, where the last price or the one before is not positive: there is no return.
        """
        returns = lagged_return(prices.close, lookback=1, skip=0)
        volatility = rolling_standard_deviation(returns, length=self.length)
        target_per_bar = self.target / np.sqrt(self.periods_per_year)
        return _in_force(volatility, target_per_bar, self.maximum, self.tolerance)


@compiled()
def _in_force(volatility: FloatArray, target: float, maximum: float, tolerance: float) -> FloatArray:
    weights = np.full(volatility.shape, np.nan)
    for row in range(volatility.shape[0]):
        held = np.nan
        for bar in range(volatility.shape[1]):
            realised = volatility[row, bar]
            if np.isnan(realised):
                continue
            wanted = min(maximum, target / realised)  # no volatility at all: infinite, so the maximum
            if np.isnan(held) or abs(wanted - held) > tolerance * held:
                held = wanted
            weights[row, bar] = held
    return weights
