"""Stops that are met within a bar, compiled: of an account of one instrument, on bars with open, high and low."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tetra.backtest.account_state import Rules
from tetra.backtest.fills import fill
from tetra.backtest.stops import order_flat, stop_level, stop_out
from tetra.compiled import compiled
from tetra.typing import FloatArray


class FirstBar(NamedTuple):
    """Bar of an account's first instrument, as far as stops need it."""

    open: float
    high: float
    low: float
    has_range: bool


NO_RANGE = FirstBar(np.nan, np.nan, np.nan, False)


@compiled(inline=True)
def first_bar(opens: FloatArray, highs: FloatArray, lows: FloatArray, bar: int) -> FirstBar:
    """Return the bar of the first instrument; stops are judged within it where that is the only one."""
    opened = opens[0, bar] if opens.size > 0 else np.nan
    high = highs[0, bar] if highs.size > 0 else np.nan
    low = lows[0, bar] if lows.size > 0 else np.nan
    return FirstBar(opened, high, low, opens.shape[0] == 1 and not np.isnan(opened + high + low))


@compiled(inline=True)
def is_stop_within(account: Any, rules: Rules, price: float) -> bool:
    """Return whether a price of the bar meets a stop of the open trade."""
    if account.direction == 0:
        return False
    level, _ = stop_level(account, rules, account.direction)
    is_met: bool = account.direction * (price - level) <= 0.0
    return is_met


@compiled()
def is_leaving(legs: Any, opened: float) -> bool:
    """Return whether an order leaves or turns the one position at the open."""
    leg = legs[0]
    is_met: bool = leg.is_waiting and leg.order * leg.units <= 0.0 and (opened > 0.0 or leg.order == 0.0)
    return is_met


@compiled()
def close_at(
    account: Any, legs: Any, opened: float, rules: Rules, rate: float, period: int, ledger: FloatArray, trades: Any
) -> None:
    """Close the one position of an account for a stop: at its level, or at the open where that lies beyond."""
    level, reason = stop_level(account, rules, account.direction)
    is_beyond = account.direction * (opened - level) <= 0.0
    stop_out(account, legs)
    order_flat(account, legs, reason)
    legs[0].price = opened if is_beyond else level
    legs[0].is_filled = 1
    fill(account, legs, rate, period, ledger, trades)
