"""What trading accounts gave: metrics, sums, and what else was kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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


def joined(parts: Sequence[Simulation]) -> Simulation:
    """Return the simulations of several sets of accounts as one, in their order; they kept the same."""
    if len(parts) == 1:
        return parts[0]
    return Simulation(
        parts[0].metric_names,
        np.concatenate([part.metrics for part in parts]),
        np.concatenate([part.ledgers for part in parts]),
        np.concatenate([part.lives for part in parts]),
        _stacked([part.returns for part in parts]),
        _stacked([part.benchmark_returns for part in parts]),
        _stacked([part.weights for part in parts]),
        _stacked_trades(parts),
    )


def _stacked(kept: Sequence[FloatArray | None]) -> FloatArray | None:
    found = [values for values in kept if values is not None]
    return np.concatenate(found) if found else None


def _stacked_trades(parts: Sequence[Simulation]) -> TradeArray | None:
    first_account = np.cumsum([0, *(part.lives.shape[0] for part in parts)])
    found = [part.trades for part in parts if part.trades is not None]
    if not found:
        return None
    trades = np.concatenate(found)
    trades["account"] += np.repeat(first_account[:-1], [rows.size for rows in found])
    return trades
