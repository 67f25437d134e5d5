"""Value at risk and expected shortfall, compiled."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import FloatArray


@compiled()
def tail(returns: FloatArray, metrics: FloatArray) -> None:
    """Write value at risk and expected shortfall at 95 and 99 % of one series into ``metrics``."""
    n = returns.size
    last = min(int((n - 1) * (1.0 - 0.95)) + 1, n - 1)
    # only the worst returns are ever looked at: select them, then sort those few
    worst = np.sort(np.partition(returns, last)[: last + 1])
    for place, confidence_level in enumerate((0.95, 0.99)):
        position = (n - 1) * (1.0 - confidence_level)
        below = int(position)
        above = min(below + 1, n - 1)
        metrics[9 + place] = -(worst[below] + (position - below) * (worst[above] - worst[below]))
        metrics[11 + place] = -worst[: below + 1].sum() / (below + 1)
