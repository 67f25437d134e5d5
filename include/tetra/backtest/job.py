"""Sets of accounts through the compiled kernels, with what is the same for all of them worked out once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from tetra.backtest.account_state import Bars, Kept, Rules
from tetra.backtest.columns import EXPOSURE, LEDGER, METRICS, parts_of
from tetra.backtest.input_checks import check_names, check_window
from tetra.backtest.kernel import simulate_accounts
from tetra.backtest.overlays import Financing, Overlays
from tetra.backtest.plain_kernel import simulate_plain
from tetra.backtest.rules import are_overlays_off, rules_of
from tetra.backtest.simulation import Outputs, Simulation
from tetra.backtest.trades import TRADE, TradeArray, listed, room_for
from tetra.errors import BacktestError
from tetra.typing import FloatArray, IntArray

Keep = Literal["returns", "weights", "trades"]
KEPT: tuple[Keep, ...] = ("returns", "weights", "trades")
NO_TRADES = np.empty(0, dtype=TRADE), np.empty(0, dtype=np.int64)
WEIGHT_SUM = LEDGER.index("weight_sum")


@dataclass(frozen=True)
class Job:
    """What is done with every account.

    Parameters
    ----------
    rates : ndarray of shape (n_bars,)
    window_start : int
    periods_per_year : float
    rules : Rules
    metric_names : tuple of str
    keep : frozenset of {"returns", "weights", "trades"}
    parts : int
        Of the work that the metrics need.
    columns : ndarray of int
        Places of the metrics in ``METRICS``.
    is_plain : bool
        Whether the short way may be taken; see ``kernel``.
    """

    rates: FloatArray
    window_start: int
    periods_per_year: float
    rules: Rules
    metric_names: tuple[str, ...]
    keep: frozenset[Keep]
    parts: int
    columns: IntArray
    is_plain: bool

    def room_for(self, n_accounts: int, n_rows: int) -> Outputs:
        """Return room for what is made of accounts that trade so many rows together."""
        n_window = self.rates.size - self.window_start
        n_kept = n_window if "returns" in self.keep else 0
        return Outputs(
            np.empty((n_accounts, len(self.metric_names))),
            np.zeros((n_accounts, len(LEDGER))),
            np.zeros((n_accounts, 2), dtype=np.int64),
            np.zeros((n_accounts, n_kept)),
            np.zeros((n_accounts, n_kept)),
            np.zeros((n_rows, n_window if "weights" in self.keep else 0)),
        )

    def run(self, target_weights: FloatArray, bars: Bars, starts: IntArray, made: Outputs) -> TradeArray:
        """Trade accounts, arrays being checked already; return the trade list, empty unless kept.

        Parameters
        ----------
        target_weights : ndarray of shape (n_rows, n_bars)
        bars : Bars
        starts : ndarray of int, shape (n_accounts + 1,)
        made : Outputs
            Written; fresh from ``room_for``.

        Raises
        ------
        BacktestError
            If a weight is so large that its costs would exceed it.
        """
        kept = Kept(made.returns, made.benchmark, made.weights, *NO_TRADES)
        self._trade(target_weights, bars, starts, made, kept)
        if "trades" not in self.keep:
            return NO_TRADES[0]
        trades, trade_starts = room_for(made.ledgers[:, 0].astype(np.int64))
        made.ledgers[:] = 0.0  # once more, now that it is known how many there are
        self._trade(target_weights, bars, starts, made, kept._replace(trades=trades, trade_starts=trade_starts))
        return listed(trades)

    def _trade(self, target_weights: FloatArray, bars: Bars, starts: IntArray, made: Outputs, kept: Kept) -> None:
        rules, starting, year = self.rules, self.window_start, self.periods_per_year
        accounts = np.arange(starts.size - 1)
        if self.is_plain and accounts.size == bars.close.shape[0]:
            accounts = simulate_plain(
                target_weights, bars, self.rates, rules.borrow_rate, rules.cash_rate, starting, year,
                self.parts, self.columns, made.metrics, made.ledgers, made.lives, kept,
            )  # fmt: skip
        if accounts.size == 0:
            return
        dear = simulate_accounts(
            accounts, target_weights, bars, self.rates, rules, starts, starting, year,
            self.parts, self.columns, made.metrics, made.ledgers, made.lives, kept,
        )  # fmt: skip
        if dear >= 0:
            largest = np.nanmax(np.abs(target_weights[starts[dear] : starts[dear + 1]]))
            raise BacktestError(
                f"a weight of {largest} at a cost of {self.rates.max()} would cost more than it holds, all orders of"
                " the account taken together; lower one of them"
            )

    def finish(self, made: Outputs, trades: Sequence[TradeArray], first_accounts: Sequence[int]) -> Simulation:
        """Return what was made as a simulation.

        Parameters
        ----------
        made : Outputs
        trades : sequence of ndarray of ``TRADE``
            As of ``run``, of one set of accounts after another.
        first_accounts : sequence of int
            Of each set.
        """
        if not self.parts & EXPOSURE:
            made.ledgers[:, WEIGHT_SUM] = np.nan
        for found, first in zip(trades, first_accounts, strict=True):
            found["account"] += first
        return Simulation(
            self.metric_names,
            made.metrics,
            made.ledgers,
            made.lives,
            made.returns if "returns" in self.keep else None,
            made.benchmark if "returns" in self.keep else None,
            made.weights if "weights" in self.keep else None,
            np.concatenate(trades) if "trades" in self.keep else None,
        )


def job_of(
    rates: FloatArray,
    *,
    window_start: int,
    periods_per_year: float,
    overlays: Overlays | None,
    financing: Financing | None,
    metrics: Sequence[str],
    keep: Collection[Keep],
) -> Job:
    """Return a job after checking its arguments; ``rates`` are checked already.

    Raises
    ------
    BacktestError
        If an argument is out of range, or a metric or record is unknown.
    """
    check_window(rates.size, window_start=window_start, periods_per_year=periods_per_year)
    check_names("metric", metrics, METRICS)
    check_names("record to keep", keep, KEPT)
    rules = rules_of(overlays or Overlays(), financing or Financing(), periods_per_year)
    return Job(
        rates=rates,
        window_start=window_start,
        periods_per_year=float(periods_per_year),
        rules=rules,
        metric_names=tuple(metrics),
        keep=frozenset(keep),
        parts=parts_of(metrics),
        columns=np.array([METRICS.index(name) for name in metrics], dtype=np.int64),
        is_plain=are_overlays_off(overlays or Overlays()) and not {"weights", "trades"} & set(keep),
    )
