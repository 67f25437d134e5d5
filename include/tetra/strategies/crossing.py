"""Which of two moving averages is the higher: both in one pass, as SMA rules ask of every bar of every series."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import FloatArray

STRETCH = 128
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
    compare_rows(close, fast, slow, np.empty((3, close.shape[1] + 1)), above)
    return above


@compiled(borrows=True)
def compare_rows(close: FloatArray, fast: int, slow: int, room: FloatArray, above: FloatArray) -> None:
    """Do the same with room that was made before; ``room`` has three rows, each longer than a series by one."""
    for row in range(close.shape[0]):
        missing, repeats = count_missing_and_repeated(close[row])
        if missing == 0:
            compare_averages(close[row], fast, slow, repeats, room[0], above[row])
            continue
        n_own = 0
        for price in close[row]:
            if not np.isnan(price):
                room[1, n_own] = price
                n_own += 1
        own, made = room[1, :n_own], room[2, :n_own]
        _, repeats = count_missing_and_repeated(own)
        compare_averages(own, fast, slow, repeats, room[0], made)
        place = 0
        for bar in range(close.shape[1]):
            above[row, bar] = np.nan
            if not np.isnan(close[row, bar]):
                above[row, bar] = made[place]
                place += 1


@compiled(inline=True)
def count_missing_and_repeated(prices: FloatArray) -> tuple[int, int]:
    """Return how many prices are NaN, and how many are the one before."""
    missing = repeats = 0
    before, after = prices[:-1], prices[1:]
    for place in range(after.size):  # counting to the end is vectorised, stopping at the first is not
        missing += np.isnan(after[place])
        repeats += after[place] == before[place]
    if prices.size > 0:
        missing += np.isnan(prices[0])
    return missing, repeats


@compiled(inline=True)
def compare_averages(own: FloatArray, fast: int, slow: int, repeats: int, moves: FloatArray, above: FloatArray) -> None:
    """Write the comparison for one series without gaps.

    Compared is ``slow`` times the sum of the last ``fast`` with ``fast`` times that of the last ``slow``: their
    difference needs one running sum instead of two, and no rounding where prices are whole numbers. Four stretches are
    run through side by side: an addition waits for the one before it, which would leave the processor idle.

    Parameters
    ----------
    own : ndarray of shape (n_bars,)
    fast, slow : int
    repeats : int
        How many prices are the one before.
    moves : ndarray of shape (at least n_bars + 1,)
        Scratch: what each bar adds to the difference.
    above : ndarray of shape (n_bars,)
        Written.
    """
    above[: min(slow - 1, own.size)] = np.nan
    new, old_fast, moved = own[slow:], own[slow - fast :], moves[slow : own.size]
    for place in range(new.size):
        moved[place] = (new[place] - old_fast[place]) * slow - (new[place] - own[place]) * fast
    first = slow - 1
    ahead = difference(own, first, fast, slow) if first < own.size < first + 4 else 0.0
    while first + 4 <= own.size:
        length = min((own.size - first) // 4, STRETCH)
        ahead = compare_four(own, fast, slow, first, length, moves, above)
        first += 4 * length
    for bar in range(first, own.size):
        above[bar] = 1.0 if ahead > 0.0 else 0.0
        ahead += moves[bar + 1]
    if repeats >= slow - 1:  # else no window can be flat: spare most series the pass
        settle_flat_windows(own, slow, above)


@compiled(inline=True)
def compare_four(
    own: FloatArray, fast: int, slow: int, first: int, length: int, moves: FloatArray, above: FloatArray
) -> float:
    """Compare the averages of four stretches of ``length`` bars, the first of which begins at bar ``first``.

    Returns the difference on the bar after them.
    """
    a, b, c, d = first, first + length, first + 2 * length, first + 3 * length
    one, two = difference(own, a, fast, slow), difference(own, b, fast, slow)
    three, four = difference(own, c, fast, slow), difference(own, d, fast, slow)
    move_one, move_two, move_three, move_four = moves[a + 1 :], moves[b + 1 :], moves[c + 1 :], moves[d + 1 :]
    made_one, made_two, made_three, made_four = above[a:b], above[b:c], above[c:d], above[d : d + length]
    for place in range(length):
        made_one[place] = 1.0 if one > 0.0 else 0.0
        made_two[place] = 1.0 if two > 0.0 else 0.0
        made_three[place] = 1.0 if three > 0.0 else 0.0
        made_four[place] = 1.0 if four > 0.0 else 0.0
        one += move_one[place]
        two += move_two[place]
        three += move_three[place]
        four += move_four[place]
    return four


@compiled(inline=True)
def difference(own: FloatArray, bar: int, fast: int, slow: int) -> float:
    """Return the mean of the last ``fast`` bars less that of the last ``slow``, times both lengths."""
    return sum_of(own[bar + 1 - fast : bar + 1]) * slow - sum_of(own[bar + 1 - slow : bar + 1]) * fast


@compiled(inline=True, reorders=True)
def sum_of(prices: FloatArray) -> float:
    """Return the sum."""
    total = 0.0
    for place in range(prices.size):
        total += prices[place]
    return total


@compiled()
def settle_flat_windows(own: FloatArray, slow: int, above: FloatArray) -> None:
    """Write 0 where the slow window is flat: both means are the price, and rounding must not say otherwise."""
    run = 1
    for bar in range(1, own.size):
        run = run + 1 if own[bar] == own[bar - 1] else 1
        if run >= slow:
            above[bar] = 0.0
