"""Value at risk and expected shortfall, compiled: only the worst returns are looked at."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import FloatArray

NEAR, FAR = 1.2, 0.4
"""Deviations below the mean at which the worst 5 % are looked for: first where they usually are, then more widely."""


@compiled()
def tail(returns: FloatArray, mean: float, deviation: float, metrics: FloatArray) -> None:
    """Write value at risk and expected shortfall at 95 and 99 % of one series into ``metrics``."""
    n = returns.size
    most = min(int((n - 1) * (1.0 - 0.95)) + 2, n)
    candidates = np.empty(n)
    count = gather_below(returns, mean - NEAR * deviation, candidates)
    if count < most:
        count = gather_below(returns, mean - FAR * deviation, candidates)
    if count < most:
        candidates[:] = returns
        count = n
    for place, confidence_level in enumerate((0.95, 0.99)):
        position = (n - 1) * (1.0 - confidence_level)
        below = int(position)
        above = min(below + 1, n - 1)
        above_value = select(candidates, count, above)  # all that are lower come to stand before it
        count = below + 1
        below_value = candidates[0]
        total = 0.0
        for lower in range(count):
            below_value = max(below_value, candidates[lower])
            total += candidates[lower]
        metrics[9 + place] = -(below_value + (position - below) * (above_value - below_value))
        metrics[11 + place] = -total / count


@compiled()
def gather_below(values: FloatArray, limit: float, found: FloatArray) -> int:
    """Write the values below a limit; return how many. Without a branch: which they are cannot be predicted."""
    count = 0
    for place in range(values.size):
        found[count] = values[place]
        count += values[place] < limit
    return count


@compiled()
def select(values: FloatArray, count: int, place: int) -> float:
    """Return what stands at ``place`` when the first ``count`` values are sorted; they are moved about for it.

    Hoare's selection: none before the place is higher afterwards, none behind it lower.
    """
    low, high = 0, count - 1
    while high > low:
        pivot = values[(low + high) // 2]
        left, right = low, high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while values[right] > pivot:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if place <= right:
            high = right
        elif place >= left:
            low = left
        else:
            break
    found: float = values[place]
    return found
