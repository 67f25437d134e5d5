"""The portfolio of a strategy in a scenario: the equal-weighted mean of its cells' daily returns.

Each day capital is spread evenly anew over the cells whose series has a bar that day, without a cost of doing so; costs
inside the cells are in their returns. So a symbol that is not listed yet, or no longer, takes no capital from the
others, and who ends later does not change what was earned before. On a day without any bar the portfolio stands still.
It is the unit of equity curves and of the luck statistics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.backtest.columns import LEDGER, METRICS
from tetra.backtest.engine import Simulation
from tetra.backtest.reporting import settle
from tetra.backtest.statistics import summarize
from tetra.compiled import compiled
from tetra.errors import BacktestError
from tetra.typing import BoolArray, FloatArray, IntArray

PORTFOLIO = "PORTFOLIO"
"""Its symbol in ``backtest.results`` and ``backtest.equity_curves``."""


@dataclass(frozen=True)
class Portfolio:
    """A strategy's cells taken together.

    Parameters
    ----------
    metrics : ndarray of shape (len(METRICS),)
        As of a cell. Trades are pooled over the cells; exposure, turnover and costs are means over the days on which
        cells live, so per unit of capital; buy and hold is the mean of the cells' buy and hold, over those with a bar
        each day too. Gains, losses and costs are in units of the starting capital of each cell, so that a cell that
        grew weighs more in ``profit_factor`` and ``costs_paid``.
    returns : ndarray of shape (n_window,)
        Simple returns per window bar.
    equity : ndarray of shape (n_window,)
        Value of one unit of capital at each close; 1.0 before the first bar.
    """

    metrics: FloatArray
    returns: FloatArray
    equity: FloatArray


def combine(simulation: Simulation, has_bar: BoolArray, *, periods_per_year: float) -> Portfolio:
    """Return the portfolio of a strategy's cells.

    Parameters
    ----------
    simulation : Simulation
        Made with ``keep=("returns",)``.
    has_bar : ndarray of bool, shape (n_accounts, n_window)
        Whether any instrument of an account has a close on a bar of the window.
    periods_per_year : float
        As the simulation's.

    Raises
    ------
    BacktestError
        If the simulation kept no returns, or ``has_bar`` is of another shape than they are.
    """
    if simulation.returns is None or simulation.benchmark_returns is None:
        raise BacktestError("a portfolio needs returns per bar; simulate with keep=('returns',)")
    if has_bar.shape != simulation.returns.shape:
        raise BacktestError(
            f"has_bar has shape {has_bar.shape}, expected {simulation.returns.shape} (accounts, window bars)"
        )
    returns = mean_over_cells(simulation.returns, has_bar)
    benchmark = mean_over_cells(simulation.benchmark_returns, has_bar)
    metrics = np.empty((1, len(METRICS)))
    summarize(returns[None, :], benchmark[None, :], float(periods_per_year), metrics)
    settle(_pooled(simulation.ledgers, simulation.lives, n_window=returns.size), returns.size, metrics[0])
    return Portfolio(metrics[0], returns, np.cumprod(1.0 + returns, dtype=np.float64))


def mean_over_cells(values: FloatArray, has_bar: BoolArray) -> FloatArray:
    """Return the mean over the cells that have a bar, bar by bar; 0 on a bar that none has.

    Parameters
    ----------
    values : ndarray of shape (n_accounts, n_window)
        Of each cell and bar, such as returns.
    has_bar : ndarray of bool, shape (n_accounts, n_window)
    """
    mean = np.zeros(values.shape[1])
    _add_up(values, has_bar, mean, np.zeros(values.shape[1]))
    return mean


@compiled(borrows=True)
def _add_up(values: FloatArray, has_bar: BoolArray, mean: FloatArray, count: FloatArray) -> None:
    for row in range(values.shape[0]):
        for bar in range(mean.size):
            mean[bar] += values[row, bar] if has_bar[row, bar] else 0.0
            count[bar] += has_bar[row, bar]
    for bar in range(mean.size):
        mean[bar] /= max(count[bar], 1.0)


def _pooled(ledgers: FloatArray, lives: IntArray, *, n_window: int) -> FloatArray:
    pooled: FloatArray = ledgers.sum(axis=0)
    alive = (lives[:, 1] - lives[:, 0]).sum() / n_window  # cells on an average day
    for name in ("weight_sum", "turnover", "costs_paid"):
        pooled[LEDGER.index(name)] /= max(alive, 1.0 / n_window)
    return pooled
