"""Many accounts, compiled: each is traded by the kernel that fits it, and its metrics are written.

``account_kernel`` has every rule; ``single_kernel`` is the short way for one instrument without gaps and overlays.
Serial by design: threads work on tiles of accounts, above (see ``tiles``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.account_kernel import has_bar, run_account
from tetra.backtest.account_state import ACCOUNT, Bars, Kept, Rules
from tetra.backtest.columns import BENCHMARK, EXPOSURE, METRICS, RETURN_METRICS, SHAPE, SPREAD, TAIL
from tetra.backtest.holding import hold_clean, hold_group, was_seen
from tetra.backtest.single_kernel import are_positive, run_single, standing_decision
from tetra.backtest.statistics import growth_of, returns_of, summarize_row
from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray

METRIC_COUNT = len(METRICS)
NEEDS_RETURNS = SPREAD | SHAPE | TAIL | BENCHMARK


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
        row, stop = starts[account], starts[account + 1]
        is_complete = stop - row == 1 and are_positive(bars.close[row])
        first, last = window_start, bars.close.shape[1]
        if not is_complete:
            first, last = life_of(bars.close[row:stop], window_start)
        every[:] = np.nan
        every[RETURN_METRICS] = 0.0  # without a bar there is no trade, and nothing else to report
        if last > first:
            start, end = first - window_start, last - window_start
            lives[account, 0], lives[account, 1] = start, end
            equity, ledger = equity_row[start:end], ledgers[account]
            is_done = is_plain and stop - row == 1
            if is_done:
                is_done = run_plain(
                    weights[row], bars, rates, rules, row, window_start, first, last, parts, equity, ledger
                )
            if not is_done:
                ledger[:] = 0.0
                held, trades = kept.weights[row:stop, start:end], trades_of(kept, account)
                own = Bars(bars.close[row:stop], bars.open[row:stop], bars.high[row:stop], bars.low[row:stop])
                state = np.zeros(1, dtype=ACCOUNT)
                if not run_account(
                    state,
                    weights[row:stop],
                    own,
                    rates,
                    rules,
                    window_start,
                    (first, last),
                    equity,
                    ledger,
                    held,
                    trades,
                ):
                    return account
            returns = kept.returns[account, start:end] if kept.returns.size > 0 else returns_row[start:end]
            if parts & NEEDS_RETURNS or kept.returns.size > 0:
                returns_of(equity, returns)
            benchmark = kept.benchmark[account, start:end] if kept.benchmark.size > 0 else benchmark_row[start:end]
            held_to = 0.0
            if parts & BENCHMARK or kept.benchmark.size > 0:
                held_to = hold_account(bars, row, stop, window_start, first, last, is_done, benchmark)
            summarize_row(equity, returns, benchmark, held_to, periods_per_year, parts, every)
            settle(ledger, last - first, every)
        for place in range(columns.size):
            metrics[account, place] = every[columns[place]]
    return -1


@compiled()
def trades_of(kept: Kept, account: int) -> Any:
    """Return the rows of the trade list that are an account's."""
    if kept.trades.size == 0:
        return kept.trades
    return kept.trades[kept.trade_starts[account] : kept.trade_starts[account + 1]]


@compiled()
def run_plain(
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    rules: Rules,
    row: int,
    window_start: int,
    first: int,
    last: int,
    parts: int,
    equity: FloatArray,
    ledger: FloatArray,
) -> bool:
    """Trade an account of one instrument the short way; return False where that does not do."""
    close = bars.close[row, first:last]
    if not are_positive(close):
        return False
    decision = standing_decision(weights, bars.close[row], window_start)
    opens = bars.open[row, first:last]
    is_measured, can_short = parts & EXPOSURE != 0, rules.borrow_rate == 0.0
    return run_single(
        weights[first:last], close, opens, rates[first:last], decision, can_short, is_measured, equity, ledger
    )


@compiled()
def hold_account(
    bars: Bars, row: int, stop: int, window_start: int, first: int, last: int, is_clean: bool, returns: FloatArray
) -> float:
    """Write the returns of buy and hold; return what it grew to."""
    if is_clean:
        entry_bar = 0 if was_seen(bars.close[row], window_start) else 1
        held = hold_clean(bars.close[row, first:last], bars.open[row, first:last], entry_bar, returns)
        if held > 0.0:
            return held
    hold_group(bars.close[row:stop], bars.open[row:stop], first, window_start, returns)
    return growth_of(returns)
