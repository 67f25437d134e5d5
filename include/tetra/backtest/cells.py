"""The cells of one scenario: every strategy on every symbol, group or panel it can be tested on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tetra.backtest.columns import METRICS
from tetra.backtest.engine import Keep, Simulation, simulate
from tetra.backtest.risk import Risk
from tetra.backtest.trades import TradeArray
from tetra.errors import BacktestError, unknown_value
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.base import LegsStrategy, PriceBlock, Strategy, checked_weights
from tetra.strategies.price_block import EVENT_FIELDS, FIELDS, Field
from tetra.strategies.registry import RegisteredStrategy
from tetra.typing import BoolArray, FloatArray, IntArray

PERIODS_PER_YEAR = 252.0
"""Scenarios run on the stock calendar, crypto in them too."""

PANEL = "PANEL"
"""What the one cell of a panel strategy is called."""


@dataclass(frozen=True)
class Market:
    """Prices that strategies are run on, and which of their series can be traded.

    Parameters
    ----------
    prices : PriceBlock
        Of every series, those that are only read too; ``references`` holds the latter by symbol.
    is_tradable : ndarray of bool, shape (n_series,)
    window_start : int
        First bar that counts.
    """

    prices: PriceBlock
    is_tradable: BoolArray
    window_start: int
    _taken: dict[bytes, PriceBlock] = field(default_factory=dict, repr=False, compare=False)
    _having: dict[Field, BoolArray] = field(default_factory=dict, repr=False, compare=False)

    def take(self, rows: IntArray) -> PriceBlock:
        """Return some rows of the prices; most strategies trade the same, so they are copied once."""
        if rows.size == len(self.prices.symbols) and bool((rows == np.arange(rows.size)).all()):
            return self.prices
        key = rows.tobytes()
        if key not in self._taken:
            self._taken[key] = self.prices.take(rows)
        return self._taken[key]

    def rows_for(self, strategy: Strategy) -> IntArray:
        """Return the rows that a strategy can trade: tradable, and each field it reads is there in the window.

        Of event fields, the first one known has to lie before the middle of the window: a rule that had nothing to go
        by for most of it was not tested.
        """
        if any(symbol not in self.prices.references for symbol in strategy.references):
            return np.empty(0, dtype=np.int64)
        has_all = self.is_tradable.copy()
        wanted: set[Field] = {"close", *strategy.fields}
        for name in wanted:
            has_all &= self._has(name)
        return np.flatnonzero(has_all).astype(np.int64)

    def _has(self, name: Field) -> BoolArray:
        """Return which rows have enough of a field; looked up once for all strategies."""
        if name not in self._having:
            is_known = np.isfinite(self.prices.field(name))
            middle = (self.window_start + self.prices.n_bars + 1) // 2
            has = np.logical_or.reduce(is_known[:, self.window_start :], axis=1)
            if name in EVENT_FIELDS:
                has &= np.logical_or.reduce(is_known[:, :middle], axis=1)
            self._having[name] = has
        return self._having[name]


@dataclass(frozen=True)
class Cells:
    """The cells of one strategy on a market.

    Parameters
    ----------
    names : tuple of str, length n_cells
        A symbol; the symbols of a group joined by "/"; ``PANEL``.
    prices : PriceBlock
        Rows cell by cell; a symbol that is a leg of two groups stands twice.
    starts : ndarray of int, shape (n_cells + 1,)
        Rows ``starts[i]`` to before ``starts[i + 1]`` are the instruments of cell i.
    """

    names: tuple[str, ...]
    prices: PriceBlock
    starts: IntArray

    def only(self, name: str) -> Cells:
        """Return one cell.

        Raises
        ------
        BacktestError
            If there is none of that name; the message offers the nearest.
        """
        if name not in self.names:
            raise BacktestError(unknown_value("cell", name, self.names))
        place = self.names.index(name)
        first, last = self.starts[place : place + 2].tolist()
        return Cells((name,), self.prices.take(np.arange(first, last)), np.array([0, last - first]))


@dataclass(frozen=True)
class CellRun:
    """A strategy's cells and what trading them gave; accounts of the simulation are the cells."""

    cells: Cells
    simulation: Simulation

    @property
    def returns(self) -> FloatArray:
        """Simple returns of each cell per window bar, shape (n_cells, n_window).

        Raises
        ------
        BacktestError
            If they were not kept.
        """
        if self.simulation.returns is None:
            raise BacktestError("the returns were not kept; run the cells with keep=('returns',)")
        return self.simulation.returns

    @property
    def trades(self) -> TradeArray:
        """Trades of the cells, of the dtype ``trades.TRADE``.

        Raises
        ------
        BacktestError
            If they were not kept.
        """
        if self.simulation.trades is None:
            raise BacktestError("the trades were not kept; run the cells with keep=('trades',)")
        return self.simulation.trades

    def has_bar(self, window_start: int) -> BoolArray:
        """Return whether any instrument of a cell has a bar, shape (n_cells, n_window)."""
        has_bar = np.isfinite(self.cells.prices.close[:, window_start:])
        if has_bar.shape[0] == len(self.cells.names):
            return has_bar
        return np.logical_or.reduceat(has_bar, self.cells.starts[:-1], axis=0)


def market_of(panel: ScenarioPanel) -> Market:
    """Return the market of a scenario."""
    untradable = np.flatnonzero(~panel.is_tradable).tolist()
    fields: dict[str, Any] = {name: getattr(panel, name) for name in FIELDS}
    prices = PriceBlock(
        symbols=panel.symbols,
        sessions=panel.sessions,
        references={panel.symbols[row]: panel.close[row] for row in untradable},
        **fields,
    )
    return Market(prices, panel.is_tradable, panel.window_start)


def cells_of(strategy: Strategy, market: Market) -> Cells | None:
    """Return the cells a strategy can be tested on; None without one: not tested is not a result of zero."""
    rows = market.rows_for(strategy)
    if isinstance(strategy, LegsStrategy):
        row_of = {market.prices.symbols[row]: row for row in rows.tolist()}
        groups = [group for group in strategy.groups if all(symbol in row_of for symbol in group)]
        names = tuple("/".join(group) for group in groups)
        rows = np.array([row_of[symbol] for group in groups for symbol in group], dtype=np.int64)
        starts = np.arange(len(groups) + 1, dtype=np.int64) * strategy.legs
    elif strategy.kind == "panel":
        names = (PANEL,) if rows.size >= 2 else ()  # one symbol is no universe
        starts = np.array([0, rows.size], dtype=np.int64)
    else:
        names = tuple(market.prices.symbols[row] for row in rows.tolist())
        starts = np.arange(rows.size + 1, dtype=np.int64)
    if not names:
        return None
    return Cells(names, market.take(rows), starts)


def why_without_cells(strategy: Strategy, market: Market) -> str:
    """Return what a market lacks for a strategy that has no cell on it."""
    absent = sorted(symbol for symbol in strategy.references if symbol not in market.prices.references)
    if absent:
        return f"it reads {', '.join(absent)}, which the scenario lacks"
    rows = market.rows_for(strategy)
    if rows.size == 0:
        return f"no tradable symbol has {', '.join(dict.fromkeys(('close', *strategy.fields)))} there"
    if isinstance(strategy, LegsStrategy):
        groups = ", ".join("/".join(group) for group in strategy.groups)
        return f"no group of {groups} has all its symbols there"
    return f"{market.prices.symbols[rows[0]]} alone is no panel"


def weights_of(strategy: Strategy, cells: Cells) -> FloatArray:
    """Return the target weights of every row of the cells.

    Raises
    ------
    StrategyError
        If the strategy returns unusable weights.
    """
    if not isinstance(strategy, LegsStrategy):
        return checked_weights(strategy, cells.prices)
    spans = zip(cells.starts[:-1].tolist(), cells.starts[1:].tolist(), strict=True)
    return np.concatenate([checked_weights(strategy, cells.prices.slice_rows(*span)) for span in spans])


def run_cells(
    registered: RegisteredStrategy,
    cells: Cells,
    panel: ScenarioPanel,
    *,
    risk: Risk,
    keep: Collection[Keep] = (),
    target_weights: FloatArray | None = None,
) -> CellRun:
    """Trade a strategy's cells in a scenario.

    Parameters
    ----------
    registered : RegisteredStrategy
    cells : Cells
        Of its strategy in this scenario.
    panel : ScenarioPanel
        Whose cost multipliers apply.
    risk : Risk
        Costs, financing and the strategy's overlays.
    keep : collection of str
        As of ``engine.simulate``.
    target_weights : ndarray of shape (n_rows, n_bars), optional
        Instead of the strategy's own.

    Raises
    ------
    BacktestError
        If the panel holds what the engine must not simulate.
    StrategyError
        If the strategy returns unusable weights.
    """
    prices = cells.prices
    simulation = simulate(
        weights_of(registered.strategy, cells) if target_weights is None else target_weights,
        prices.close,
        open_price=prices.open,
        high=prices.high,
        low=prices.low,
        cost_rates=risk.costs.daily_rates(panel.commission_multiplier, panel.spread_multiplier),
        periods_per_year=PERIODS_PER_YEAR,
        window_start=panel.window_start,
        account_starts=None if registered.strategy.kind == "single" else cells.starts,
        overlays=risk.overlays_of(registered.name),
        financing=risk.financing,
        metrics=METRICS,
        keep=keep,
    )
    return CellRun(cells, simulation)
