"""Small strategies of each kind, and panels, that walks can be checked on by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from tetra.backtest.costs import Costs
from tetra.backtest.risk import Risk
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.base import Kind, LegsStrategy, PriceBlock, Strategy
from tetra.strategies.building import build
from tetra.strategies.registry import RegisteredStrategy
from tetra.strategies.walk_forward_plan import WalkForwardPlan
from tetra.typing import FloatArray

FREE = Risk(Costs(commission_bps=0.0, half_spread_bps=0.0))
TEN_BPS = Risk(Costs(commission_bps=5.0, half_spread_bps=5.0))


@dataclass(frozen=True)
class Constant(Strategy):
    """Always wants one weight."""

    weight: float = 1.0
    category: ClassVar[str] = "baseline"

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        return np.where(np.isnan(prices.close), np.nan, self.weight)


@dataclass(frozen=True)
class Spread(LegsStrategy):
    """Long the leg that rose more over some bars, short the other."""

    length: int = 5
    category: ClassVar[str] = "relative_value"

    @property
    def warmup(self) -> int:
        return self.length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        ahead = risen(prices, self.length)
        sign = np.sign(ahead[0] - ahead[1])
        return np.ascontiguousarray(0.5 * np.stack([sign, -sign]))


@dataclass(frozen=True)
class Tilt(Strategy):
    """Evenly long what rose over some bars."""

    length: int = 5
    category: ClassVar[str] = "momentum"
    kind: ClassVar[Kind] = "panel"

    @property
    def warmup(self) -> int:
        return self.length + 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        ahead = risen(prices, self.length)
        return np.where(np.isnan(ahead), np.nan, (ahead > 0.0) / len(prices.symbols))


def risen(prices: PriceBlock, length: int) -> FloatArray:
    """Return the simple return over some bars, NaN at first."""
    ahead = np.full(prices.close.shape, np.nan)
    ahead[:, length:] = prices.close[:, length:] / prices.close[:, :-length] - 1.0
    return ahead


SMA = "tetra.strategies.sma_cross.SmaCross"
CONSTANT = f"{__name__}.Constant"

OF_EACH_KIND: dict[str, tuple[str, dict[str, Any], dict[str, tuple[Any, ...]]]] = {
    "single": (SMA, {}, {"fast": (2, 5, 9), "slow": (10, 20)}),
    "legs": (f"{__name__}.Spread", {"groups": [["A", "B"], ["C", "A"]]}, {"length": (2, 5, 9)}),
    "panel": (f"{__name__}.Tilt", {}, {"length": (2, 5, 9)}),
}
"""Class, parameters and grid."""


def entry(
    class_path: str, grid: dict[str, tuple[Any, ...]], parameters: dict[str, Any] | None = None, **plan: Any
) -> RegisteredStrategy:
    """Return a registered strategy with a plan."""
    made = build(class_path, parameters or {}, name="walked")
    return RegisteredStrategy("walked", class_path, made, True, walk_forward=WalkForwardPlan(grid=grid, **plan))


def entry_of_kind(kind: str, **plan: Any) -> RegisteredStrategy:
    """Return a strategy of a kind with a grid that has something to choose from."""
    class_path, parameters, grid = OF_EACH_KIND[kind]
    return entry(class_path, grid, parameters, **plan)


def panel_of(close: FloatArray, *, window_start: int = 1, open_price: FloatArray | None = None) -> ScenarioPanel:
    """Return a panel of series A, B, ... that can all be traded."""
    n_series, n_bars = close.shape
    absent = np.full(close.shape, np.nan)
    return ScenarioPanel(
        scenario_name="walked",
        scenario_family="full_history",
        symbols=tuple(chr(ord("A") + row) for row in range(n_series)),
        sessions=np.datetime64("2001-01-01", "D") + np.arange(n_bars),
        window_start=window_start,
        is_tradable=np.ones(n_series, dtype=np.bool_),
        open=absent if open_price is None else open_price,
        high=absent,
        low=absent,
        close=close,
        volume=absent,
        commission_multiplier=np.ones(n_bars),
        spread_multiplier=np.ones(n_bars),
    )


def random_panel(seed: int, *, gaps: float = 0.02) -> ScenarioPanel:
    """Return random walks of which a share of bars is missing, and one begins late."""
    rng = np.random.default_rng(seed)
    n_series, n_bars, window_start = 4, 180, 25
    close = 100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal((n_series, n_bars)), axis=1))
    close[rng.random(close.shape) < gaps] = np.nan
    close[-1, : window_start + 40] = np.nan
    open_price = close * np.exp(0.004 * rng.standard_normal(close.shape))
    return panel_of(close, window_start=window_start, open_price=open_price)
