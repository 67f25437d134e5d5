"""One instrument whose every bar is there, without overlays, compiled: from fill to fill instead of bar to bar.

Between fills units do not change, nor cash but for interest, so that equity is a line of the closes. The rules are
those of ``account_kernel``, which a test holds it to. Whatever is out of the ordinary is left to that kernel:
``run_single`` then returns 0, and what it wrote is void.
"""

from __future__ import annotations

import numpy as np

from tetra.backtest.fills import book_trade
from tetra.compiled import compiled
from tetra.typing import FloatArray


@compiled()
def are_positive(prices: FloatArray) -> bool:
    """Return whether all prices are there and above zero."""
    count = 0
    for place in range(prices.size):  # counting to the end is vectorised, stopping at the first is not
        count += prices[place] > 0.0
    return count == prices.size


@compiled()
def standing_decision(weights: FloatArray, close: FloatArray, before: int) -> float:
    """Return the last decision before a bar; 0 without one."""
    for bar in range(before - 1, -1, -1):
        if not np.isnan(close[bar]):
            return 0.0 if np.isnan(weights[bar]) else weights[bar]
    return 0.0


@compiled()
def next_order(weights: FloatArray, ordered: float, bar: int) -> int:
    """Return the first bar from ``bar`` on whose decision differs from the one ordered; the number of bars if none."""
    while bar < weights.size and (weights[bar] == ordered or (ordered == 0.0 and np.isnan(weights[bar]))):
        bar += 1
    return bar


@compiled()
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
    equity : ndarray of shape (n_life,)
        Written: equity at each close.
    ledger : ndarray of shape (len(LEDGER),)
        Sums, zero before.
    """
    cash, units, ordered, opened_with = 1.0, 0.0, 0.0, 0.0
    start, n_marks = 0, 0
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
        stop = min(next_order(weights, ordered, start) + 1, close.size)
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
        decision = 0.0 if np.isnan(weights[stop - 1]) else weights[stop - 1]
        start = stop
    return n_marks


@compiled()
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


@compiled()
def mark_segment(cash: float, units: float, close: FloatArray, equity: FloatArray) -> None:
    """Write the equity of constant cash and units."""
    for place in range(close.size):
        equity[place] = cash + units * close[place]


@compiled()
def gross_weights(units: float, close: FloatArray, equity: FloatArray) -> float:
    """Return the sum of the absolute weights held at each close."""
    held = abs(units)
    a = b = 0.0  # two sums at once: an addition waits for the one before it
    whole = close.size - close.size % 2
    for place in range(0, whole, 2):
        a += held * close[place] / equity[place]
        b += held * close[place + 1] / equity[place + 1]
    if whole < close.size:
        a += held * close[whole] / equity[whole]
    return a + b
