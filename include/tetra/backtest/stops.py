"""Stops and the drawdown halt, compiled: when a position is cut, and at what price."""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.account_state import Rules
from tetra.backtest.trades import STOP_LOSS, TRAILING_STOP
from tetra.compiled import compiled


@compiled(inline=True)
def stop_level(account: Any, rules: Rules, side: float) -> tuple[float, int]:
    """Return the level, price or equity, at which the open trade is cut, and which stop it is.

    Of a long position (side 1) the higher of the two levels is met first, of a short one (side -1) the lower.
    """
    entry = account.opened_with if np.isnan(account.entry_price) else account.entry_price
    off = -side * np.inf  # not infinity times a price: of one below zero that is a level which every price meets
    stop = off if rules.stop_loss == np.inf else entry * (1.0 - side * rules.stop_loss)
    trail = off if rules.trailing_stop == np.inf else account.best * (1.0 - side * rules.trailing_stop)
    if side * (trail - stop) > 0.0:
        return trail, TRAILING_STOP
    return stop, STOP_LOSS


@compiled()
def stop_out(account: Any, legs: Any) -> None:
    """Drop what waits; the account stays flat until the strategy's decision changes."""
    account.is_stopped = 1
    account.is_waiting = 0
    for place in range(legs.size):
        legs[place].target = legs[place].decision
        legs[place].is_waiting = 0


@compiled()
def order_flat(account: Any, legs: Any, reason: int) -> None:
    """Send an order to close everything."""
    account.reason = reason
    account.is_waiting = 1
    for place in range(legs.size):
        legs[place].order = 0.0
        legs[place].is_waiting = 1


@compiled(inline=True)
def is_too_low(account: Any, rules: Rules) -> bool:
    """Return whether equity closed too far below its peak."""
    account.peak = max(account.peak, account.equity)
    is_met: bool = account.equity <= account.peak * (1.0 - rules.max_drawdown)
    return is_met


@compiled(inline=True)
def is_stop_met(account: Any, rules: Rules) -> bool:
    """Return whether the close meets a stop: the price of one instrument, or the equity of several."""
    is_single = not np.isnan(account.entry_price)
    side = account.direction if is_single else 1.0
    level, _ = stop_level(account, rules, side)
    is_met: bool = side * ((account.close if is_single else account.equity) - level) <= 0.0
    return is_met


@compiled()
def stop_at_close(account: Any, legs: Any, rules: Rules) -> bool:
    """Order everything closed, a stop being met; return False where the strategy's decision goes before it.

    That is one that leaves or turns the one position of an account by itself, and any after a stop before.
    """
    side = account.direction if legs.size == 1 else 1.0
    if account.is_stopped or (legs.size == 1 and legs[0].decision * side <= 0.0):
        return False
    _, reason = stop_level(account, rules, side)
    stop_out(account, legs)
    order_flat(account, legs, reason)
    return True


@compiled(inline=True)
def note_best(account: Any, high: float, low: float) -> None:
    """Remember the best price (one instrument) or equity (several) since the open trade's first fill."""
    if np.isnan(account.entry_price):
        account.best = max(account.best, account.equity)
    elif not account.entered_at_close:  # the range of a bar at whose close it began came before it
        best = high if account.direction > 0 else low
        price = account.close if np.isnan(best) else best
        account.best = max(account.best, price) if account.direction > 0 else min(account.best, price)
    account.entered_at_close = 0
