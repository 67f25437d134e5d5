"""Many accounts, compiled: each is traded by the kernel that fits it, and its metrics are written.

``account_kernel`` has every rule; ``single_kernel`` is the short way for one instrument without gaps and overlays. Serial
by design: threads work on tiles of accounts, above (see ``tiles``).
"""

from __future__ import annotations

import numpy as np

from tetra.backtest.account_kernel import has_bar, run_account
from tetra.backtest.account_state import Bars, Kept, Rules
from tetra.backtest.columns import BENCHMARK, EXPOSURE, METRICS, RETURN_METRICS
from tetra.backtest.holding import hold_group
from tetra.backtest.single_kernel import is_clean, run_single, standing_decision
from tetra.backtest.statistics import returns_of, summarize_row
from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray

METRIC_COUNT = len(METRICS)


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


@compiled()
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
def simulate_accounts(
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    rules: Rules,
    starts: IntArray,
    window_start: int,
    periods_per_year: float,
    is_plain: bool,
    parts: int,
    columns: IntArray,
    metrics: FloatArray,
    ledgers: FloatArray,
    lives: IntArray,
    kept: Kept,
) -> int:
    """Trade every account and write its metrics; return the first whose orders cost too much, -1 if none.

    Parameters
    ----------
    weights, bars, rates, rules, starts, window_start, periods_per_year
        As of ``engine.simulate``; ``starts`` always given.
    is_plain : bool
        Whether ``single_kernel`` may be tried: no overlay, no interest on cash, neither weights nor trades kept.
    parts, columns
        Parts of the work to be done, and places in ``METRICS`` to be reported.
    metrics, ledgers, lives
        Written, a row per account; zero before.
    kept : Kept
        Written where it has rows; zero before.
    """
    n_window = bars.close.shape[1] - window_start
    equity_row, returns_row, benchmark_row = np.empty(n_window), np.empty(n_window), np.empty(n_window)
    every = np.empty(METRIC_COUNT)
    for account in range(starts.size - 1):
        rows = slice(starts[account], starts[account + 1])
        close = bars.close[rows]
        first, last = life_of(close, window_start)
        every[:] = np.nan
        every[RETURN_METRICS] = 0.0  # without a bar there is no trade, and nothing else to report
        if last > first:
            span = slice(first - window_start, last - window_start)
            lives[account, 0], lives[account, 1] = span.start, span.stop
            equity, ledger = equity_row[span], ledgers[account]
            is_done = is_plain and run_plain(weights, bars, rates, rules, rows, window_start, equity, span, parts, ledger)
            if not is_done:
                ledger[:] = 0.0
                if not run_kept(weights, bars, rates, rules, rows, window_start, equity, span, account, ledger, kept):
                    return account
            returns = kept.returns[account, span] if kept.returns.size > 0 else returns_row[span]
            returns_of(equity, returns)
            benchmark = kept.benchmark[account, span] if kept.benchmark.size > 0 else benchmark_row[span]
            if parts & BENCHMARK or kept.benchmark.size > 0:
                hold_group(close, bars.open[rows], first, window_start, benchmark)
            summarize_row(equity, returns, benchmark, periods_per_year, parts, every)
            settle(ledger, last - first, every)
        for place in range(columns.size):
            metrics[account, place] = every[columns[place]]
    return -1


@compiled()
def run_plain(
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    rules: Rules,
    rows: slice,
    window_start: int,
    equity: FloatArray,
    span: slice,
    parts: int,
    ledger: FloatArray,
) -> bool:
    """Trade an account of one instrument the short way; return False where that does not do."""
    row = rows.start
    first, last = window_start + span.start, window_start + span.stop
    close = bars.close[row, first:last]
    if rows.stop - row > 1 or not is_clean(close):
        return False
    decision = standing_decision(weights[row], bars.close[row], window_start)
    opens = bars.open[row, first:last]
    is_measured = parts & EXPOSURE != 0
    can_short = rules.borrow_rate == 0.0
    return run_single(
        weights[row, first:last], close, opens, rates[first:last], decision, can_short, is_measured, equity, ledger
    )


@compiled()
def run_kept(
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    rules: Rules,
    rows: slice,
    window_start: int,
    equity: FloatArray,
    span: slice,
    account: int,
    ledger: FloatArray,
    kept: Kept,
) -> bool:
    """Trade an account by every rule; return False where an order's costs would exceed what it holds."""
    own = Bars(bars.close[rows], bars.open[rows], bars.high[rows], bars.low[rows])
    held = kept.weights[rows, span]
    trades = kept.trades[:0]
    if kept.trades.size > 0:
        trades = kept.trades[kept.trade_starts[account] : kept.trade_starts[account + 1]]
    life = (window_start + span.start, window_start + span.stop)
    return run_account(weights[rows], own, rates, rules, window_start, life, equity, ledger, held, trades)
