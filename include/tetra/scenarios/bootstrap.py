"""Circular block bootstrap by joint dates: blocks of real days put together in a new order.

All symbols take the same dates, so their cross-section on a drawn day is a real day's; blocks keep the order
of days within, and with it volatility clustering up to their length.

**Season.** Blocks may be drawn to start in the calendar month, or quarter, of the session they are put on: a December
is then made of Decembers. With two years to draw from, a month has about 42 starts and a quarter 126, so paths repeat
days more often than without. A block runs on into what follows its start, and around the end of the sample as any
other; its own season is that of the session it starts on, and the next block's is chosen anew.

References
----------
.. [1] Politis and Romano (1992), "A circular block-resampling procedure for stationary data", in LePage and
   Billard, Exploring the Limits of Bootstrap, Wiley, 263-270.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from tetra.errors import ScenarioError
from tetra.scenarios.lookback import Lookback, at_draws, compound
from tetra.scenarios.scenario import Bars
from tetra.typing import DateArray, FloatArray, IntArray

Season = Literal["month", "quarter"]

MONTHS = {"month": 1, "quarter": 3}
"""Calendar months in a season."""

PATHS_AT_ONCE = 64
"""Paths per batch: 20 MB an array for 153 symbols and a year, so that a batch stays near the processor."""


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


def draw_seasonal_blocks(
    source: DateArray, target: DateArray, *, season: Season, block_length: int, rng: np.random.Generator
) -> IntArray:
    """Return positions of days in blocks that start in the season of the session they are put on.

    Parameters
    ----------
    source : ndarray of datetime64[D], shape (n_days,)
        Days to draw from, ascending.
    target : ndarray of datetime64[D], shape (n_sessions,)
        Sessions of the path.
    season : {"month", "quarter"}
    block_length : int
        Consecutive days per block; the last block is cut to fit.
    rng : Generator

    Returns
    -------
    ndarray of int, shape (n_sessions,)
        Each in [0, n_days).

    Raises
    ------
    ScenarioError
        If the source has no day of a season that is needed.
    """
    held = _seasons(source, season)
    blocks = []
    for needed, session in zip(_seasons(target, season)[::block_length], target[::block_length], strict=True):
        starts = np.flatnonzero(held == needed)
        if starts.size == 0:
            raise ScenarioError(
                f"no day from {source[0]} to {source[-1]} is in the {season} of {session}; "
                "lengthen lookback_sessions to a year (252) or switch the season off"
            )
        blocks.append(starts[rng.integers(starts.size)] + np.arange(block_length))
    positions: IntArray = (np.concatenate(blocks) % source.size)[: target.size]
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


def resample_many(lookback: Lookback, draws: IntArray) -> Iterator[FloatArray]:
    """Yield the closes of many paths in batches, the same as :func:`resample` gives one by one.

    Parameters
    ----------
    lookback : Lookback
    draws : ndarray of int, shape (n_paths, n_sessions)

    Yields
    ------
    ndarray of shape (n_batch, n_series, n_sessions)
    """
    ratios = lookback.bars.close / lookback.previous_close
    levels = np.flatnonzero(~lookback.is_tradable)
    for start in range(0, draws.shape[0], PATHS_AT_ONCE):
        batch = draws[start : start + PATHS_AT_ONCE]
        drawn = np.take(ratios, batch, axis=1).swapaxes(0, 1)
        closes = lookback.last_close[:, None] * np.cumprod(drawn, axis=-1)
        closes[:, levels] = np.take(lookback.bars.close[levels], batch, axis=1).swapaxes(0, 1)
        yield closes


def _seasons(sessions: DateArray, season: Season) -> IntArray:
    """Return the season of each session within its year, from 0."""
    months = sessions.astype("datetime64[M]").astype(np.int64) % 12
    return months // MONTHS[season]
