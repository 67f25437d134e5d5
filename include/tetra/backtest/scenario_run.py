"""All strategies in one scenario: their cells, the portfolio of each, and a closer look at the best cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tetra.backtest.cells import PERIODS_PER_YEAR, CellRun, Market, cells_of, run_cells
from tetra.backtest.engine import Simulation
from tetra.backtest.portfolio import Portfolio, combine
from tetra.backtest.risk import Risk
from tetra.errors import BacktestError, StrategyError
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.registry import RegisteredStrategy

TOP_CELLS = 10
"""Cells of a scenario, by Sharpe ratio, whose equity and trades are kept."""


LEAST_LIFE = 252
"""Bars that a cell must have lived to be one of them, where the window has so many."""


@dataclass(frozen=True)
class AssessedStrategy:
    """A strategy's cells in one scenario; ``names`` label the accounts of the simulation."""

    registered: RegisteredStrategy
    names: tuple[str, ...]
    simulation: Simulation
    portfolio: Portfolio


@dataclass(frozen=True)
class TopCell:
    """One of the best cells of a scenario, its returns and trades kept."""

    registered: RegisteredStrategy
    run: CellRun

    @property
    def name(self) -> str:
        """The cell's."""
        return self.run.cells.names[0]


def run_scenario(
    panel: ScenarioPanel, market: Market, strategies: Sequence[RegisteredStrategy], *, risk: Risk
) -> list[AssessedStrategy]:
    """Return the assessed strategies of one scenario, in the order given; those without a cell are left out.

    Parameters
    ----------
    panel : ScenarioPanel
        Prices, warm-up bars first.
    market : Market
        The panel's.
    strategies : sequence of RegisteredStrategy
    risk : Risk
        The panel's multipliers apply to its costs.
    """
    assessed = (assess(registered, panel, market, risk=risk) for registered in strategies)
    return [entry for entry in assessed if entry is not None]


def assess(
    registered: RegisteredStrategy, panel: ScenarioPanel, market: Market, *, risk: Risk
) -> AssessedStrategy | None:
    """Return one strategy's cells and portfolio in a scenario; None where it has no cell.

    Raises
    ------
    StrategyError
        If the strategy fails there, whatever it failed with.
    """
    try:
        return _assess(registered, panel, market, risk=risk)
    except Exception as error:
        told = f"strategy {registered.name!r} fails in {panel.scenario_name!r}: {type(error).__name__}: {error}"
        raise StrategyError(told) from error


def _assess(
    registered: RegisteredStrategy, panel: ScenarioPanel, market: Market, *, risk: Risk
) -> AssessedStrategy | None:
    cells = cells_of(registered.strategy, market)
    if cells is None:
        return None
    run = run_cells(registered, cells, panel, risk=risk, keep={"returns"})
    portfolio = combine(run.simulation, run.has_bar(panel.window_start), periods_per_year=PERIODS_PER_YEAR)
    return AssessedStrategy(registered, cells.names, run.simulation, portfolio)


def top_cells(
    panel: ScenarioPanel, market: Market, assessed: Sequence[AssessedStrategy], *, risk: Risk
) -> list[TopCell]:
    """Return the ``TOP_CELLS`` best cells of a scenario, run again with their trades; ties go by name.

    Cells that never closed a trade are left out: there is nothing to look at. So are those that lived less than a year
    of a longer window: their ratios are of another kind.
    """
    ranked = []
    window = panel.sessions.size - panel.window_start
    for entry in assessed:
        lives = np.diff(entry.simulation.lives, axis=1)[:, 0]
        sharpe, trades = entry.simulation.metric("sharpe_ratio"), entry.simulation.metric("trade_count")
        is_ranked = np.isfinite(sharpe) & (trades > 0.0) & (lives >= min(window, LEAST_LIFE))
        # no strategy has more of the best than there are: spare the rest the sorting by name
        least = np.sort(sharpe[is_ranked])[-TOP_CELLS:][:1]
        for place in np.flatnonzero(is_ranked & (sharpe >= least)).tolist() if least.size else ():
            ranked.append((-float(sharpe[place]), entry.registered.name, entry.names[place], entry.registered))
    best = sorted(ranked, key=lambda cell: cell[:3])[:TOP_CELLS]
    return [
        TopCell(registered, run_cell(registered, name, panel, market, risk=risk)) for _, _, name, registered in best
    ]


def run_cell(registered: RegisteredStrategy, name: str, panel: ScenarioPanel, market: Market, *, risk: Risk) -> CellRun:
    """Return one cell with its returns and trades.

    Raises
    ------
    BacktestError
        If the strategy has no such cell in the scenario.
    """
    cells = cells_of(registered.strategy, market)
    if cells is None:
        raise BacktestError(f"{registered.name!r} has no cell in {panel.scenario_name!r}; it was not tested there")
    return run_cells(registered, cells.only(name), panel, risk=risk, keep=("returns", "trades"))
