"""Stops and the drawdown halt, compiled: when a position is cut, and at what price."""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.account_state import Rules
from tetra.backtest.trades import DRAWDOWN_HALT, STOP_LOSS, TRAILING_STOP
from tetra.compiled import compiled


@compiled()
def stop_level(account: Any, rules: Rules, side: float) -> tuple[float, int]:
    """Return the level, price or equity, at which the open trade is cut, and which stop it is.

    Of a long position (side 1) the higher of the two levels is met first, of a short one (side -1) the lower.
    """
    entry = account.opened_with if np.isnan(account.entry_price) else account.entry_price
    stop = entry * (1.0 - side * rules.stop_loss)
    trail = account.best * (1.0 - side * rules.trailing_stop)
    if side * (trail - stop) > 0.0:
        return trail, TRAILING_STOP
    return stop, STOP_LOSS


@compiled()
def stop_out(account: Any, legs: Any) -> None:
    """Drop what waits; the account stays flat until the strategy's decision changes."""
    account.is_stopped = 1
    for place in range(legs.size):
        legs[place].target = legs[place].decision
        legs[place].is_waiting = 0


@compiled()
def order_flat(account: Any, legs: Any, reason: int) -> None:
    """Send an order to close everything."""
    account.reason = reason
    for place in range(legs.size):
        legs[place].order = 0.0
        legs[place].is_waiting = 1


@compiled()
def halts(account: Any, legs: Any, rules: Rules) -> bool:
    """Halt the account at a close too far below its peak; return whether it is halted now or was before."""
    account.peak = max(account.peak, account.equity)
    if not account.is_halted and account.equity <= account.peak * (1.0 - rules.max_drawdown):
        account.is_halted = 1
        order_flat(account, legs, DRAWDOWN_HALT)
    return bool(account.is_halted)


@compiled()
def stops_at_close(account: Any, legs: Any, rules: Rules) -> bool:
    """Judge the stops at a close; return whether one sent its order.

    A decision that leaves or turns the one position of an account by itself goes before the stop.
    """
    if account.is_stopped:
        return False
    side = 1.0
    level_now = account.equity
    if legs.size == 1:
        side = 1.0 if legs[0].units > 0.0 else -1.0
        level_now = legs[0].price
        if legs[0].decision * side <= 0.0:
            return False
    level, reason = stop_level(account, rules, side)
    if side * (level_now - level) > 0.0:
        return False
    stop_out(account, legs)
    order_flat(account, legs, reason)
    return True


@compiled()
def note_best(account: Any, legs: Any, high: float, low: float) -> None:
    """Remember the best price (one instrument) or equity (several) since the open trade's first fill."""
    if legs.size > 1:
        account.best = max(account.best, account.equity)
    elif not account.entered_at_close:  # the range of a bar at whose close it began came before it
        is_long = legs[0].units > 0.0
        best = high if is_long else low
        price = legs[0].mark if np.isnan(best) else best
        account.best = max(account.best, price) if is_long else min(account.best, price)
    account.entered_at_close = 0
