"""One instrument whose every bar is there, without overlays, compiled: from fill to fill instead of bar to bar.

Between fills units do not change, nor cash but for interest, so that equity is a line of the closes. The rules are
those of ``account_kernel``, which a test holds it to. Whatever is out of the ordinary is left to that kernel:
``run_single`` then returns 0, and what it wrote is void.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tetra.backtest.fills import book_trade
from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray

ByteArray = npt.NDArray[np.uint8]
WordArray = npt.NDArray[np.uint64]


class Orders(NamedTuple):
    """Scratch of ``list_orders``, for as many bars as there may be.

    ``differs`` tells of each bar whether its weight is a new one, ``eights`` is the same memory read eight bars at a
    time, ``bars`` is the list.
    """

    differs: ByteArray
    eights: WordArray
    bars: IntArray


@compiled()
def room_for_orders(n_bars: int) -> Orders:
    """Return scratch for lives of up to so many bars."""
    eights = np.zeros(n_bars // 8 + 2, dtype=np.uint64)
    return Orders(eights.view(np.uint8), eights, np.empty(n_bars + 16, dtype=np.int64))


@compiled(inline=True)
def are_positive(prices: FloatArray) -> bool:
    """Return whether all prices are there and above zero."""
    count = 0
    for place in range(prices.size):  # counting to the end is vectorised, stopping at the first is not
        count += prices[place] > 0.0
    return count == prices.size


@compiled(inline=True)
def standing_decision(weights: FloatArray, close: FloatArray, before: int) -> float:
    """Return the last decision before a bar; 0 without one."""
    for bar in range(before - 1, -1, -1):
        if not np.isnan(close[bar]):
            return 0.0 if np.isnan(weights[bar]) else weights[bar]
    return 0.0


@compiled(inline=True)
def decided(weight: float) -> float:
    """Return the decision that a weight is: NaN is flat."""
    return weight if abs(weight) > 0.0 else 0.0


@compiled(inline=True)
def list_orders(weights: FloatArray, standing: float, room: Orders) -> None:
    """List the bars after the first on which an order may be filled: each follows a weight unlike the one before it.

    Which one that is cannot be predicted, so all are compared first, and then looked through eight at a time. Compared
    are bits, which takes NaN for unlike zero: there is nothing to order then. The list ends with the number of bars.

    Parameters
    ----------
    weights : ndarray of shape (n_life,)
    standing : float
        Decision before the first bar.
    room : Orders
        Written.
    """
    bits, last = weights.view(np.int64), weights.size - 1
    room.differs[last : last + 8] = 0
    room.differs[0] = last > 0 and decided(weights[0]) != standing
    before, after, differs = bits[: last - 1], bits[1:last], room.differs[1:last]
    for place in range(differs.size):
        differs[place] = after[place] != before[place]
    count = 0
    for eight in range((last + 7) // 8):
        if room.eights[eight] != 0:
            for place in range(8 * eight, 8 * eight + 8):
                room.bars[count] = place + 1
                count += room.differs[place]
    room.bars[count] = weights.size


@compiled(inline=True)
def run_single(
    weights: FloatArray,
    close: FloatArray,
    opens: FloatArray,
    rates: FloatArray,
    decision: float,
    borrow_rate: float,
    cash_rate: float,
    is_compact: bool,
    is_measured: bool,
    room: Orders,
    equity: FloatArray,
    ledger: FloatArray,
) -> int:
    """Trade one series over its life; return how many marks of equity were written, 0 where ``account_kernel`` has to.

    Parameters
    ----------
    weights, close, rates : ndarray of shape (n_life,)
        Of the bars of its life; closes above zero.
    opens : ndarray of shape (n_life,) or (0,)
    decision : float
        Standing before the first bar.
    borrow_rate, cash_rate : float
        Interest per bar.
    is_compact : bool
        Whether bars on which nothing is held, and was before, are left out of ``equity``: it does not change there.
        Not with interest on cash.
    is_measured : bool
        Whether ``weight_sum`` is wanted.
    room : Orders
        Scratch.
    equity : ndarray of shape (n_life,)
        Written: equity at each close.
    ledger : ndarray of shape (len(LEDGER),)
        Sums, zero before.
    """
    cash, units, ordered, opened_with = 1.0, 0.0, 0.0, 0.0
    start, n_marks, place = 0, 0, 0
    list_orders(weights, decision, room)
    while start < close.size:
        if cash_rate != 0.0 or (units < 0.0 and borrow_rate != 0.0):
            borrowed = max(-units * close[start - 1], 0.0) if start > 0 else 0.0
            cash += cash_rate * (cash - borrowed) - borrow_rate * borrowed
        if decision != ordered:
            price = close[start] if opens.size == 0 or np.isnan(opens[start]) else opens[start]
            value = units * price
            before = cash + value
            rate = rates[start]
            if not (price > 0.0 and before > 0.0 and rate * abs(decision) < 1.0):
                return 0
            signed_rate = rate if decision * before > value else -rate
            after = (before + signed_rate * value) / (1.0 + signed_rate * decision)
            if not after > 0.0:
                return 0
            target_value = decision * after
            ledger[6] += abs(target_value - value) / before
            ledger[7] += before - after
            if units * decision <= 0.0:
                left = before - rate * abs(value)
                if units != 0.0:
                    book_trade(ledger, opened_with, left)
                opened_with = left
            units = target_value / price
            cash = after - target_value
            ordered = decision
        stop = room.bars[place]
        place += 1
        if units == 0.0 and is_compact:
            equity[n_marks] = cash
            n_marks += 1
        else:
            held, marks = close[start:stop], equity[n_marks : n_marks + stop - start]
            if cash_rate != 0.0 or (units < 0.0 and borrow_rate != 0.0):
                cash = mark_with_interest(cash, units, held, borrow_rate, cash_rate, marks)
            else:
                mark_segment(cash, units, held, marks)
            if (units < 0.0 or cash < 0.0 or cash_rate != 0.0) and not are_positive(marks):
                return 0  # ruined
            if is_measured and units != 0.0:
                ledger[5] += gross_weights(units, held, marks)
            n_marks += stop - start
        decision = decided(weights[stop - 1])
        start = stop
    return n_marks


@compiled(inline=True)
def mark_with_interest(
    cash: float, units: float, close: FloatArray, borrow_rate: float, cash_rate: float, equity: FloatArray
) -> float:
    """Write the equity of constant units, interest coming in or going out between bars; return the cash at the end."""
    equity[0] = cash + units * close[0]
    for place in range(1, close.size):
        borrowed = max(-units * close[place - 1], 0.0)
        cash += cash_rate * (cash - borrowed) - borrow_rate * borrowed
        equity[place] = cash + units * close[place]
    return cash


@compiled(inline=True)
def mark_segment(cash: float, units: float, close: FloatArray, equity: FloatArray) -> None:
    """Write the equity of constant cash and units."""
    for place in range(close.size):
        equity[place] = cash + units * close[place]


@compiled(inline=True, reorders=True)
def gross_weights(units: float, close: FloatArray, equity: FloatArray) -> float:
    """Return the sum of the absolute weights held at each close."""
    added = 0.0
    for place in range(close.size):
        added += close[place] / equity[place]
    return abs(units) * added
