"""One instrument whose every bar is there, without overlays, compiled: from fill to fill instead of bar to bar.

Between fills cash and units do not change, so that equity is a line of the closes; the rules are those of
``account_kernel``, which a test holds it to. Whatever is out of the ordinary is left to that kernel: ``run_single``
then returns False, and what it wrote is void.
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
    can_short: bool,
    is_measured: bool,
    equity: FloatArray,
    ledger: FloatArray,
) -> bool:
    """Trade one series over its life; return False where ``account_kernel`` has to.

    Parameters
    ----------
    weights, close, rates : ndarray of shape (n_life,)
        Of the bars of its life; closes above zero.
    opens : ndarray of shape (n_life,) or (0,)
    decision : float
        Standing before the first bar.
    can_short : bool
        Whether short positions cost nothing to hold.
    is_measured : bool
        Whether ``weight_sum`` is wanted.
    equity : ndarray of shape (n_life,)
        Written: equity at each close.
    ledger : ndarray of shape (len(LEDGER),)
        Sums, zero before.
    """
    cash, units, ordered, opened_with = 1.0, 0.0, 0.0, 0.0
    start = 0
    while start < close.size:
        if decision != ordered:
            price = close[start] if opens.size == 0 or np.isnan(opens[start]) else opens[start]
            value = units * price
            before = cash + value
            rate = rates[start]
            if not (price > 0.0 and before > 0.0 and rate * abs(decision) < 1.0 and (can_short or decision >= 0.0)):
                return False
            signed_rate = rate if decision * before > value else -rate
            after = (before + signed_rate * value) / (1.0 + signed_rate * decision)
            if not after > 0.0:
                return False
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
        mark_segment(cash, units, close[start:stop], equity[start:stop])
        if (units < 0.0 or cash < 0.0) and not are_positive(equity[start:stop]):
            return False  # ruined
        if is_measured and units != 0.0:
            ledger[5] += gross_weights(units, close[start:stop], equity[start:stop])
        decision = 0.0 if np.isnan(weights[stop - 1]) else weights[stop - 1]
        start = stop
    return True


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
