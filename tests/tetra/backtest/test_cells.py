"""Which cells a strategy has: those whose data is there, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from tetra.backtest.block_run import read_ahead
from tetra.backtest.cells import PANEL, cells_of, market_of
from tetra.backtest.costs import Costs
from tetra.backtest.risk import Risk
from tetra.backtest.scenario_run import TOP_CELLS, run_scenario, top_cells
from tetra.errors import BacktestError
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.base import Field, LegsStrategy, PriceBlock, Strategy
from tetra.strategies.equal_weight import EqualWeight
from tetra.strategies.registry import RegisteredStrategy
from tetra.strategies.sma_cross import SmaCross
from tetra.strategies.vix_filter import VixFilter
from tetra.typing import FloatArray

NAN = np.nan
BARS, WINDOW_START = 40, 10
RISK = Risk(Costs(5.0, 5.0))


@dataclass(frozen=True)
class Held(Strategy):
    """Holds whatever has the fields."""

    category: ClassVar[str] = "test"
    fields: ClassVar[tuple[Field, ...]] = ("close", "news_sentiment")

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        return np.ones_like(prices.close)


@dataclass(frozen=True)
class HeldPair(LegsStrategy):
    """Holds both legs."""

    category: ClassVar[str] = "test"

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> FloatArray:
        return np.full_like(prices.close, 0.5)


def panel(**changes: FloatArray) -> ScenarioPanel:
    """A, B and C can be traded, VIX is read only; all have closes and nothing else."""
    rng = np.random.default_rng(3)
    close = 100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal((4, BARS)), axis=1))
    absent = np.full((4, BARS), NAN)
    whole = ScenarioPanel(
        scenario_name="made up",
        scenario_family="crisis",
        symbols=("A", "B", "C", "VIX"),
        sessions=np.datetime64("2020-01-01") + np.arange(BARS),
        window_start=WINDOW_START,
        is_tradable=np.array([True, True, True, False]),
        open=absent,
        high=absent,
        low=absent,
        close=close,
        volume=absent,
        commission_multiplier=np.ones(BARS),
        spread_multiplier=np.ones(BARS),
    )
    return replace(whole, **changes)


def names(strategy: Strategy, of: ScenarioPanel) -> tuple[str, ...] | None:
    cells = cells_of(strategy, market_of(of))
    return None if cells is None else cells.names


def test_symbols_that_nobody_trades_have_no_cell() -> None:
    assert names(SmaCross(2, 3), panel()) == ("A", "B", "C")


def test_a_symbol_without_a_bar_in_the_window_has_no_cell() -> None:
    close = panel().close.copy()
    close[1, WINDOW_START:] = NAN  # bars of warm-up alone are no test
    assert names(SmaCross(2, 3), panel(close=close)) == ("A", "C")


def test_a_strategy_of_events_has_cells_only_where_one_falls_into_the_window() -> None:
    assert names(Held(), panel()) is None
    sentiment = np.full((4, BARS), NAN)
    sentiment[0, WINDOW_START - 1] = 0.5
    sentiment[1, BARS - 1] = 0.5  # too late: the rule had nothing to go by
    sentiment[2, WINDOW_START] = 0.5
    assert names(Held(), panel(news_sentiment=sentiment)) == ("C",)


def test_a_strategy_whose_reference_is_missing_has_no_cell() -> None:
    assert names(VixFilter(length=3), panel()) == ("A", "B", "C")
    assert names(VixFilter(length=3, index="MOVE"), panel()) is None


def test_a_group_is_a_cell_where_all_of_its_symbols_can_be_traded() -> None:
    strategy = HeldPair(groups=(("B", "A"), ("A", "VIX"), ("A", "D"), ("C", "B")))
    cells = cells_of(strategy, market_of(panel()))
    assert cells is not None
    assert cells.names == ("B/A", "C/B")
    assert cells.prices.symbols == ("B", "A", "C", "B")
    assert cells.starts.tolist() == [0, 2, 4]
    assert cells.only("C/B").prices.symbols == ("C", "B")


def test_a_panel_is_one_cell_and_needs_two_symbols() -> None:
    assert names(EqualWeight(), panel()) == (PANEL,)
    assert names(EqualWeight(), panel(is_tradable=np.array([True, False, False, False]))) is None


def test_an_unknown_cell_raises_and_the_nearest_is_offered() -> None:
    cells = cells_of(HeldPair(groups=(("B", "A"),)), market_of(panel()))
    assert cells is not None
    with pytest.raises(BacktestError, match="unknown cell 'B/AA'; did you mean 'B/A'"):
        cells.only("B/AA")


def registered(name: str, strategy: Strategy) -> RegisteredStrategy:
    return RegisteredStrategy(name, f"tests.{name}", strategy, True)


def test_the_top_cells_are_those_of_the_best_sharpe_ratio_that_closed_a_trade() -> None:
    strategies = [registered(f"sma_{fast}", SmaCross(fast, 9)) for fast in range(1, 6)]
    strategies.append(registered("never_sells", HeldPair(groups=(("A", "B"),))))
    scenario = panel()
    market = market_of(scenario)
    assessed = run_scenario(scenario, market, strategies, risk=RISK)
    best = top_cells(scenario, market, assessed, risk=RISK)
    sharpe = [
        (-entry.simulation.metric("sharpe_ratio")[place], entry.registered.name, name)
        for entry in assessed
        for place, name in enumerate(entry.names)
        if entry.simulation.metric("trade_count")[place] > 0
    ]
    assert [(cell.registered.name, cell.name) for cell in best] == [key[1:] for key in sorted(sharpe)[:TOP_CELLS]]
    assert len(best) == TOP_CELLS
    for cell in best:
        closed = cell.run.trades["exit_bar"] >= 0
        assert closed.sum() == cell.run.simulation.metric("trade_count")[0]


def test_reading_ahead_keeps_the_order_and_passes_errors_on() -> None:
    def failing() -> Iterator[ScenarioPanel]:
        yield replace(panel(), scenario_name="first")
        yield replace(panel(), scenario_name="second")
        raise BacktestError("the third is broken")

    reading = read_ahead(failing())
    assert [next(reading).scenario_name, next(reading).scenario_name] == ["first", "second"]
    with pytest.raises(BacktestError, match="the third is broken"):
        next(reading)
