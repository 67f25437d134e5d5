"""The engine's public call on arrays: checked input in, metrics out. The rules are in the package docstring."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tetra.backtest.account_state import Bars, Kept, Rules
from tetra.backtest.columns import EXPOSURE, LEDGER, METRICS, parts_of
from tetra.backtest.input_checks import check_array, check_costs, check_names, check_shape, check_starts, check_window
from tetra.backtest.kernel import simulate_accounts
from tetra.backtest.overlays import Financing, Overlays
from tetra.backtest.rules import leave_long_positions_alone, rules_of
from tetra.backtest.trades import TradeArray, listed, room_for
from tetra.errors import BacktestError, unknown_value
from tetra.typing import FloatArray, IntArray

Keep = Literal["returns", "weights", "trades"]
KEPT: tuple[Keep, ...] = ("returns", "weights", "trades")


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


def simulate(
    target_weights: FloatArray,
    close: FloatArray,
    *,
    cost_rates: FloatArray,
    periods_per_year: float,
    open_price: FloatArray | None = None,
    high: FloatArray | None = None,
    low: FloatArray | None = None,
    window_start: int = 0,
    account_starts: IntArray | None = None,
    overlays: Overlays | None = None,
    financing: Financing | None = None,
    metrics: Sequence[str] = METRICS,
    keep: Collection[Keep] = (),
) -> Simulation:
    """Trade accounts by their target weights and return their metrics over the window.

    Parameters
    ----------
    target_weights : ndarray of shape (n_rows, n_bars)
        Weight wanted after each bar, as a fraction of capital; NaN means flat. Filled on the next bar.
    close : ndarray of shape (n_rows, n_bars)
        Prices at which equity is marked; NaN where a bar is missing.
    cost_rates : ndarray of shape (n_bars,)
        Cost of a fill as a fraction of the traded value, day by day; see ``tetra.backtest.costs``.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.
    open_price : ndarray of shape (n_rows, n_bars), optional
        Prices of fills; where NaN, or without the array, fills are at the close.
    high, low : ndarray of shape (n_rows, n_bars), optional
        Prices at which stops are judged; where NaN, or without the arrays, they are judged at the close.
    window_start : int
        First bar that counts; those before it decide but hold nothing.
    account_starts : ndarray of int, shape (n_accounts + 1,), optional
        Rows ``account_starts[i]`` to before ``account_starts[i + 1]`` are the instruments of account i; without it each
        row is an account.
    overlays : Overlays, optional
        Sizing, stops and limits; none by default.
    financing : Financing, optional
        Interest; none by default.
    metrics : sequence of str
        Of ``METRICS``; only what is asked for is computed.
    keep : collection of {"returns", "weights", "trades"}
        What is kept beside metrics.

    Returns
    -------
    Simulation

    Raises
    ------
    BacktestError
        If an array is not C-contiguous float64 of the shape above, holds an infinity, a cost is negative, a metric is
        unknown, or a weight is so large that its costs would exceed it.
    """
    shape = check_shape(close)
    fields = {"target_weights": target_weights, "open_price": open_price, "high": high, "low": low}
    check_array("close", close, shape)
    for name, values in fields.items():
        if values is not None:
            check_array(name, values, shape)
    check_costs(cost_rates, shape[1])
    check_window(shape[1], window_start=window_start, periods_per_year=periods_per_year)
    check_names("metric", metrics, METRICS)
    check_names("record to keep", keep, KEPT)
    starts = np.arange(shape[0] + 1) if account_starts is None else check_starts(account_starts, shape[0])
    absent = np.empty((shape[0], 0))
    return run(
        target_weights,
        Bars(close, *(absent if values is None else values for values in (open_price, high, low))),
        cost_rates,
        starts,
        window_start=window_start,
        periods_per_year=float(periods_per_year),
        rules=rules_of(overlays or Overlays(), financing or Financing(), periods_per_year),
        metrics=tuple(metrics),
        keep=keep,
    )


def run(
    target_weights: FloatArray,
    bars: Bars,
    cost_rates: FloatArray,
    starts: IntArray,
    *,
    window_start: int,
    periods_per_year: float,
    rules: Rules,
    metrics: tuple[str, ...],
    keep: Collection[Keep],
) -> Simulation:
    """Return the simulation of input that is checked already; arguments as of ``simulate``.

    Raises
    ------
    BacktestError
        If a weight is so large that its costs would exceed it.
    """
    n_accounts, n_window = starts.size - 1, bars.close.shape[1] - window_start
    parts = parts_of(metrics)
    columns = np.array([METRICS.index(name) for name in metrics], dtype=np.int64)
    is_plain = leave_long_positions_alone(rules) and not {"weights", "trades"} & set(keep)
    made, lives = np.zeros((n_accounts, len(metrics))), np.zeros((n_accounts, 2), dtype=np.int64)
    n_kept = n_window if "returns" in keep else 0
    kept = Kept(
        np.zeros((n_accounts, n_kept)),
        np.zeros((n_accounts, n_kept)),
        np.zeros((bars.close.shape[0], n_window if "weights" in keep else 0)),
        *room_for(np.full(n_accounts, -1)),
    )

    def trade(kept: Kept) -> FloatArray:
        ledgers = np.zeros((n_accounts, len(LEDGER)))
        dear = simulate_accounts(
            target_weights, bars, cost_rates, rules, starts, window_start, periods_per_year, is_plain, parts, columns,
            made, ledgers, lives, kept,
        )  # fmt: skip
        if dear >= 0:
            largest = np.nanmax(np.abs(target_weights[starts[dear] : starts[dear + 1]]))
            raise BacktestError(
                f"a weight of {largest} at a cost of {cost_rates.max()} would cost more than it holds, all orders taken"
                " together; lower one of them"
            )
        return ledgers

    ledgers = trade(kept)
    if "trades" in keep:  # a second run, now that it is known how many there are
        trades, trade_starts = room_for(ledgers[:, 0].astype(np.int64))
        kept = kept._replace(trades=trades, trade_starts=trade_starts)
        trade(kept)
    if not parts & EXPOSURE:
        ledgers[:, LEDGER.index("weight_sum")] = np.nan
    return Simulation(
        metrics,
        made,
        ledgers,
        lives,
        kept.returns if "returns" in keep else None,
        kept.benchmark if "returns" in keep else None,
        kept.weights if "weights" in keep else None,
        listed(kept.trades) if "trades" in keep else None,
    )


def joined(parts: Sequence[Simulation]) -> Simulation:
    """Return the simulations of several sets of accounts as one, in their order; they kept the same."""
    if len(parts) == 1:
        return parts[0]

    def rows(name: str) -> FloatArray | None:
        found = [getattr(part, name) for part in parts]
        return None if found[0] is None else np.concatenate(found)

    trades = [part.trades for part in parts if part.trades is not None]
    first = 0
    for part, listed_ones in zip(parts, trades, strict=False):
        listed_ones["account"] += first
        first += part.lives.shape[0]
    return Simulation(
        parts[0].metric_names,
        np.concatenate([part.metrics for part in parts]),
        np.concatenate([part.ledgers for part in parts]),
        np.concatenate([part.lives for part in parts]),
        rows("returns"),
        rows("benchmark_returns"),
        rows("weights"),
        np.concatenate(trades) if trades else None,
    )
