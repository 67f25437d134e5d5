"""The cells of one scenario: every strategy on every symbol it can be tested on, and its portfolio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tetra.backtest.costs import Costs
from tetra.backtest.engine import Simulation, simulate
from tetra.backtest.portfolio import Portfolio, combine
from tetra.errors import BacktestError
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.base import PriceBlock, Strategy, checked_weights
from tetra.strategies.registry import RegisteredStrategy
from tetra.typing import IntArray

PERIODS_PER_YEAR = 252.0
"""Scenarios run on the stock calendar, crypto in them too."""


@dataclass(frozen=True)
class AssessedStrategy:
    """A strategy's cells in one scenario; ``symbols`` label the rows of the simulation."""

    registered: RegisteredStrategy
    symbols: tuple[str, ...]
    simulation: Simulation
    portfolio: Portfolio


def run_scenario(
    panel: ScenarioPanel, strategies: tuple[RegisteredStrategy, ...], *, costs: Costs
) -> Iterator[AssessedStrategy]:
    """Return the assessed strategies of one scenario, in the order given.

    A cell exists for each tradable symbol that has every field the strategy reads on some bar of the
    window. A strategy without a cell is left out: not tested is not a result of zero.

    Parameters
    ----------
    panel : ScenarioPanel
        Prices, warm-up bars first.
    strategies : tuple of RegisteredStrategy
        Of kind single.
    costs : Costs
        Of an ordinary day; the panel's multipliers apply.

    Raises
    ------
    BacktestError
        If a strategy is of another kind, or the panel holds what the engine must not simulate.
    StrategyError
        If a strategy returns unusable weights.
    """
    rates = costs.daily_rates(panel.commission_multiplier, panel.spread_multiplier)
    prices = PriceBlock(panel.symbols, panel.open, panel.high, panel.low, panel.close, panel.volume)
    blocks: dict[bytes, PriceBlock] = {}
    for registered in strategies:
        if registered.strategy.kind != "single":
            raise BacktestError(f"strategy {registered.name!r} is of kind {registered.strategy.kind}; only single runs")
        rows = rows_with_cells(panel, registered.strategy)
        if rows.size == 0:
            continue
        key = rows.tobytes()
        if key not in blocks:
            blocks[key] = prices if rows.size == len(panel.symbols) else prices.take(rows)
        block = blocks[key]
        simulation = simulate(
            checked_weights(registered.strategy, block),
            block.close,
            open_price=block.open,
            cost_rates=rates,
            periods_per_year=PERIODS_PER_YEAR,
            window_start=panel.window_start,
            keep_returns=True,
        )
        has_bar = np.isfinite(block.close[:, panel.window_start :])
        portfolio = combine(simulation, has_bar, periods_per_year=PERIODS_PER_YEAR)
        yield AssessedStrategy(registered, block.symbols, simulation, portfolio)


def rows_with_cells(panel: ScenarioPanel, strategy: Strategy) -> IntArray:
    """Return the rows of the panel that a strategy of kind single has a cell for."""
    has_all = panel.is_tradable.copy()
    for field in {"close", *strategy.fields}:
        has_all &= np.isfinite(getattr(panel, field)[:, panel.window_start :]).any(axis=1)
    return np.flatnonzero(has_all).astype(np.int64)
