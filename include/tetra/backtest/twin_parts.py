"""Small things of the plain-Python twin: bars, trades, legs, and the two sums that need some arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from tetra.backtest.overlays import Sizing
from tetra.metrics.checks import ROUNDING

NAN = math.nan


@dataclass(frozen=True)
class Bar:
    """One instrument's bar; ``open``, ``high`` and ``low`` may be NaN."""

    close: float
    open: float = NAN
    high: float = NAN
    low: float = NAN

    @property
    def has_range(self) -> bool:
        """Whether a stop can be judged within the bar."""
        return not any(math.isnan(price) for price in (self.open, self.high, self.low))

    @property
    def fill_price(self) -> float:
        """Price of fills."""
        return self.close if math.isnan(self.open) else self.open


@dataclass(frozen=True)
class Trade:
    """A trade; ``exit_bar`` is -1 while it is open."""

    entry_bar: int
    direction: int
    entry_price: float
    opened_with: float
    exit_bar: int = -1
    exit_price: float = NAN
    closed_with: float = NAN
    reason: str = "open_at_end"

    @property
    def gain(self) -> float:
        """Money made, in units of starting capital; negative when lost."""
        return self.closed_with - self.opened_with


@dataclass
class Leg:
    """One instrument of an account."""

    units: float = 0.0
    last_close: float = 0.0
    decision: float = 0.0
    target: float = 0.0
    order: float | None = None
    end: int = 0  # window bar of the last bar of its series
    is_ended: bool = False
    returns: list[float] = field(default_factory=list)  # NaN on bars without one


def equity_after_costs(before: float, values: dict[int, float], weights: dict[int, float], rate: float) -> float:
    """Return the E with E + rate * sum of abs(weight * E - value) = ``before``, by bisection.

    The left side grows with E, because the costs of the weights together are below what they hold.
    """
    gross = sum(abs(weight) for weight in weights.values())
    low = (before - rate * sum(map(abs, values.values()))) / (1.0 + rate * gross) - 1.0
    low, high = min(low, 0.0) - abs(before), max(before, 0.0)
    for _ in range(200):
        middle = 0.5 * (low + high)
        costs = rate * sum(abs(weight * middle - values[place]) for place, weight in weights.items())
        low, high = (middle, high) if middle + costs <= before else (low, middle)
    return high


def sizing_multiple(sizing: Sizing, legs: list[Leg], periods_per_year: float) -> float:
    """Return the multiple of the weights wanted now; see ``overlays.Sizing``."""
    if sizing.method == "fixed_fraction":
        return sizing.fraction
    wanted = np.array([leg.decision for leg in legs])
    gross = np.abs(wanted).sum()
    if gross == 0.0:
        return 0.0
    held = wanted != 0.0
    table = np.array([leg.returns for leg in legs])[held].reshape(held.sum(), -1)
    complete = table[:, ~np.isnan(table).any(axis=0)]
    recent = (wanted[held] / gross) @ complete[:, -sizing.lookback :]
    if recent.size < sizing.lookback:
        return 0.0
    mean, deviation = recent.mean(), recent.std(ddof=1)
    if deviation < ROUNDING:
        return sizing.cap if sizing.method == "volatility_target" or mean > ROUNDING else 0.0
    if sizing.method == "volatility_target":
        return float(min(sizing.cap, sizing.annual_volatility / (deviation * math.sqrt(periods_per_year))))
    return float(min(sizing.cap, max(0.0, sizing.fraction * mean / deviation**2)))
