"""From a strategy and a panel to what is judged: on series made up here, traded by the engine."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
from tests.tetra.backtest.walked import FREE, TEN_BPS, Constant, Tilt, panel_of

from tetra.backtest.cells import PERIODS_PER_YEAR, cells_of, market_of, run_cells
from tetra.backtest.overlays import Overlays
from tetra.backtest.portfolio import combine
from tetra.backtest.risk import Risk
from tetra.luck.candidates import Ground, on_full_history, rejected
from tetra.luck.family import Candidate
from tetra.luck.null_twins import permuted_dates
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.base import PriceBlock, Strategy
from tetra.strategies.registry import RegisteredStrategy
from tetra.typing import FloatArray

N_BARS, N_SERIES = 700, 6


@dataclass(frozen=True)
class Told(Strategy):
    """Long or short by the sign of the return from its own fill to the next one, told right at times."""

    accuracy: float = 0.6
    fills_at_open: bool = True
    category: ClassVar[str] = "baseline"

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        fills = prices.open if self.fills_at_open else prices.close
        rises = np.zeros(fills.shape)
        rises[:, :-2] = np.sign(fills[:, 2:] / fills[:, 1:-1] - 1.0)
        is_right = np.random.default_rng(5).random(fills.shape) < self.accuracy
        return np.ascontiguousarray(np.where(is_right, rises, -rises))


@dataclass(frozen=True)
class Late(Constant):
    """Decides nothing on its first bars, then changes its mind every ten."""

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        bars = np.arange(prices.n_bars)
        wanted = np.where(bars < 130, np.nan, np.where(bars // 10 % 2 == 0, 1.0, 0.0))
        return np.ascontiguousarray(np.broadcast_to(wanted, prices.close.shape))


def made_panel(*, has_opens: bool, window_start: int = 50) -> ScenarioPanel:
    """Return series with a market in them; one is listed late, one ends early, one misses bars."""
    rng = np.random.default_rng(17)
    moves = 0.0003 + 0.006 * rng.standard_normal(2 * N_BARS) + 0.008 * rng.standard_normal((N_SERIES, 2 * N_BARS))
    path = 100.0 * np.cumprod(1.0 + moves, axis=1)
    opens, close = np.ascontiguousarray(path[:, ::2]), np.ascontiguousarray(path[:, 1::2])
    for values in (opens, close):
        values[3, :300] = np.nan
        values[4, 500:] = np.nan
        values[5, 200:203] = np.nan
    return panel_of(close, window_start=window_start, open_price=opens if has_opens else None)


def ground_of(panel: ScenarioPanel, *, risk: Risk = FREE) -> Ground:
    n_days = panel.sessions.size - panel.window_start
    return Ground(panel, market_of(panel), risk, permuted_dates(n_days, rng=np.random.default_rng(3)))


def judged(strategy: Strategy, panel: ScenarioPanel, *, risk: Risk = FREE, **changes: Any) -> Candidate:
    entry = replace(RegisteredStrategy("tried", "none", strategy, True), **changes)
    candidate = on_full_history(entry, ground_of(panel, risk=risk))
    assert candidate is not None
    return candidate


@pytest.mark.parametrize("has_opens", [True, False])
def test_an_oracle_beats_its_twins_and_one_that_is_told_nothing_does_not(has_opens: bool) -> None:
    panel = made_panel(has_opens=has_opens)
    told = [judged(Told(accuracy, has_opens), panel).null_twin_p_value for accuracy in (0.6, 0.5, 0.4)]
    assert told[0] == 1 / 1000
    assert 0.05 < told[1] < 0.95
    assert told[2] == 1.0


@pytest.mark.parametrize("strategy", [Told(0.5), Tilt(5)])
def test_what_is_judged_is_the_portfolio_less_buy_and_hold_at_its_mean_weight(strategy: Strategy) -> None:
    panel = made_panel(has_opens=True)
    candidate = judged(strategy, panel, risk=TEN_BPS)
    entry, cells = RegisteredStrategy("tried", "none", strategy, True), cells_of(strategy, market_of(panel))
    assert cells is not None
    run = run_cells(entry, cells, panel, risk=TEN_BPS, keep=("returns", "weights"))
    has_bar = run.has_bar(panel.window_start)
    assert run.simulation.weights is not None
    assert run.simulation.benchmark_returns is not None
    portfolio = combine(run.simulation, has_bar, periods_per_year=PERIODS_PER_YEAR)
    n_alive = has_bar.sum(axis=0)
    held_of_cells = np.add.reduceat(run.simulation.weights, cells.starts[:-1], axis=0)
    net = (held_of_cells * has_bar).sum(axis=0) / n_alive
    buy_and_hold = (run.simulation.benchmark_returns * has_bar).sum(axis=0) / n_alive
    np.testing.assert_allclose(candidate.returns, portfolio.returns, atol=1e-15)
    np.testing.assert_allclose(candidate.timing_returns, portfolio.returns - net.mean() * buy_and_hold, atol=1e-15)


def test_days_count_from_the_first_decision_that_is_filled() -> None:
    panel = made_panel(has_opens=True)
    counts = ~np.isnan(judged(Late(), panel).timing_returns)
    # decided on bar 130, filled on bar 131, which is day 81 of a window that begins with bar 50
    assert np.flatnonzero(counts).tolist() == list(range(81, N_BARS - 50))


@pytest.mark.parametrize("weight", [1.0, 0.5, 0.0, -1.0])
def test_a_constant_weight_is_seen_to_be_one_and_has_no_twins(weight: float) -> None:
    candidate = judged(Constant(weight), made_panel(has_opens=True))
    assert candidate.has_constant_weights
    assert math.isnan(candidate.null_twin_p_value)


def test_a_constant_weight_with_a_stop_is_none() -> None:
    candidate = judged(Constant(1.0), made_panel(has_opens=True), overlays=Overlays(trailing_stop=0.05))
    assert not candidate.has_constant_weights
    assert not math.isnan(candidate.null_twin_p_value)


def test_a_window_that_begins_with_the_first_bar_can_be_judged() -> None:
    candidate = judged(Told(0.6), made_panel(has_opens=True, window_start=0))
    # nothing is decided before the first bar
    assert np.isnan(candidate.timing_returns[0])
    assert not np.isnan(candidate.timing_returns[1:]).any()
    assert candidate.null_twin_p_value == 1 / 1000


def test_without_a_cell_there_is_no_candidate() -> None:
    panel = made_panel(has_opens=False)
    nothing = replace(panel, is_tradable=np.zeros(N_SERIES, dtype=np.bool_))
    assert on_full_history(RegisteredStrategy("tried", "none", Told(), True), ground_of(nothing)) is None


def test_of_a_strategy_that_looks_ahead_nothing_is_judged() -> None:
    candidate = rejected("peeking", n_days=5)
    assert candidate.looks_ahead
    assert np.isnan(candidate.returns).all()
