"""A look inside one cell: the same run as the assessment's, with its equity, its trades and why a metric is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.backtest.cells import PERIODS_PER_YEAR, CellRun, cells_of, market_of, run_cells, why_without_cells
from tetra.backtest.columns import METRICS, undefined_reasons
from tetra.backtest.portfolio import PORTFOLIO, combine, mean_over_cells
from tetra.backtest.risk import Risk, load
from tetra.backtest.signals import event_fields
from tetra.backtest.trades import EXIT_REASONS
from tetra.data import scenarios
from tetra.errors import BacktestError, unknown_value
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies import registry
from tetra.strategies.registry import RegisteredStrategy
from tetra.typing import DateArray, FloatArray

NEEDS_TRADES = ("win_rate", "profit_factor", "expected_value")
NEEDS_VOLATILITY = ("sharpe_ratio", "skew", "excess_kurtosis")


@dataclass(frozen=True)
class Trade:
    """One trade of a cell; what does not exist (the exit of one that is open, one price of several legs) is None."""

    symbol: str
    direction: str
    entry_date: date
    exit_date: date | None
    entry_price: float | None
    exit_price: float | None
    trade_return: float
    exit_reason: str


@dataclass(frozen=True)
class CellView:
    """What one cell did.

    Parameters
    ----------
    strategy_name, symbol, scenario_name, scenario_family : str
        The cell; ``symbol`` may be a group, ``PANEL`` or ``PORTFOLIO``.
    as_of : date
    sessions : ndarray of datetime64[D], shape (n_bars,)
        Of the cell's life within the window.
    metrics : ndarray of shape (len(METRICS),)
        As in ``backtest.results``; NaN where undefined.
    equity, benchmark_equity : ndarray of shape (n_bars,)
        Value of one unit of capital at each close, of the account and of buy and hold.
    trades : tuple of Trade
        In the order they were opened.
    """

    strategy_name: str
    symbol: str
    scenario_name: str
    scenario_family: str
    as_of: date
    sessions: DateArray
    metrics: FloatArray
    equity: FloatArray
    benchmark_equity: FloatArray
    trades: tuple[Trade, ...]

    def metric(self, name: str) -> float:
        """Return one metric; NaN where undefined."""
        return float(self.metrics[METRICS.index(name)])

    @property
    def undefined_reason(self) -> str | None:
        """Why metrics are undefined, as stored; None where all are defined."""
        return undefined_reasons(self.metrics[None, :])[0]

    def why_undefined(self, name: str) -> str:
        """Return why one metric is NaN."""
        told = self.undefined_reason or ""
        if name in NEEDS_TRADES and np.isnan(self.metric("win_rate")):
            return "no closed trade"
        if name in NEEDS_VOLATILITY and "no volatility" in told:
            return "no volatility"
        own = {"sortino_ratio": "no losing session", "calmar_ratio": "no drawdown", "profit_factor": "no losing trade"}
        if own.get(name, "-") in told:
            return own[name]
        if name == "beta" and "buy and hold did not move" in told:
            return "buy and hold did not move"
        return told or "too few sessions"


def view_cell(
    connection: psycopg.Connection[Any], *, as_of: date, strategy_name: str, symbol: str, scenario_name: str
) -> CellView:
    """Run one cell on a stored scenario and return what it did; nothing is stored.

    Raises
    ------
    BacktestError
        If the strategy has no such cell in the scenario.
    DataError
        If the scenario is not ready.
    StrategyError
        If there is no such strategy.
    """
    entry = registry.find(strategy_name)
    panel = scenarios.load_panel(
        connection, as_of=as_of, scenario_name=scenario_name, event_fields=event_fields([entry])
    )
    return run_view(entry, symbol, panel, risk=load(), as_of=as_of)


def run_view(entry: RegisteredStrategy, symbol: str, panel: ScenarioPanel, *, risk: Risk, as_of: date) -> CellView:
    """Run one cell in a scenario; as :func:`view_cell`.

    Raises
    ------
    BacktestError
        If the strategy has no such cell in the scenario.
    """
    market = market_of(panel)
    cells = cells_of(entry.strategy, market)
    if cells is None:
        why = why_without_cells(entry.strategy, market)
        raise BacktestError(f"{entry.name!r} is not tested in {panel.scenario_name!r}: {why}; choose another scenario")
    if symbol not in (*cells.names, PORTFOLIO):
        what = f"cell of {entry.name!r} in {panel.scenario_name!r}"
        raise BacktestError(unknown_value(what, symbol, (*cells.names, PORTFOLIO)))
    chosen = cells if symbol == PORTFOLIO else cells.only(symbol)
    # as the assessment runs it; keeping trades takes another way through the engine, which rounds differently
    run = run_cells(entry, chosen, panel, risk=risk, keep={"returns"})
    traded = run_cells(entry, chosen, panel, risk=risk, keep={"trades"})
    returns, benchmark, metrics = _portfolio(run, panel) if symbol == PORTFOLIO else _alone(run)
    first, last = (0, returns.size) if symbol == PORTFOLIO else run.simulation.lives[0].tolist()
    window = panel.sessions[panel.window_start :]
    return CellView(
        strategy_name=entry.name,
        symbol=symbol,
        scenario_name=panel.scenario_name,
        scenario_family=panel.scenario_family,
        as_of=as_of,
        sessions=window[first:last],
        metrics=metrics,
        equity=np.cumprod(1.0 + returns[first:last], dtype=np.float64),
        benchmark_equity=np.cumprod(1.0 + benchmark[first:last], dtype=np.float64),
        trades=_trades(traded, window),
    )


def _alone(run: CellRun) -> tuple[FloatArray, FloatArray, FloatArray]:
    return run.returns[0], _benchmark(run)[0], run.simulation.metrics[0]


def _portfolio(run: CellRun, panel: ScenarioPanel) -> tuple[FloatArray, FloatArray, FloatArray]:
    has_bar = run.has_bar(panel.window_start)
    portfolio = combine(run.simulation, has_bar, periods_per_year=PERIODS_PER_YEAR)
    benchmark = mean_over_cells(_benchmark(run), has_bar)
    return portfolio.returns, benchmark, portfolio.metrics


def _benchmark(run: CellRun) -> FloatArray:
    kept = run.simulation.benchmark_returns
    if kept is None:
        raise BacktestError("the returns of buy and hold were not kept; run the cells with keep=('returns',)")
    return kept


def _trades(run: CellRun, window: DateArray) -> tuple[Trade, ...]:
    trades = run.simulation.trades
    rows = [] if trades is None else sorted(trades.tolist(), key=lambda row: (row[1], row[0]))
    return tuple(
        Trade(
            symbol=run.cells.names[account],
            direction="long" if direction > 0 else "short",
            entry_date=window[entry_bar].item(),
            exit_date=None if exit_bar < 0 else window[exit_bar].item(),
            entry_price=_known(entry_price),
            exit_price=_known(exit_price),
            trade_return=closed_with / opened_with - 1.0,
            exit_reason=EXIT_REASONS[reason],
        )
        for account, entry_bar, exit_bar, direction, entry_price, exit_price, opened_with, closed_with, reason in rows
    )


def _known(price: float) -> float | None:
    return None if np.isnan(price) else price
