"""The public call: equal to other engines, whatever the threads and tiles, for every kind of strategy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from tetra.backtest import tiles
from tetra.backtest.api import backtest
from tetra.backtest.engine import Simulation, simulate
from tetra.backtest.overlays import Financing, Overlays, Sizing
from tetra.errors import BacktestError, StrategyError
from tetra.strategies.base import Kind, LegsStrategy, Strategy
from tetra.strategies.price_block import Field, PriceBlock
from tetra.strategies.sma_cross import SmaCross

COMPARED = ("total_return", "max_drawdown", "sharpe_ratio")


def walks(n_series: int, n_bars: int) -> np.ndarray:
    """The prices that the engines of DESIGN section 8 are compared on, from their first series on."""
    steps = np.random.default_rng(7).standard_normal((n_series, n_bars)) * (0.25 * math.sqrt(1 / 252))
    steps += (0.08 - 0.25 * 0.25 / 2) / 252
    return 100.0 * np.exp(np.cumsum(steps, axis=1))


# computed with vectorbt 1.2.0 (Portfolio.from_signals, fees 0.001, signals shifted one bar, year_freq "252 days"); the
# equity of raptorbt 0.13.0 (fill_timing next_bar_open) gives the same to 1e-13. Held while SMA 20 > SMA 50
WHILE_ABOVE = {
    252: [
        [-0.23907515791941666, -0.24714915039447205, -2.5950191556829085],
        [-0.1517604266521593, -0.17536599183240842, -1.241524227762667],
        [-0.22980335060347792, -0.22980335060347779, -1.6399870799728384],
        [0.3891000456251949, -0.08625312016248154, 2.0998613991977324],
    ],
    2520: [
        [-0.5528365673587717, -0.5794327467479979, -0.3909274275020626],
        [0.3034844250039068, -0.45177106212098794, 0.23722311208116117],
        [-0.5323623778334936, -0.6864038855520975, -0.40465661675768433],
        [1.9517174128210322, -0.5550642143346416, 0.6606650322227827],
    ],
}
# the same, entered only on a cross from below: the second (fourth) series is above when the averages begin
FROM_A_CROSS_ON = {
    252: [-0.1232687721732537, -0.1667657233756753, -1.2794444497307917],
    2520: [1.87920166392126, -0.5550642143346414, 0.6484926663793872],
}


@pytest.mark.parametrize("n_bars", [252, 2520])
def test_results_equal_those_of_vectorbt_and_raptorbt(n_bars: int) -> None:
    made = backtest(SmaCross(20, 50), walks(4, n_bars), costs=0.001, metrics=COMPARED)
    np.testing.assert_allclose(made.metrics, WHILE_ABOVE[n_bars], rtol=0.0, atol=1e-9)


@dataclass(frozen=True)
class FirstCross(SmaCross):
    """Waits for the first cross where the averages begin with the fast one above."""

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        above = super().target_weights(prices)
        has_been_below = np.logical_or.accumulate(above == 0.0, axis=1)
        return np.where(has_been_below, above, np.nan)


@pytest.mark.parametrize(("n_bars", "series"), [(252, 1), (2520, 3)])
def test_entries_on_crosses_alone_equal_vectorbt_too(n_bars: int, series: int) -> None:
    made = backtest(FirstCross(20, 50), walks(4, n_bars), costs=0.001, metrics=COMPARED)
    np.testing.assert_allclose(made.metrics[series], FROM_A_CROSS_ON[n_bars], rtol=0.0, atol=1e-9)


def block(n_series: int = 60, n_bars: int = 120) -> PriceBlock:
    rng = np.random.default_rng(3)
    close = walks(n_series, n_bars)
    close[rng.random(close.shape) < 0.02] = np.nan
    opens = close * np.exp(0.01 * rng.standard_normal(close.shape))
    high, low = np.maximum(opens, close) * 1.01, np.minimum(opens, close) / 1.01
    symbols = tuple(f"S{row}" for row in range(n_series))
    return PriceBlock(symbols, opens, high, low, close, np.ones_like(close))


OPTIONS: dict[str, Any] = {
    "overlays": Overlays(stop_loss=0.05, max_drawdown=0.2, sizing=Sizing("volatility_target", lookback=20)),
    "financing": Financing(borrow_bps=50.0, cash_bps=100.0),
    "keep": ("returns", "weights", "trades"),
}


def bits_of(made: Simulation) -> list[bytes]:
    arrays = (made.metrics, made.ledgers, made.lives, made.returns, made.benchmark_returns, made.weights, made.trades)
    return [b"" if array is None else array.tobytes() for array in arrays]


@pytest.mark.parametrize("options", [{}, OPTIONS, {"keep": ("returns",)}])
def test_neither_threads_nor_tiles_change_a_bit(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    prices = block()
    whole = backtest(SmaCross(3, 8), prices, threads=1, **options)
    assert whole.metrics.shape[0] == 60
    for rows, threads in ((1, 2), (7, 1), (7, 3), (100, 2)):
        monkeypatch.setattr(tiles, "TILE_BYTES", rows * 8 * prices.n_bars)
        assert bits_of(backtest(SmaCross(3, 8), prices, threads=threads, **options)) == bits_of(whole)


def test_the_call_is_the_engine_on_the_strategys_weights() -> None:
    prices = block()
    fields = {"open_price": prices.open, "high": prices.high, "low": prices.low}
    weights = SmaCross(3, 8).target_weights(prices)
    rates = np.linspace(0.0, 0.01, prices.n_bars)
    expected = simulate(
        weights, prices.close, cost_rates=rates, periods_per_year=365.0, window_start=10, **fields, **OPTIONS
    )
    made = backtest(SmaCross(3, 8), prices, costs=rates, periods_per_year=365.0, window_start=10, **OPTIONS)
    assert bits_of(made) == bits_of(expected)


def test_bare_closes_are_filled_at_closes() -> None:
    prices = block()
    expected = simulate(
        SmaCross(3, 8).target_weights(prices), prices.close, cost_rates=np.full(120, 0.001), periods_per_year=252.0
    )
    assert bits_of(backtest(SmaCross(3, 8), prices.close)) == bits_of(expected)


@dataclass(frozen=True)
class Spread(LegsStrategy):
    """Long the first leg and short the second while the first is above its first close."""

    category: ClassVar[str] = "relative_value"

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        side = np.where(prices.close[0] > prices.close[0, 0], 0.5, -0.5)
        return np.stack([side, -side])


@dataclass(frozen=True)
class Everything(Strategy):
    """The same part of capital in each series."""

    category: ClassVar[str] = "baseline"
    kind: ClassVar[Kind] = "panel"

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        return np.full(prices.close.shape, 1.0 / len(prices.symbols))


def test_each_group_of_legs_is_an_account_of_its_own_symbols() -> None:
    prices = block()
    made = backtest(Spread(groups=(("S3", "S1"), ("S1", "S2"))), prices, keep=("returns", "weights", "trades"))
    assert made.metrics.shape[0] == 2
    rows = np.array([3, 1])
    alone = simulate(
        Spread(groups=(("S3", "S1"),)).target_weights(prices.take(rows)),
        prices.close[rows],
        open_price=prices.open[rows],
        cost_rates=np.full(120, 0.001),
        periods_per_year=252.0,
        account_starts=np.array([0, 2]),
    )
    np.testing.assert_array_equal(made.metrics[0], alone.metrics[0])
    assert made.weights is not None
    assert made.weights.shape == (4, 120)
    assert made.trades is not None
    assert set(made.trades["account"].tolist()) == {0, 1}


def test_a_panel_is_one_account() -> None:
    made = backtest(Everything(), block(), costs=0.0, keep=("returns", "weights"))
    assert made.metrics.shape[0] == 1
    assert made.weights is not None
    assert made.weights.shape == (60, 120)
    # by bar 5 the last of them has had a bar to be bought on; one without the last bar has ended and is sold
    assert made.weights[:, 5:-1].sum(axis=0) == pytest.approx(np.ones(114))


@dataclass(frozen=True)
class Careless(Strategy):
    """Returns whatever it is given."""

    weights: Any = None
    category: ClassVar[str] = "test"

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        return np.asarray(self.weights)


@dataclass(frozen=True)
class ReadsVolume(Careless):
    """Needs what closes alone do not have."""

    fields: ClassVar[tuple[Field, ...]] = ("close", "volume")


FLAT = np.full((2, 5), 10.0)


@pytest.mark.parametrize(
    ("strategy", "prices", "options", "message"),
    [
        (Careless(np.zeros((2, 4))), FLAT, {}, r"Careless returned float64 weights of shape \(2, 4\)"),
        (Careless(np.full((2, 5), np.inf)), FLAT, {}, "Careless wants an infinite weight of 0 on bar 0"),
        (ReadsVolume(np.zeros((2, 5))), FLAT, {}, "ReadsVolume reads volume, and these prices have none"),
        (Spread(groups=(("0", "2"),)), FLAT, {}, "Spread: unknown symbol '2'"),
        (SmaCross(), FLAT.astype(np.float32), {}, "close is float32, not C-contiguous float64"),
        (SmaCross(), np.asfortranarray(FLAT), {}, "not C-contiguous"),
        (SmaCross(), np.where(np.eye(2, 5) > 0, np.inf, 1.0), {}, r"close is inf at \(0, 0\)"),
        (SmaCross(), FLAT, {"costs": -0.1}, "cost_rates is -0.1 on bar 0"),
        (SmaCross(), FLAT, {"costs": np.zeros(4)}, r"cost_rates has shape \(4,\)"),
        (SmaCross(), FLAT, {"window_start": 5}, "window_start is 5"),
        (SmaCross(), FLAT, {"metrics": ("sharpe",)}, "unknown metric 'sharpe'; did you mean 'sharpe_ratio'"),
        (SmaCross(), FLAT, {"keep": ("equity",)}, "unknown record to keep 'equity'"),
        (SmaCross(), FLAT, {"threads": 0}, "threads is 0"),
        (Careless(np.full((2, 5), 200.0)), FLAT, {"costs": 0.01}, "a weight of 200.0 at a cost of 0.01"),
    ],
)
def test_what_cannot_be_run_is_named(strategy: Strategy, prices: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises((BacktestError, StrategyError), match=message):
        backtest(strategy, prices, **options)
