"""How far a strategy's rank would move had the days fallen otherwise: blocks of 20 dates, drawn again.

Dates are drawn jointly for all strategies; each has its Sharpe ratio on those of them that it has. Scenarios are not
drawn: with every synthetic path added such an interval would narrow, though nothing more is known about the strategies.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from scipy.stats import rankdata

from tetra.errors import DataError
from tetra.luck.observations import LEAST_SESSIONS
from tetra.metrics.checks import ROUNDING
from tetra.typing import FloatArray

BLOCK_SIZE = 20
"""Sessions in a block: a month."""

N_RESAMPLES = 1000

CONFIDENCE_LEVEL = 0.90
"""Of the interval: one strategy in twenty would be ranked better than it says, one worse."""


def rank_intervals(
    returns: FloatArray,
    *,
    rng: Generator,
    block_size: int = BLOCK_SIZE,
    n_resamples: int = N_RESAMPLES,
    confidence_level: float = CONFIDENCE_LEVEL,
) -> FloatArray:
    """Return the interval of each strategy's rank by Sharpe ratio.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_strategies)
        Of the portfolios; NaN on days that do not count for one.
    rng : Generator
    block_size : int
        Sessions in a block; they may begin on any day and go on from the last to the first.
    n_resamples : int
    confidence_level : float
        Between 0 and 1.

    Returns
    -------
    ndarray of shape (n_strategies, 2)
        Best and worst rank, 1 is the best, ties share their mean rank; NaN for a strategy without volatility (it has no
        Sharpe ratio and takes no rank), or with fewer than ``LEAST_SESSIONS`` days.

    Raises
    ------
    DataError
        If a return is infinite, or blocks are longer than the days.
    """
    if np.isinf(returns).any():
        raise DataError("returns hold an infinity; a return is a fraction, or NaN on a day that does not count")
    n_days, n_strategies = returns.shape
    intervals: FloatArray = np.full((n_strategies, 2), np.nan)
    if n_days < LEAST_SESSIONS:
        return intervals
    if not 1 <= block_size <= n_days:
        raise DataError(f"blocks of {block_size} sessions do not fit {n_days} days; pass 1 to {n_days}")
    is_ranked = (~np.isnan(returns)).sum(axis=0) >= LEAST_SESSIONS
    is_ranked[is_ranked] = np.nanstd(returns[:, is_ranked], axis=0, ddof=1) > ROUNDING
    if not is_ranked.any():
        return intervals
    ranks = _resampled_ranks(returns[:, is_ranked], rng, block_size=block_size, n_resamples=n_resamples)
    tail = (1.0 - confidence_level) / 2.0
    # a rank that occurred, not one between two
    intervals[is_ranked] = np.quantile(ranks, [tail, 1.0 - tail], axis=0, method="inverted_cdf").T
    return intervals


def _resampled_ranks(returns: FloatArray, rng: Generator, *, block_size: int, n_resamples: int) -> FloatArray:
    n_days, n_strategies = returns.shape
    n_blocks = -(-n_days // block_size)
    mean = np.nanmean(returns, axis=0)
    centred = np.nan_to_num(returns - mean, nan=0.0)
    days = _block_sums((~np.isnan(returns)).astype(np.float64), block_size)
    sums, squares = _block_sums(centred, block_size), _block_sums(centred**2, block_size)
    sharpe_ratios = np.empty((n_resamples, n_strategies))
    for resample in range(n_resamples):
        starts = rng.integers(n_days, size=n_blocks)
        drawn = np.maximum(days[starts].sum(axis=0), 1.0)
        centre = sums[starts].sum(axis=0) / drawn
        variance = squares[starts].sum(axis=0) / drawn - centre**2
        # blocks in which a rare trader never trades, or has no day, leave no deviation: a Sharpe ratio of zero
        deviation = np.sqrt(np.maximum(variance, 0.0))
        is_flat = deviation <= ROUNDING
        sharpe_ratios[resample] = np.where(is_flat, 0.0, (mean + centre) / np.where(is_flat, 1.0, deviation))
    ranks: FloatArray = rankdata(-sharpe_ratios, method="average", axis=1)
    return ranks


def _block_sums(values: FloatArray, block_size: int) -> FloatArray:
    """Return the sum of the block that begins on each day."""
    circular = np.concatenate([np.zeros((1, values.shape[1])), values, values[: block_size - 1]])
    totals = np.cumsum(circular, axis=0)
    sums: FloatArray = totals[block_size:] - totals[:-block_size]
    return sums
