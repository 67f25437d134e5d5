"""What trading accounts gave: metrics, sums, and what else was kept."""

from __future__ import annotations

from dataclasses import dataclass

from tetra.backtest.trades import TradeArray
from tetra.errors import BacktestError, unknown_value
from tetra.typing import FloatArray, IntArray


@dataclass(frozen=True)
class Simulation:
    """What trading each account gave.

    Parameters
    ----------
    metric_names : tuple of str
        Columns of ``metrics``.
    metrics : ndarray of shape (n_accounts, n_metrics)
        NaN where undefined.
    ledgers : ndarray of shape (n_accounts, len(LEDGER))
        Sums over each account's life, from which results of several are pooled; ``weight_sum`` is NaN unless exposure
        is asked for.
    lives : ndarray of int, shape (n_accounts, 2)
        First window bar of each account and the one after its last; 0 and 0 where it has no bar at all.
    returns, benchmark_returns : ndarray of shape (n_accounts, n_window) or None
        Simple returns per window bar of the account and of buy and hold, 0 outside its life; None unless kept.
    weights : ndarray of shape (n_rows, n_window) or None
        Signed weight of each instrument held after each close, 0 outside the account's life; None unless kept.
    trades : ndarray of ``trades.TRADE`` or None
        By account, in the order they were opened; None unless kept.
    """

    metric_names: tuple[str, ...]
    metrics: FloatArray
    ledgers: FloatArray
    lives: IntArray
    returns: FloatArray | None = None
    benchmark_returns: FloatArray | None = None
    weights: FloatArray | None = None
    trades: TradeArray | None = None

    def metric(self, name: str) -> FloatArray:
        """Return one metric of every account.

        Raises
        ------
        BacktestError
            If there is no such metric, or it was not asked for; the message offers the nearest.
        """
        if name not in self.metric_names:
            raise BacktestError(unknown_value("metric", name, self.metric_names))
        return self.metrics[:, self.metric_names.index(name)]


@dataclass(frozen=True)
class Outputs:
    """Room for what is made of accounts; kernels write into it, tile by tile.

    Parameters
    ----------
    metrics, ledgers, lives
        As of ``Simulation``.
    returns, benchmark, weights : ndarray
        As of ``Simulation``, without columns where they are not kept.
    """

    metrics: FloatArray
    ledgers: FloatArray
    lives: IntArray
    returns: FloatArray
    benchmark: FloatArray
    weights: FloatArray

    def part(self, accounts: slice, rows: slice) -> Outputs:
        """Return the room of some accounts and the rows they trade."""
        return Outputs(
            self.metrics[accounts],
            self.ledgers[accounts],
            self.lives[accounts],
            self.returns[accounts],
            self.benchmark[accounts],
            self.weights[rows],
        )
