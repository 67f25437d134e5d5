"""Circular block bootstrap by joint dates: blocks of real days put together in a new order.

All symbols take the same dates, so their cross-section on a drawn day is a real day's; blocks keep the order
of days within, and with it volatility clustering up to their length.

References
----------
.. [1] Politis and Romano (1992), "A circular block-resampling procedure for stationary data", in LePage and
   Billard, Exploring the Limits of Bootstrap, Wiley, 263-270.
"""

from __future__ import annotations

import numpy as np

from tetra.scenarios.lookback import Lookback, at_draws, compound
from tetra.scenarios.scenario import Bars
from tetra.typing import IntArray


def draw_blocks(days: int, sessions: int, *, block_length: int, rng: np.random.Generator) -> IntArray:
    """Return positions of days in blocks that wrap around the end of the sample.

    Parameters
    ----------
    days : int
        Days to draw from.
    sessions : int
        Positions wanted; the last block is cut to fit.
    block_length : int
        Consecutive days per block.
    rng : Generator

    Returns
    -------
    ndarray of int, shape (sessions,)
        Each in [0, days); every day is equally likely at every position.
    """
    blocks = -(-sessions // block_length)
    starts = rng.integers(0, days, size=blocks)
    positions: IntArray = ((starts[:, None] + np.arange(block_length)) % days).reshape(-1)[:sessions]
    return positions


def resample(lookback: Lookback, draws: IntArray) -> Bars:
    """Return the paths of a sequence of drawn days; each keeps its bar's shape relative to the close before.

    Parameters
    ----------
    lookback : Lookback
    draws : ndarray of int, shape (n_sessions,)

    Returns
    -------
    Bars of shape (n_series, n_sessions)
    """
    return compound(lookback, draws, at_draws(lookback.ratios(), draws))
