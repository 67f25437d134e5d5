"""One account of any number of instruments, compiled: from decisions to equity, bar by bar, every option on.

The rules are in the package docstring; ``twin`` is their readable form and a test holds the two together. Arrays come
checked from ``engine.simulate``; nothing is checked here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.account_state import LEG, Bars, Rules
from tetra.backtest.fills import fill, list_trade, ruin
from tetra.backtest.range_stops import has_open, has_range, stop_at_open, stop_within
from tetra.backtest.single_kernel import standing_decision
from tetra.backtest.sizing import FIXED_FRACTION, multiple_now, own_returns
from tetra.backtest.stops import halts, note_best, stops_at_close
from tetra.backtest.trades import OPEN_AT_END, SIGNAL
from tetra.compiled import compiled
from tetra.typing import FloatArray


@compiled()
def run_account(
    state: Any,
    weights: FloatArray,
    bars: Bars,
    rates: FloatArray,
    rules: Rules,
    window_start: int,
    life: tuple[int, int],
    equity: FloatArray,
    ledger: FloatArray,
    held: FloatArray,
    trades: Any,
) -> bool:
    """Trade one account over its life; return False where an order's costs would exceed what it holds.

    Parameters
    ----------
    state : ndarray of ACCOUNT, shape (1,)
        Zero; the caller's, because a record does not keep the array alive that it is part of.
    weights : ndarray of shape (n_legs, n_bars)
    bars : Bars
        Of the legs.
    rates : ndarray of shape (n_bars,)
    rules : Rules
    window_start : int
    life : tuple of int
        First bar and the one after the last.
    equity : ndarray of shape (n_life,)
        Written: equity at each close.
    ledger : ndarray of shape (len(LEDGER),)
        Written, zero before.
    held : ndarray of shape (n_legs, n_life) or (0, 0)
        Written: signed weight of each instrument after each close.
    trades : ndarray of TRADE
        Written, or without rows.
    """
    first, last = life
    close = bars.close  # once: to take an array from a record costs more than a bar of arithmetic
    account = state[0]
    account.cash = account.equity = account.peak = 1.0
    legs = np.zeros(close.shape[0], dtype=LEG)
    is_looking_back = rules.sizing != FIXED_FRACTION
    returns = own_returns(close) if is_looking_back else np.empty((0, 0))
    recent = np.empty(rules.lookback if is_looking_back else 0)
    account.multiple = 0.0 if is_looking_back else rules.fraction
    has_stops = rules.stop_loss < np.inf or rules.trailing_stop < np.inf
    has_limits = has_stops or rules.max_drawdown < np.inf
    has_interest = rules.cash_rate != 0.0 or rules.borrow_rate != 0.0
    for place in range(legs.size):
        legs[place].decision = standing_decision(weights[place], close[place], window_start)
    send_order(account, legs, returns, window_start - 1, rules, recent)
    for bar in range(first, last):
        if has_bar(close, bar) and not account.is_ruined:
            if has_interest:
                earn_interest(account, legs, rules)
            if has_stops or is_waiting(legs):
                trade_bar(account, legs, bars, bar, rates[bar], rules, bar - window_start, ledger, trades)
            mark(account, legs, close, bar, bar - window_start, ledger, trades)
            note_decisions(legs, weights, close, bar)
            if not account.is_ruined and not (has_limits and is_cut(account, legs, bars, bar, rules)):
                send_order(account, legs, returns, bar, rules, recent)
        if account.is_too_dear:
            return False
        equity[bar - first] = account.equity
        ledger[5] += account.gross_weight
        if held.size > 0:
            for place in range(legs.size):
                value = legs[place].units * legs[place].mark
                held[place, bar - first] = value / account.equity if value != 0.0 else 0.0
    if trades.size > 0 and is_open(legs):
        list_trade(account, trades[int(ledger[0])], account.equity, np.nan, OPEN_AT_END, last - 1 - window_start)
    return True


@compiled()
def has_bar(close: FloatArray, bar: int) -> bool:
    """Return whether any instrument has a bar."""
    place = 0
    while place < close.shape[0] and np.isnan(close[place, bar]):
        place += 1
    is_found: bool = place < close.shape[0]
    return is_found


@compiled()
def is_open(legs: Any) -> bool:
    """Return whether any instrument is held."""
    place = 0
    while place < legs.size and legs[place].units == 0.0:
        place += 1
    is_found: bool = place < legs.size
    return is_found


@compiled()
def is_waiting(legs: Any) -> bool:
    """Return whether an order is not filled yet."""
    place = 0
    while place < legs.size and not legs[place].is_waiting:
        place += 1
    is_found: bool = place < legs.size
    return is_found


@compiled()
def note_decisions(legs: Any, weights: FloatArray, close: FloatArray, bar: int) -> None:
    """Take the strategy's decision for every instrument with a bar; NaN is flat."""
    for place in range(legs.size):
        if not np.isnan(close[place, bar]):
            wanted = weights[place, bar]
            legs[place].decision = 0.0 if np.isnan(wanted) else wanted


@compiled()
def earn_interest(account: Any, legs: Any, rules: Rules) -> None:
    """Pay for borrowed instruments and earn on idle cash, on the balances of the last close."""
    borrowed = 0.0
    for place in range(legs.size):
        if legs[place].units < 0.0:
            borrowed += max(0.0, -legs[place].units * legs[place].mark)
    account.cash += rules.cash_rate * (account.cash - borrowed) - rules.borrow_rate * borrowed


@compiled()
def trade_bar(
    account: Any,
    legs: Any,
    bars: Bars,
    bar: int,
    rate: float,
    rules: Rules,
    period: int,
    ledger: FloatArray,
    trades: Any,
) -> None:
    """Fill what waits, and of an account of one instrument the stops that are met within the bar."""
    can_stop = has_range(bars, bar) and (rules.stop_loss < np.inf or rules.trailing_stop < np.inf)
    if can_stop and stop_at_open(account, legs, bars.open[0, bar], rate, rules, period, ledger, trades):
        return
    is_any = False
    for place in range(legs.size):
        leg = legs[place]
        close = bars.close[place, bar]
        if np.isnan(close):
            leg.price = leg.mark
            continue
        opened = bars.open[place, bar] if bars.open.size > 0 else np.nan
        leg.price = close if np.isnan(opened) else opened
        if leg.is_waiting and (leg.price > 0.0 or leg.order == 0.0):
            leg.is_filled = 1
            is_any = True
    if is_any:
        fill(account, legs, rate, period, ledger, trades)
        if account.entry_bar == period and not has_open(bars, bar):
            account.entered_at_close = 1
    if can_stop:
        stop_within(account, legs, bars, bar, rate, rules, period, ledger, trades)


@compiled()
def mark(account: Any, legs: Any, close: FloatArray, bar: int, period: int, ledger: FloatArray, trades: Any) -> None:
    """Mark equity at the close; an account with nothing left ends."""
    equity = account.cash
    gross = 0.0
    for place in range(legs.size):
        leg = legs[place]
        if not np.isnan(close[place, bar]):
            leg.mark = close[place, bar]
        leg.price = leg.mark
        equity += leg.units * leg.mark
        gross += abs(leg.units * leg.mark)
    if not account.is_ruined and equity <= 0.0:
        ruin(account, legs, period, ledger, trades)
    if account.is_ruined:
        equity = gross = 0.0
    account.equity = equity
    account.gross_weight = gross / equity if gross > 0.0 else 0.0


@compiled()
def is_cut(account: Any, legs: Any, bars: Bars, bar: int, rules: Rules) -> bool:
    """Judge halt and stops at a close; return whether they, and not the strategy, decide what is ordered."""
    if halts(account, legs, rules):
        return True
    if is_open(legs):
        if not has_range(bars, bar) and stops_at_close(account, legs, rules):
            return True
        high = bars.high[0, bar] if bars.high.size > 0 else np.nan
        low = bars.low[0, bar] if bars.low.size > 0 else np.nan
        note_best(account, legs, high, low)
    return False


@compiled()
def send_order(account: Any, legs: Any, returns: FloatArray, bar: int, rules: Rules, recent: FloatArray) -> None:
    """Order every instrument anew when a decision changed, or the multiple moved by more than its tolerance."""
    is_changed = False
    for place in range(legs.size):
        is_changed |= legs[place].decision != legs[place].target
    if not is_changed and rules.sizing == FIXED_FRACTION:
        return
    multiple = multiple_now(legs, returns, bar, rules, recent)
    has_drifted = abs(multiple - account.multiple) > rules.tolerance * account.multiple
    if not is_changed and (account.is_stopped or not has_drifted):
        return
    account.multiple = multiple
    account.is_stopped = 0
    account.reason = SIGNAL
    for place in range(legs.size):
        leg = legs[place]
        leg.target = leg.decision
        leg.order = min(max(leg.decision * multiple, -rules.max_position), rules.max_position)
        leg.is_waiting = 1
