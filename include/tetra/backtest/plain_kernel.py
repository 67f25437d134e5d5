"""Many accounts of one instrument each, without overlays, compiled: those that can go the short way, and their metrics.

Apart from ``kernel`` for speed: in one function with every rule, the compiler lays both out badly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tetra.backtest.account_state import Bars, Kept
from tetra.backtest.columns import BENCHMARK, DURATION, EXPOSURE, METRIC_COUNT, TAIL
from tetra.backtest.reporting import SCRATCH_ROWS, life_of, report
from tetra.backtest.single_kernel import Orders, are_positive, room_for_orders, run_single, standing_decision
from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray

NEEDS_EVERY_BAR = DURATION | TAIL | BENCHMARK
"""Parts of the work that look at bars on which nothing is held, too; the others need to know only their number."""


class Scratch(NamedTuple):
    """Room that every row uses anew: of ``run_single`` the first two, of ``report`` the others."""

    orders: Orders
    equity: FloatArray
    rows: FloatArray
    every: FloatArray


@compiled()
def simulate_plain(
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    borrow_rate: float,
    cash_rate: float,
    window_start: int,
    periods_per_year: float,
    parts: int,
    columns: IntArray,
    metrics: FloatArray,
    ledgers: FloatArray,
    lives: IntArray,
    kept: Kept,
) -> IntArray:
    """Trade each row as an account and write its metrics; return the rows that ``kernel`` has to trade.

    Parameters
    ----------
    borrow_rate, cash_rate : float
        Interest per bar.
    weights, bars, rates, window_start, periods_per_year, parts, columns, metrics, ledgers, lives, kept
        As of ``kernel.simulate_accounts``.
    """
    n_window = bars.close.shape[1] - window_start
    scratch = Scratch(
        room_for_orders(n_window), np.empty(n_window), np.empty((SCRATCH_ROWS, n_window)), np.empty(METRIC_COUNT)
    )
    left = np.empty(bars.close.shape[0], dtype=np.int64)
    n_left = trade_rows(
        weights, bars, rates, borrow_rate, cash_rate, window_start, periods_per_year, parts, columns, metrics, ledgers,
        lives, kept, scratch, left,
    )  # fmt: skip
    return left[:n_left]


@compiled(borrows=True)
def trade_rows(
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    borrow_rate: float,
    cash_rate: float,
    window_start: int,
    periods_per_year: float,
    parts: int,
    columns: IntArray,
    metrics: FloatArray,
    ledgers: FloatArray,
    lives: IntArray,
    kept: Kept,
    scratch: Scratch,
    left: IntArray,
) -> int:
    """Do the same with room that was made before; write the rows that are left to ``left`` and return their number."""
    n_bars = bars.close.shape[1]
    is_compact = parts & NEEDS_EVERY_BAR == 0 and kept.returns.size == 0 and cash_rate == 0.0
    is_measured = parts & EXPOSURE != 0
    n_left = 0
    for row in range(bars.close.shape[0]):
        close, ledger = bars.close[row], ledgers[row]
        first, last = window_start, n_bars
        is_clean = are_positive(close)
        if not is_clean:
            first, last = life_of(bars.close[row : row + 1], window_start)
            is_clean = last > first and are_positive(close[first:last])
        start, end = first - window_start, last - window_start
        n_marks = 0
        if is_clean:
            decision = standing_decision(weights[row], close, window_start)
            n_marks = run_single(
                weights[row, first:last], close[first:last], bars.open[row, first:last], rates[first:last], decision,
                borrow_rate, cash_rate, is_compact, is_measured, scratch.orders, scratch.equity[start:end], ledger,
            )  # fmt: skip
        if n_marks == 0:
            ledger[:] = 0.0
            left[n_left] = row
            n_left += 1
            continue
        lives[row, 0], lives[row, 1] = start, end
        report(
            row, (row, row + 1), (first, last), True, bars, window_start, periods_per_year, parts, columns,
            scratch.equity[start : start + n_marks], scratch.rows, scratch.every, ledger, metrics[row], kept,
        )  # fmt: skip
    return n_left
