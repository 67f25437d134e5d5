"""A block of scenarios, run: what its scenarios give, gathered until it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tetra.backtest.cells import CellRun, market_of
from tetra.backtest.portfolio import PORTFOLIO
from tetra.backtest.risk import Risk
from tetra.backtest.scenario_run import AssessedStrategy, TopCell, run_scenario, top_cells
from tetra.backtest.trades import EXIT_REASONS
from tetra.data.results import EquityCurve, ResultRows
from tetra.data.trade_rows import TradeRows
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.registry import RegisteredStrategy


class BlockRun:
    """Runs strategies in scenarios and gathers rows.

    Parameters
    ----------
    strategies : sequence of RegisteredStrategy
    risk : Risk

    Attributes
    ----------
    results, curves, trades : list
        Rows to be stored.
    cells, bar_steps : int
        Backtests run, and series x bars x strategies.
    """

    def __init__(self, strategies: Sequence[RegisteredStrategy], risk: Risk) -> None:
        self.results: list[ResultRows] = []
        self.curves: list[EquityCurve] = []
        self.trades: list[TradeRows] = []
        self.cells = 0
        self.bar_steps = 0
        self._strategies = strategies
        self._risk = risk

    def run(self, panels: Iterable[ScenarioPanel]) -> None:
        """Run every strategy in every scenario, on one core; other blocks are tasks of their own, on the others.

        Threads that share a scenario's strategies, or take a scenario each, were measured to gain nothing on two cores:
        they wait for the interpreter's lock between steps of some 0.1 ms.
        """
        for panel in read_ahead(panels):
            market = market_of(panel)
            assessed = run_scenario(panel, market, self._strategies, risk=self._risk)
            for entry in assessed:
                self._gather(panel, entry)
            for cell in top_cells(panel, market, assessed, risk=self._risk):
                self._look_closer(panel, cell)
            self.bar_steps += panel.close.size * len(self._strategies)

    def _gather(self, panel: ScenarioPanel, entry: AssessedStrategy) -> None:
        name, portfolio, simulation = entry.registered.name, entry.portfolio, entry.simulation
        lives = simulation.lives[:, 1] - simulation.lives[:, 0]
        window = np.array([portfolio.returns.size])
        scenario, kind = panel.scenario_name, entry.registered.strategy.kind
        self.results += [
            ResultRows(scenario, name, kind, entry.names, lives, simulation.metrics),
            ResultRows(scenario, name, "portfolio", (PORTFOLIO,), window, portfolio.metrics[None, :]),
        ]
        self.curves.append(EquityCurve(scenario, name, PORTFOLIO, portfolio.equity))
        self.cells += len(entry.names)

    def _look_closer(self, panel: ScenarioPanel, cell: TopCell) -> None:
        equity = np.cumprod(1.0 + cell.run.returns[0])
        self.curves.append(EquityCurve(panel.scenario_name, cell.registered.name, cell.name, equity))
        self.trades.append(trade_rows(panel, cell.registered.name, cell.run))


def read_ahead(panels: Iterable[ScenarioPanel]) -> Iterator[ScenarioPanel]:
    """Return the panels, the next one being read while its predecessor is worked on."""
    source = iter(panels)
    with ThreadPoolExecutor(1) as reader:
        waiting = reader.submit(next, source, None)
        while (panel := waiting.result()) is not None:
            waiting = reader.submit(next, source, None)
            yield panel


def trade_rows(panel: ScenarioPanel, strategy_name: str, run: CellRun) -> TradeRows:
    """Return the trades of one cell, dated."""
    trades = run.trades
    sessions = np.append(panel.sessions[panel.window_start :], np.datetime64("NaT", "D"))  # -1: none
    return TradeRows(
        scenario_name=panel.scenario_name,
        strategy_name=strategy_name,
        symbol=run.cells.names[0],
        direction=trades["direction"],
        entry_date=sessions[trades["entry_bar"]],
        exit_date=sessions[trades["exit_bar"]],
        entry_price=trades["entry_price"],
        exit_price=trades["exit_price"],
        trade_return=trades["closed_with"] / trades["opened_with"] - 1.0,
        exit_reason=tuple(EXIT_REASONS[code] for code in trades["exit_reason"].tolist()),
    )
