"""Fills, compiled: what an order costs, what it leaves, and which trade it opens or closes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.trades import OPEN_AT_END, RUIN
from tetra.compiled import compiled
from tetra.typing import FloatArray


@compiled()
def equity_after_fill(legs: Any, before: float, rate: float) -> float:
    """Return the equity E left by a fill: E + rate * sum of abs(order * E - value) over what is filled = ``before``.

    The left side is convex and piecewise linear in E and grows with it, so Newton's steps from ``before`` go down from
    piece to piece and end on the solution. Infinite where the orders would cost more than they hold.
    """
    gross = 0.0
    for place in range(legs.size):
        if legs[place].is_filled:
            gross += abs(legs[place].order)
    if rate * gross >= 1.0:
        return np.inf
    equity = before
    while True:
        slope, level = 1.0, before
        for place in range(legs.size):
            if legs[place].is_filled:
                value = legs[place].units * legs[place].price
                signed_rate = rate if legs[place].order * equity > value else -rate
                slope += signed_rate * legs[place].order
                level += signed_rate * value
        lower = level / slope
        if not lower < equity:
            return equity
        equity = lower


@compiled()
def fill(account: Any, legs: Any, rate: float, bar: int, ledger: FloatArray, trades: Any) -> None:
    """Bring what is marked ``is_filled`` to its ordered weight of the equity left after costs, at the legs' prices."""
    before = account.cash
    for place in range(legs.size):
        before += legs[place].units * legs[place].price
    after = equity_after_fill(legs, before, rate) if before > 0.0 else 0.0
    if after == np.inf:
        account.is_too_dear = 1
        after = 0.0
    if after <= 0.0:
        ruin(account, legs, bar, ledger, trades)
        return
    left = before  # once the old positions are closed
    traded = 0.0
    invested = 0.0
    is_kept = False
    direction = 0
    for place in range(legs.size):
        leg = legs[place]
        value = leg.units * leg.price
        units = leg.units
        if leg.is_filled:
            target_value = leg.order * after
            traded += abs(target_value - value)
            left -= rate * abs(value)
            units = target_value / leg.price if leg.order != 0.0 else 0.0
            value = target_value
        invested += value
        is_kept |= leg.units * units > 0.0
        if direction == 0 and units != 0.0:
            direction = 1 if units > 0.0 else -1
        leg.units = units
    ledger[6] += traded / before
    ledger[7] += before - after
    account.cash = after - invested
    price = legs[0].price if legs.size == 1 else np.nan
    if not is_kept:
        if account.direction != 0:
            close_trade(account, left, price, account.reason, bar, ledger, trades)
        account.opened_with = left
        account.entry_price = price
        account.best = price if legs.size == 1 else left
        account.entry_bar = bar
        account.direction = direction
        account.entered_at_close = 0
    account.is_waiting = 0
    for place in range(legs.size):
        if legs[place].is_filled:
            legs[place].is_filled = 0
            legs[place].is_waiting = 0
        account.is_waiting |= legs[place].is_waiting


@compiled()
def ruin(account: Any, legs: Any, bar: int, ledger: FloatArray, trades: Any) -> None:
    """End an account that has nothing left."""
    for place in range(legs.size):
        legs[place].units = 0.0
    if account.direction != 0:
        close_trade(account, 0.0, legs[0].price if legs.size == 1 else np.nan, RUIN, bar, ledger, trades)
    account.direction = 0
    account.cash = 0.0
    account.is_ruined = 1


@compiled()
def close_trade(
    account: Any, closed_with: float, price: float, reason: int, bar: int, ledger: FloatArray, trades: Any
) -> None:
    """Count a closed trade, and list it where a list is kept."""
    if trades.size > 0:
        list_trade(account, trades[int(ledger[0])], closed_with, price, reason, bar)
    book_trade(ledger, account.opened_with, closed_with)


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
def list_trade(account: Any, trade: Any, closed_with: float, price: float, reason: int, bar: int) -> None:
    """Write one row of the trade list."""
    trade.entry_bar = account.entry_bar
    trade.exit_bar = -1 if reason == OPEN_AT_END else bar
    trade.direction = account.direction
    trade.entry_price = account.entry_price
    trade.exit_price = price
    trade.opened_with = account.opened_with
    trade.closed_with = closed_with
    trade.exit_reason = reason
