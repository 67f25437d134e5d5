"""One account of any number of instruments, compiled: from decisions to equity, bar by bar, every option on.

The rules are in the package docstring; ``twin`` is their readable form and a test holds the two together. Arrays come
checked from ``engine.simulate``; nothing is checked here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.account_state import LEG, Bars, Rules
from tetra.backtest.fills import fill, list_trade, ruin
from tetra.backtest.holding import last_bars
from tetra.backtest.range_stops import NO_RANGE, FirstBar, close_at, first_bar, is_leaving, is_stop_within
from tetra.backtest.reporting import has_bar
from tetra.backtest.single_kernel import standing_decision
from tetra.backtest.sizing import FIXED_FRACTION, multiple_now, own_returns
from tetra.backtest.stops import is_stop_met, is_too_low, note_best, order_flat, stop_at_close
from tetra.backtest.trades import DRAWDOWN_HALT, OPEN_AT_END, SERIES_ENDED, SIGNAL
from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray


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
    close, opens, highs, lows = bars  # once: to take an array from a record costs more than a bar of arithmetic
    account = state[0]
    account.cash = account.equity = account.peak = 1.0
    legs = np.zeros(close.shape[0], dtype=LEG)
    is_looking_back = rules.sizing != FIXED_FRACTION
    returns = own_returns(close) if is_looking_back else np.empty((0, 0))
    recent = np.empty(rules.lookback if is_looking_back else 0)
    account.multiple = 0.0 if is_looking_back else rules.fraction
    has_stops = rules.stop_loss < np.inf or rules.trailing_stop < np.inf
    has_limits = has_stops or rules.max_drawdown < np.inf
    ends = last_bars(close) if legs.size > 1 else np.empty(0, dtype=np.int64)
    has_interest = rules.cash_rate != 0.0 or rules.borrow_rate != 0.0
    for place in range(legs.size):
        legs[place].decision = standing_decision(weights[place], close[place], window_start)
    send_order(account, legs, returns, window_start - 1, rules, recent)
    for bar in range(first, last):
        if has_bar(close, bar) and not account.is_ruined:
            period, rate = bar - window_start, rates[bar]
            if has_interest:
                earn_interest(account, legs, rules)
            if ends.size > 0:
                leave_ended(account, legs, ends, bar)
            now = first_bar(opens, highs, lows, bar) if has_limits else NO_RANGE
            can_stop = has_stops and now.has_range
            if can_stop and is_stop_within(account, rules, now.open) and not is_leaving(legs, now.open):
                close_at(account, legs, now.open, rules, rate, period, ledger, trades)
            elif account.is_waiting:
                fill_orders(account, legs, close, opens, bar, rate, period, ledger, trades)
            if can_stop and is_stop_within(account, rules, now.low if account.direction > 0 else now.high):
                close_at(account, legs, now.open, rules, rate, period, ledger, trades)
            mark(account, legs, close, bar)
            if account.equity <= 0.0 and not account.is_ruined:
                ruin(account, legs, period, ledger, trades)
                account.equity = account.gross_weight = 0.0
            is_changed = note_decisions(legs, weights, close, bar)
            is_free = not account.is_ruined and not (has_limits and is_cut(account, legs, now, rules))
            if is_free and (is_changed or is_looking_back):
                send_order(account, legs, returns, bar, rules, recent)
        if account.is_too_dear:
            return False
        equity[bar - first] = account.equity
        ledger[5] += account.gross_weight
        if held.size > 0:
            note_weights(account, legs, held[:, bar - first])
    if trades.size > 0 and account.direction != 0:
        list_trade(account, trades[int(ledger[0])], account.equity, np.nan, OPEN_AT_END, last - 1 - window_start)
    return True


@compiled(inline=True)
def leave_ended(account: Any, legs: Any, ends: IntArray, bar: int) -> None:
    """Order out of instruments whose series has ended; nothing is wanted of them any more."""
    for place in range(legs.size):
        leg = legs[place]
        if ends[place] >= bar or leg.is_ended:
            continue
        leg.is_ended = 1
        leg.decision = leg.target = leg.order = 0.0
        leg.is_waiting = 0
        if leg.units != 0.0:
            if not is_any_waiting(legs):
                account.reason = SERIES_ENDED
            leg.is_waiting = 1
            account.is_waiting = 1


@compiled()
def is_any_waiting(legs: Any) -> bool:
    """Return whether an order of any instrument is not filled yet."""
    found = False
    for place in range(legs.size):
        found |= legs[place].is_waiting != 0
    return found


@compiled(inline=True)
def note_decisions(legs: Any, weights: FloatArray, close: FloatArray, bar: int) -> bool:
    """Take the decision for every instrument with a bar, NaN is flat; return whether any differs from its order's."""
    is_changed = False
    for place in range(legs.size):
        leg = legs[place]
        if not np.isnan(close[place, bar]):
            wanted = weights[place, bar]
            leg.decision = 0.0 if np.isnan(wanted) else wanted
        is_changed |= leg.decision != leg.target
    return is_changed


@compiled(inline=True)
def note_weights(account: Any, legs: Any, held: FloatArray) -> None:
    """Write the signed weight of each instrument."""
    for place in range(legs.size):
        value = legs[place].units * legs[place].mark
        held[place] = value / account.equity if value != 0.0 else 0.0


@compiled(inline=True)
def earn_interest(account: Any, legs: Any, rules: Rules) -> None:
    """Pay for borrowed instruments and earn on idle cash, on the balances of the last close."""
    borrowed = 0.0
    for place in range(legs.size):
        if legs[place].units < 0.0:
            borrowed += max(0.0, -legs[place].units * legs[place].mark)
    account.cash += rules.cash_rate * (account.cash - borrowed) - rules.borrow_rate * borrowed


@compiled()
def fill_orders(
    account: Any,
    legs: Any,
    close: FloatArray,
    opens: FloatArray,
    bar: int,
    rate: float,
    period: int,
    ledger: FloatArray,
    trades: Any,
) -> None:
    """Fill what waits and can be filled on a bar."""
    is_any = False
    is_at_close = True
    for place in range(legs.size):
        leg = legs[place]
        leg.price = close[place, bar]
        if np.isnan(leg.price):
            leg.price = leg.mark
            if leg.is_ended and leg.is_waiting:
                leg.is_filled = 1
                is_any = True
            continue
        if opens.size > 0 and not np.isnan(opens[place, bar]):
            leg.price = opens[place, bar]
            is_at_close = False
        if leg.is_waiting and (leg.price > 0.0 or leg.order == 0.0):
            leg.is_filled = 1
            is_any = True
    if is_any:
        fill(account, legs, rate, period, ledger, trades)
        if account.entry_bar == period and is_at_close:
            account.entered_at_close = 1


@compiled(inline=True)
def mark(account: Any, legs: Any, close: FloatArray, bar: int) -> None:
    """Mark equity at the close."""
    equity = account.cash
    gross = 0.0
    for place in range(legs.size):
        leg = legs[place]
        if not np.isnan(close[place, bar]):
            leg.mark = close[place, bar]
        leg.price = leg.mark
        equity += leg.units * leg.mark
        gross += abs(leg.units * leg.mark)
    account.close = legs[0].mark
    account.equity = equity
    account.gross_weight = gross / equity if gross > 0.0 else 0.0


@compiled(inline=True)
def is_cut(account: Any, legs: Any, now: FirstBar, rules: Rules) -> bool:
    """Judge halt and stops at a close; return whether they, and not the strategy, decide what is ordered."""
    if not account.is_halted and is_too_low(account, rules):
        account.is_halted = 1
        order_flat(account, legs, DRAWDOWN_HALT)
    if account.is_halted:
        return True
    if account.direction != 0:
        if not now.has_range and is_stop_met(account, rules) and stop_at_close(account, legs, rules):
            return True
        note_best(account, now.high, now.low)
    return False


@compiled(inline=True)
def send_order(account: Any, legs: Any, returns: FloatArray, bar: int, rules: Rules, recent: FloatArray) -> None:
    """Order every instrument anew when a decision changed, or the multiple moved by more than its tolerance."""
    is_changed = False
    for place in range(legs.size):
        is_changed |= legs[place].decision != legs[place].target
    multiple = multiple_now(legs, returns, bar, rules, recent)
    has_drifted = abs(multiple - account.multiple) > rules.tolerance * account.multiple
    if not is_changed and (account.is_stopped or not has_drifted):
        return
    account.multiple = multiple
    account.is_stopped = 0
    account.reason = SIGNAL
    account.is_waiting = 1
    for place in range(legs.size):
        leg = legs[place]
        leg.target = leg.decision
        leg.order = min(max(leg.decision * multiple, -rules.max_position), rules.max_position)
        leg.is_waiting = 1
