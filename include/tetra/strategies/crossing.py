"""Which of two moving averages is the higher: both in one pass, as SMA rules ask of every bar of every series."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import FloatArray

STRIDE = 128
"""Bars after which running sums are summed afresh: rounding does not build up, and stretches are independent."""


@compiled()
def fast_above_slow(close: FloatArray, fast: int, slow: int) -> FloatArray:
    """Return 1 where the mean of the last ``fast`` bars is above that of the last ``slow``, else 0; NaN until warm.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        NaN where a bar is missing: it does not count, and its place is NaN.
    fast, slow : int
        Bars of a series' own, ``1 <= fast < slow``.
    """
    above = np.empty(close.shape)
    own, made = np.empty(close.shape[1]), np.empty(close.shape[1])
    for row in range(close.shape[0]):
        missing = 0
        for bar in range(close.shape[1]):
            missing += np.isnan(close[row, bar])
        if missing == 0:
            compare_averages(close[row], fast, slow, above[row])
            continue
        n_own = close.shape[1] - missing
        place = 0
        for price in close[row]:
            if not np.isnan(price):
                own[place] = price
                place += 1
        compare_averages(own[:n_own], fast, slow, made[:n_own])
        place = 0
        for bar in range(close.shape[1]):
            above[row, bar] = np.nan
            if not np.isnan(close[row, bar]):
                above[row, bar] = made[place]
                place += 1
    return above


@compiled()
def compare_averages(own: FloatArray, fast: int, slow: int, above: FloatArray) -> None:
    """Write the comparison for one series without gaps, two stretches side by side.

    An addition waits for the one before it: one running sum at a time would leave the processor idle.
    """
    n_bars = own.size
    above[: min(slow - 1, n_bars)] = np.nan
    first = slow - 1
    while first + 2 * STRIDE <= n_bars:
        compare_pair(own, fast, slow, first, first + STRIDE, STRIDE, above)
        first += 2 * STRIDE
    left = n_bars - first
    if left >= 2:
        compare_pair(own, fast, slow, first, first + left // 2, left // 2, above)
        first += left // 2 * 2
    if first < n_bars:
        above[first] = compare_sums(sum_before(own, first, fast), sum_before(own, first, slow), fast, slow)
    settle_flat_windows(own, slow, above)


@compiled()
def compare_pair(own: FloatArray, fast: int, slow: int, one: int, two: int, length: int, above: FloatArray) -> None:
    """Compare the averages of ``length`` bars from ``one`` on and as many from ``two`` on."""
    fast_one, slow_one = sum_before(own, one, fast), sum_before(own, one, slow)
    fast_two, slow_two = sum_before(own, two, fast), sum_before(own, two, slow)
    above[one] = compare_sums(fast_one, slow_one, fast, slow)
    above[two] = compare_sums(fast_two, slow_two, fast, slow)
    ratio = slow / fast
    new_one, new_two = own[one + 1 : one + length], own[two + 1 : two + length]
    fast_old_one, slow_old_one = own[one + 1 - fast :], own[one + 1 - slow :]
    fast_old_two, slow_old_two = own[two + 1 - fast :], own[two + 1 - slow :]
    made_one, made_two = above[one + 1 : one + length], above[two + 1 : two + length]
    for place in range(length - 1):
        fast_one += new_one[place] - fast_old_one[place]
        slow_one += new_one[place] - slow_old_one[place]
        fast_two += new_two[place] - fast_old_two[place]
        slow_two += new_two[place] - slow_old_two[place]
        made_one[place] = 1.0 if fast_one * ratio > slow_one else 0.0
        made_two[place] = 1.0 if fast_two * ratio > slow_two else 0.0


@compiled()
def compare_sums(fast_sum: float, slow_sum: float, fast: int, slow: int) -> float:
    """Return 1 where the mean of ``fast`` is above that of ``slow``, else 0."""
    return 1.0 if fast_sum * (slow / fast) > slow_sum else 0.0


@compiled()
def sum_before(own: FloatArray, bar: int, length: int) -> float:
    """Return the sum of the ``length`` bars up to ``bar``."""
    a = b = c = d = 0.0
    window = own[bar + 1 - length : bar + 1]
    whole = length - length % 4
    for place in range(0, whole, 4):
        a += window[place]
        b += window[place + 1]
        c += window[place + 2]
        d += window[place + 3]
    for place in range(whole, length):
        a += window[place]
    return (a + b) + (c + d)


@compiled()
def settle_flat_windows(own: FloatArray, slow: int, above: FloatArray) -> None:
    """Write 0 where the slow window is flat: both means are the price, and rounding must not say otherwise."""
    repeats = 0
    before, after = own[:-1], own[1:]
    for place in range(after.size):
        repeats += after[place] == before[place]
    if repeats < slow - 1:
        return  # no window can be flat: spare most series the pass below
    run = 1
    for bar in range(1, own.size):
        run = run + 1 if own[bar] == own[bar - 1] else 1
        if run >= slow:
            above[bar] = 0.0
