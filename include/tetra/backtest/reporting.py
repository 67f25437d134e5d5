"""From an account's equity to what is reported of it, compiled; both ways of trading an account end here."""

from __future__ import annotations

import numpy as np

from tetra.backtest.account_state import Bars, Kept
from tetra.backtest.columns import BENCHMARK, RETURN_METRICS, SHAPE, SPREAD, TAIL
from tetra.backtest.holding import hold_clean, hold_group, was_seen
from tetra.backtest.statistics import growth_of, returns_of, summarize_row
from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray

NEEDS_RETURNS = SPREAD | SHAPE | TAIL | BENCHMARK
SCRATCH_ROWS = 3
"""Rows of ``report``'s scratch: returns, those of buy and hold, and one that is written over."""


@compiled(inline=True)
def report(
    account: int,
    rows: tuple[int, int],
    life: tuple[int, int],
    is_clean: bool,
    bars: Bars,
    window_start: int,
    periods_per_year: float,
    parts: int,
    columns: IntArray,
    equity: FloatArray,
    scratch: FloatArray,
    every: FloatArray,
    ledger: FloatArray,
    metrics: FloatArray,
    kept: Kept,
) -> None:
    """Write the metrics of an account, and the returns that are kept.

    Parameters
    ----------
    account : int
    rows, life : tuple of int
        Its first row of the bars and the one after its last; its first bar and the one after its last.
    is_clean : bool
        Whether it has one instrument, each close of its life there and above zero.
    bars, window_start, periods_per_year, parts, columns
        As of ``kernel.simulate_accounts``.
    equity : ndarray of shape (n_life,) or shorter
        Bars on which it did not change may be left out where no part of the work, and nothing kept, needs them.
    scratch : ndarray of shape (SCRATCH_ROWS, n_window)
    every : ndarray of shape (len(METRICS),)
        Scratch too.
    ledger : ndarray of shape (len(LEDGER),)
    metrics : ndarray of shape (n_columns,)
        Written.
    kept : Kept
        Written where it has columns.
    """
    start, end = life[0] - window_start, life[1] - window_start
    returns, benchmark = scratch[0, : equity.size], scratch[1, : equity.size]
    if kept.returns.size > 0:
        returns, benchmark = kept.returns[account, start:end], kept.benchmark[account, start:end]
    if parts & NEEDS_RETURNS or kept.returns.size > 0:
        returns_of(equity, returns)
    held = 0.0
    if parts & BENCHMARK or kept.returns.size > 0:
        held = hold_account(bars, rows, life, window_start, is_clean, benchmark)
    summarize_row(equity, returns, benchmark, held, end - start, periods_per_year, parts, scratch[2], every)
    settle(ledger, end - start, every)
    for place in range(columns.size):
        metrics[place] = every[columns[place]]


@compiled()
def report_nothing(columns: IntArray, metrics: FloatArray) -> None:
    """Write what is known of an account without a bar in the window: it has no trade."""
    for place in range(columns.size):
        metrics[place] = 0.0 if columns[place] == RETURN_METRICS else np.nan


@compiled()
def life_of(close: FloatArray, window_start: int) -> tuple[int, int]:
    """Return the first bar an account lives on and the one after its last; twice the same where it has none.

    It lives from its first bar in the window, or from the window's first where it had one before, to its last.
    """
    last = close.shape[1]
    while last > window_start and not has_bar(close, last - 1):
        last -= 1
    first = window_start
    if last > window_start:
        for bar in range(window_start - 1, -1, -1):
            if has_bar(close, bar):
                return first, last
        while not has_bar(close, first):
            first += 1
    return first, last


@compiled(inline=True)
def has_bar(close: FloatArray, bar: int) -> bool:
    """Return whether any instrument has a bar."""
    place = 0
    while place < close.shape[0] and np.isnan(close[place, bar]):
        place += 1
    is_found: bool = place < close.shape[0]
    return is_found


@compiled(inline=True)
def settle(ledger: FloatArray, n_periods: int, metrics: FloatArray) -> None:
    """Write the metrics that come from an account's sums, after the return metrics."""
    trades = ledger[0]
    metrics[RETURN_METRICS] = trades
    metrics[RETURN_METRICS + 1] = ledger[1] / trades if trades > 0.0 else np.nan
    metrics[RETURN_METRICS + 2] = ledger[2] / ledger[3] if ledger[3] > 0.0 else np.nan
    metrics[RETURN_METRICS + 3] = ledger[4] / trades if trades > 0.0 else np.nan
    metrics[RETURN_METRICS + 4] = ledger[5] / n_periods
    metrics[RETURN_METRICS + 5] = ledger[6]
    metrics[RETURN_METRICS + 6] = ledger[7]


@compiled()
def hold_account(
    bars: Bars,
    rows: tuple[int, int],
    life: tuple[int, int],
    window_start: int,
    is_clean: bool,
    returns: FloatArray,
) -> float:
    """Write the returns of buy and hold; return what it grew to."""
    row, (first, last) = rows[0], life
    if is_clean:
        entry_bar = 0 if was_seen(bars.close[row], window_start) else 1
        held = hold_clean(bars.close[row, first:last], bars.open[row, first:last], entry_bar, returns)
        if held > 0.0:
            return held
    hold_group(bars.close[row : rows[1]], bars.open[row : rows[1]], first, window_start, returns)
    return growth_of(returns)
