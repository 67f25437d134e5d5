"""The account, compiled: one pass over a series from decisions to returns, by the rules in the package docstring.

Arrays come checked from ``engine.simulate``; nothing is checked here. ``twin`` is the readable form of the same rules,
and a test holds the two together.
"""

from __future__ import annotations

import numba
import numpy as np

from tetra.backtest.columns import LEDGER, RETURN_METRICS
from tetra.backtest.statistics import summarize_row
from tetra.compiled import compiled
from tetra.typing import FloatArray

LEDGER_SIZE = len(LEDGER)


@compiled()
def standing_decision(weights: FloatArray, close: FloatArray, window_start: int) -> tuple[float, bool]:
    """Return the last decision before the window, and whether the series had any bar before it."""
    for bar in range(window_start - 1, -1, -1):
        if not np.isnan(close[bar]):
            return (0.0 if np.isnan(weights[bar]) else weights[bar]), True
    return 0.0, False


@compiled()
def book_trade(ledger: FloatArray, opened_with: float, closed_with: float) -> None:
    """Count a closed trade by the equity before its first and after its last fill."""
    gain = closed_with - opened_with
    ledger[0] += 1.0
    if gain > 0.0:
        ledger[1] += 1.0
        ledger[2] += gain
    else:
        ledger[3] -= gain
    ledger[4] += closed_with / opened_with - 1.0


@compiled()
def equity_after_fill(equity: float, value: float, target: float, rate: float) -> float:
    """Return the equity left once the position is ``target`` times it, net of the fill's costs."""
    if target * equity > value:
        return (equity + rate * value) / (1.0 + rate * target)
    return (equity - rate * value) / (1.0 - rate * target)


@compiled()
def run_account(
    weights: FloatArray,
    close: FloatArray,
    open_price: FloatArray,
    rates: FloatArray,
    window_start: int,
    returns: FloatArray,
    ledger: FloatArray,
) -> None:
    """Trade one series; writes a return per window bar and the sums of ``LEDGER``."""
    decision, _ = standing_decision(weights, close, window_start)
    ordered = 0.0
    units = 0.0
    cash = 1.0
    equity = 1.0  # as last marked
    opened_with = 0.0  # equity before the open trade's first fill
    weight_held = 0.0
    is_ruined = False
    for bar in range(window_start, close.size):
        period = bar - window_start
        price = close[bar]
        if np.isnan(price) or is_ruined:
            returns[period] = 0.0
            ledger[5] += weight_held
            continue
        fill_price = price if np.isnan(open_price[bar]) else open_price[bar]
        if decision != ordered and (fill_price > 0.0 or decision == 0.0):
            value = units * fill_price
            before = cash + value
            after = equity_after_fill(before, value, decision, rates[bar])
            if before > 0.0 and after > 0.0:
                target_value = decision * after
                ledger[6] += abs(target_value - value) / before
                ledger[7] += before - after
                base = before
                if units != 0.0 and units * decision <= 0.0:
                    base = before - rates[bar] * abs(value)  # what is left once the old position is closed
                    book_trade(ledger, opened_with, base)
                if units * decision <= 0.0:
                    opened_with = base
                units = target_value / fill_price
                cash = after - target_value
                ordered = decision
            else:
                is_ruined = True
        marked = cash + units * price
        if is_ruined or marked <= 0.0:
            is_ruined = True
            marked = 0.0
            if units != 0.0:
                book_trade(ledger, opened_with, 0.0)
            units = 0.0
            cash = 0.0
            weight_held = 0.0
        else:
            weight_held = abs(units * price) / marked
        ledger[5] += weight_held
        returns[period] = marked / equity - 1.0
        equity = marked
        decision = 0.0 if np.isnan(weights[bar]) else weights[bar]


@compiled()
def hold(close: FloatArray, open_price: FloatArray, window_start: int, returns: FloatArray) -> None:
    """Write the returns of buy and hold: weight 1 under the rules of ``run_account``, no costs."""
    _, is_wanted = standing_decision(close, close, window_start)
    entry = np.nan
    equity = 1.0
    for bar in range(window_start, close.size):
        price = close[bar]
        returns[bar - window_start] = 0.0
        if np.isnan(price) or equity == 0.0:
            continue
        if is_wanted and np.isnan(entry):
            fill_price = price if np.isnan(open_price[bar]) else open_price[bar]
            if fill_price > 0.0:
                entry = fill_price
        is_wanted = True
        if not np.isnan(entry):
            marked = max(price / entry, 0.0)
            returns[bar - window_start] = marked / equity - 1.0
            equity = marked


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


@compiled(parallel=True)
def simulate_rows(
    weights: FloatArray,
    close: FloatArray,
    open_price: FloatArray,
    rates: FloatArray,
    window_start: int,
    periods_per_year: float,
    metrics: FloatArray,
    ledgers: FloatArray,
    kept_returns: FloatArray,
    kept_benchmark: FloatArray,
) -> None:
    """Trade every series and write its metrics; returns are kept where the ``kept_`` arrays have rows."""
    n_periods = close.shape[1] - window_start
    is_kept = kept_returns.shape[0] > 0
    for row in numba.prange(close.shape[0]):
        returns = kept_returns[row] if is_kept else np.empty(n_periods)
        benchmark = kept_benchmark[row] if is_kept else np.empty(n_periods)
        ledger = ledgers[row]
        opens = open_price[row] if open_price.shape[0] > 0 else close[row]
        run_account(weights[row], close[row], opens, rates, window_start, returns, ledger)
        hold(close[row], opens, window_start, benchmark)
        summarize_row(returns, benchmark, periods_per_year, metrics[row])
        settle(ledger, n_periods, metrics[row])
