"""Returns made up for these tests, the same on every machine."""

from __future__ import annotations

import numpy as np

from tetra.typing import FloatArray


def made_returns(n_days: int, n_strategies: int, *, seed: int) -> FloatArray:
    """Return fat-tailed returns of strategies that get better from the first to the last."""
    noise = np.random.default_rng(seed).standard_t(4, (n_days, n_strategies)) * 0.01
    return noise + np.linspace(-0.0005, 0.0010, n_strategies)


def made_market(n_rows: int, n_days: int, *, seed: int) -> FloatArray:
    """Return returns of instruments that share a market which rises, in calm and in wild times, shape (rows, days)."""
    rng = np.random.default_rng(seed)
    wildness = np.where(np.arange(n_days) // 250 % 4 == 3, 0.02, 0.008)
    market = 0.0004 + wildness * rng.standard_t(5, n_days) / 1.3
    return market + 0.012 * rng.standard_t(5, (n_rows, n_days)) / 1.3
