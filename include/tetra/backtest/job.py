"""One set of accounts after another through the compiled kernels, with what is the same for all worked out once."""

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
from tetra.backtest.rules import leave_long_positions_alone, rules_of
from tetra.backtest.simulation import Simulation
from tetra.backtest.trades import TRADE, listed, room_for
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

    def run(self, target_weights: FloatArray, bars: Bars, starts: IntArray) -> Simulation:
        """Return the simulation of accounts; arrays are checked already.

        Parameters
        ----------
        target_weights : ndarray of shape (n_rows, n_bars)
        bars : Bars
        starts : ndarray of int, shape (n_accounts + 1,)

        Raises
        ------
        BacktestError
            If a weight is so large that its costs would exceed it.
        """
        n_accounts, n_rows = starts.size - 1, bars.close.shape[0]
        n_window = bars.close.shape[1] - self.window_start
        made, lives = np.empty((n_accounts, len(self.metric_names))), np.zeros((n_accounts, 2), dtype=np.int64)
        n_kept = n_window if "returns" in self.keep else 0
        returns, benchmark = np.zeros((n_accounts, n_kept)), np.zeros((n_accounts, n_kept))
        weights = np.zeros((n_rows, n_window if "weights" in self.keep else 0))
        kept = Kept(returns, benchmark, weights, *NO_TRADES)
        ledgers = self._trade(target_weights, bars, starts, made, lives, kept)
        if "trades" in self.keep:  # once more, now that it is known how many there are
            trades, trade_starts = room_for(ledgers[:, 0].astype(np.int64))
            kept = kept._replace(trades=trades, trade_starts=trade_starts)
            self._trade(target_weights, bars, starts, made, lives, kept)
        if not self.parts & EXPOSURE:
            ledgers[:, WEIGHT_SUM] = np.nan
        return Simulation(
            self.metric_names,
            made,
            ledgers,
            lives,
            returns if "returns" in self.keep else None,
            benchmark if "returns" in self.keep else None,
            weights if "weights" in self.keep else None,
            listed(kept.trades) if "trades" in self.keep else None,
        )

    def _trade(
        self,
        target_weights: FloatArray,
        bars: Bars,
        starts: IntArray,
        made: FloatArray,
        lives: IntArray,
        kept: Kept,
    ) -> FloatArray:
        ledgers = np.zeros((starts.size - 1, len(LEDGER)))
        dear = simulate_accounts(
            target_weights, bars, self.rates, self.rules, starts, self.window_start, self.periods_per_year,
            self.is_plain, self.parts, self.columns, made, ledgers, lives, kept,
        )  # fmt: skip
        if dear >= 0:
            largest = np.nanmax(np.abs(target_weights[starts[dear] : starts[dear + 1]]))
            raise BacktestError(
                f"a weight of {largest} at a cost of {self.rates.max()} would cost more than it holds, all orders of"
                " the account taken together; lower one of them"
            )
        return ledgers


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
        is_plain=leave_long_positions_alone(rules) and not {"weights", "trades"} & set(keep),
    )
