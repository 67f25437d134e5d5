"""Stops that are met within a bar, compiled: of an account of one instrument, on bars with open, high and low."""

from __future__ import annotations

from typing import Any

import numpy as np

from tetra.backtest.account_state import Bars, Rules
from tetra.backtest.fills import fill
from tetra.backtest.stops import order_flat, stop_level, stop_out
from tetra.compiled import compiled
from tetra.typing import FloatArray


@compiled()
def has_open(bars: Bars, bar: int) -> bool:
    """Return whether the bar of an account's first instrument has an open."""
    return bars.open.size > 0 and not np.isnan(bars.open[0, bar])


@compiled()
def has_range(bars: Bars, bar: int) -> bool:
    """Return whether stops can be judged within the bar: one instrument, its open, high and low known."""
    if bars.close.shape[0] > 1 or bars.high.size == 0 or bars.low.size == 0 or not has_open(bars, bar):
        return False
    return not (np.isnan(bars.high[0, bar]) or np.isnan(bars.low[0, bar]))


@compiled()
def stop_at_open(
    account: Any, legs: Any, opened: float, rate: float, rules: Rules, period: int, ledger: FloatArray, trades: Any
) -> bool:
    """Close a position whose bar opens beyond its stop, unless an order leaves or turns it there anyway."""
    leg = legs[0]
    is_leaving = leg.is_waiting and leg.order * leg.units <= 0.0 and (opened > 0.0 or leg.order == 0.0)
    if leg.units == 0.0 or is_leaving:
        return False
    side = 1.0 if leg.units > 0.0 else -1.0
    level, reason = stop_level(account, rules, side)
    if side * (opened - level) > 0.0:
        return False
    close_at(account, legs, opened, reason, rate, period, ledger, trades)
    return True


@compiled()
def stop_within(
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
    """Close a position whose stop lies within the range of its bar, at the stop."""
    leg = legs[0]
    if leg.units == 0.0:
        return
    side = 1.0 if leg.units > 0.0 else -1.0
    level, reason = stop_level(account, rules, side)
    worst = bars.low[0, bar] if side > 0.0 else bars.high[0, bar]
    if side * (worst - level) <= 0.0:
        close_at(account, legs, level, reason, rate, period, ledger, trades)


@compiled()
def close_at(
    account: Any, legs: Any, price: float, reason: int, rate: float, period: int, ledger: FloatArray, trades: Any
) -> None:
    """Close the one position of an account at a price, for a stop."""
    stop_out(account, legs)
    order_flat(account, legs, reason)
    legs[0].price = price
    legs[0].is_filled = 1
    fill(account, legs, rate, period, ledger, trades)
