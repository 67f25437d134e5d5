"""The portfolio of a strategy in a scenario: the equal-weighted mean of its cells' daily returns.

Capital is spread evenly over the cells anew each day, without a cost of doing so; costs inside the cells
are in their returns. It is the unit of equity curves and of the luck statistics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.backtest.columns import LEDGER, METRICS
from tetra.backtest.engine import Simulation
from tetra.backtest.kernel import settle
from tetra.backtest.statistics import summarize
from tetra.errors import BacktestError
from tetra.typing import FloatArray

PORTFOLIO = "PORTFOLIO"
"""Its symbol in ``backtest.results`` and ``backtest.equity_curves``."""


@dataclass(frozen=True)
class Portfolio:
    """A strategy's cells taken together.

    Parameters
    ----------
    metrics : ndarray of shape (len(METRICS),)
        As of a cell. Trades are pooled over the cells; exposure, turnover and costs are means over them;
        buy and hold is the equal-weighted mean of the cells' buy and hold.
    returns : ndarray of shape (n_window,)
        Simple returns per window bar.
    equity : ndarray of shape (n_window,)
        Value of one unit of capital at each close; 1.0 before the first bar.
    """

    metrics: FloatArray
    returns: FloatArray
    equity: FloatArray


def combine(simulation: Simulation, *, periods_per_year: float) -> Portfolio:
    """Return the portfolio of a strategy's cells.

    Parameters
    ----------
    simulation : Simulation
        Made with ``keep_returns=True``.
    periods_per_year : float
        As the simulation's.

    Raises
    ------
    BacktestError
        If the simulation kept no returns.
    """
    if simulation.returns is None or simulation.benchmark_returns is None:
        raise BacktestError("a portfolio needs returns per bar; simulate with keep_returns=True")
    returns = simulation.returns.mean(axis=0)
    benchmark = simulation.benchmark_returns.mean(axis=0)
    metrics = np.empty((1, len(METRICS)))
    summarize(returns[None, :], benchmark[None, :], float(periods_per_year), metrics)
    settle(_pooled(simulation.ledgers), returns.size, metrics[0])
    return Portfolio(metrics[0], returns, np.cumprod(1.0 + returns))


def _pooled(ledgers: FloatArray) -> FloatArray:
    pooled: FloatArray = ledgers.sum(axis=0)
    for name in ("weight_sum", "turnover", "costs_paid"):
        pooled[LEDGER.index(name)] /= ledgers.shape[0]
    return pooled
