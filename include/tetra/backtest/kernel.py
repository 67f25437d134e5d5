"""Many accounts by every rule, compiled, and their metrics.

Serial by design: threads work on tiles of accounts, above (see ``tiles``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.account_kernel import run_account
from tetra.backtest.account_state import ACCOUNT, Bars, Kept, Rules
from tetra.backtest.columns import METRIC_COUNT
from tetra.backtest.reporting import SCRATCH_ROWS, life_of, report, report_nothing
from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray


@compiled()
def simulate_accounts(
    accounts: IntArray,
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    rules: Rules,
    starts: IntArray,
    window_start: int,
    periods_per_year: float,
    parts: int,
    columns: IntArray,
    metrics: FloatArray,
    ledgers: FloatArray,
    lives: IntArray,
    kept: Kept,
) -> int:
    """Trade the accounts listed and write their metrics; return the first whose orders cost too much, -1 if none.

    Parameters
    ----------
    accounts : ndarray of int
    weights, bars, rates, rules, starts, window_start, periods_per_year
        As of ``engine.simulate``; ``starts`` always given.
    parts, columns
        Parts of the work to be done, and places in ``METRICS`` to be reported.
    metrics, ledgers, lives
        Written, a row per account; ledgers and lives zero before.
    kept : Kept
        Written where it has columns; zero before.
    """
    n_window = bars.close.shape[1] - window_start
    equity_row, scratch, every = np.empty(n_window), np.empty((SCRATCH_ROWS, n_window)), np.empty(METRIC_COUNT)
    for account in accounts:
        row, stop = starts[account], starts[account + 1]
        first, last = life_of(bars.close[row:stop], window_start)
        if last == first:
            report_nothing(columns, metrics[account])
            continue
        start, end = first - window_start, last - window_start
        lives[account, 0], lives[account, 1] = start, end
        equity, ledger = equity_row[start:end], ledgers[account]
        own = Bars(bars.close[row:stop], bars.open[row:stop], bars.high[row:stop], bars.low[row:stop])
        held, trades = kept.weights[row:stop, start:end], trades_of(kept, account)
        state = np.zeros(1, dtype=ACCOUNT)
        if not run_account(
            state, weights[row:stop], own, rates, rules, window_start, (first, last), equity, ledger, held, trades
        ):
            return int(account)
        report(
            account, (row, stop), (first, last), False, bars, window_start, periods_per_year, parts, columns,
            equity, scratch, every, ledger, metrics[account], kept,
        )  # fmt: skip
    return -1


@compiled()
def trades_of(kept: Kept, account: int) -> Any:
    """Return the rows of the trade list that are an account's."""
    if kept.trades.size == 0:
        return kept.trades
    return kept.trades[kept.trade_starts[account] : kept.trade_starts[account + 1]]
