"""Whose mean is above zero, asked of all strategies at once: Hansen's SPA and Romano and Wolf's StepM.

Days are resampled in blocks, jointly for all strategies, so that whatever correlation and persistence they have is
kept; the **largest** mean of a resample says how high the best of them gets by chance. The resampling is ``arch``'s
``StationaryBootstrap``; means of many resamples are one matrix product (``arch.bootstrap.SPA`` copies the returns for
each). Returns are divided by their own deviation first: the means compared are Sharpe ratios, else the levered ones
would set the bar for all (``SPA(studentize=True)`` of arch 8.0 divides nothing: it uses the deviation only to tell
which strategies are too bad to matter).

References
----------
.. [1] Hansen (2005), "A Test for Superior Predictive Ability", Journal of Business & Economic Statistics 23(4),
   365-380.
.. [2] Romano and Wolf (2005), "Stepwise Multiple Testing as Formalized Data Snooping", Econometrica 73(4), 1237-1282.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from arch.bootstrap import StationaryBootstrap
from numpy.random import Generator
from scipy.fft import irfft, rfft
from threadpoolctl import threadpool_limits

from tetra.errors import DataError
from tetra.metrics.checks import ROUNDING
from tetra.typing import BoolArray, FloatArray

BLOCK_SIZE = 20
"""Mean length of a block, in sessions: a month of whatever persists."""

N_RESAMPLES = 1000
"""At least; also how many are worked out at once: 20 MB for ten years, 66 MB for 33."""

MOST_RESAMPLES = 20_000
"""At most: 2 s for 40 strategies over ten years, 4 s over 33. No p-value is below one in 20,001."""

RESAMPLES_AT_LEVEL = 20
"""Resamples as extreme as the level, so that a p-value there is known to about a fifth of itself."""


@dataclass(frozen=True)
class PredictiveAbility:
    """What the tests say of a family.

    Parameters
    ----------
    lower, consistent, upper : float
        SPA p-values that no strategy has a mean above zero, ``arch``'s: ``consistent`` is Hansen's choice.
    stepwise_p_values : ndarray of shape (n_strategies,)
        The family-wise level at which StepM finds each strategy: ``(1 + count) / (n_resamples + 1)``.
    """

    lower: float
    consistent: float
    upper: float
    stepwise_p_values: FloatArray


def resamples_for(level: float) -> int:
    """Return how many resamples tell p-values of a level from larger ones: too few, and nothing could ever be found.

    Parameters
    ----------
    level : float
        Above 0.

    Returns
    -------
    int
        From ``N_RESAMPLES`` to ``MOST_RESAMPLES``.
    """
    return min(max(N_RESAMPLES, math.ceil(RESAMPLES_AT_LEVEL / level)), MOST_RESAMPLES)


def predictive_ability(
    timing_returns: FloatArray, *, rng: Generator, block_size: int = BLOCK_SIZE, n_resamples: int = N_RESAMPLES
) -> PredictiveAbility:
    """Return the tests of strategies against zero.

    Parameters
    ----------
    timing_returns : ndarray of shape (n_days, n_strategies)
        At least one strategy, each with volatility. NaN on days that do not count for one: its mean is then over the
        days it has, and weighs as much as they are many.
    rng : Generator
    block_size : int
        Mean length of a block.
    n_resamples : int

    Raises
    ------
    DataError
        If there is no strategy, or one does not vary.

    Notes
    -----
    Equals ``arch.bootstrap.SPA(0, -scaled, block_size=..., reps=..., seed=rng)`` on the scaled returns, and its
    ``StepM`` but for strategies within one resample of the level.
    """
    has_day = ~np.isnan(timing_returns)
    scaled = scale(timing_returns)
    filled = np.where(has_day, scaled, 0.0)
    means = filled.mean(axis=0)
    with threadpool_limits(limits=1):  # sums in another order would make other digits on another machine
        resampled = _resampled_means(filled, has_day, rng, block_size=block_size, n_resamples=n_resamples)
    centres = {
        "lower": np.maximum(means, 0.0),
        "consistent": np.where(means >= _too_low(filled, means, block_size=block_size), means, 0.0),
        "upper": means,
    }
    p_values = {name: float(((resampled - at).max(axis=1) > means.max()).mean()) for name, at in centres.items()}
    return PredictiveAbility(**p_values, stepwise_p_values=_stepwise_p_values(means, resampled - centres["consistent"]))


def scale(timing_returns: FloatArray) -> FloatArray:
    """Return returns whose mean is comparable between strategies: that over all days is the Sharpe ratio per period.

    Parameters
    ----------
    timing_returns : ndarray of shape (n_days, n_strategies)
        One with fewer days has them scaled so that by chance its mean over **all** days varies as the others' do.
    """
    share_of_days = (~np.isnan(timing_returns)).mean(axis=0)
    if share_of_days.size == 0 or not share_of_days.min() * timing_returns.shape[0] >= 2.0:
        raise DataError(f"timing returns of shape {timing_returns.shape}: pass strategies with at least two days each")
    deviation = np.nanstd(timing_returns, axis=0, ddof=1)
    flat = np.flatnonzero(deviation < ROUNDING)
    if flat.size:
        # its p-value would be NaN, and with it the largest mean of every resample
        raise DataError(f"timing returns of strategy {flat[0]} do not vary; leave out what cannot be tested")
    scaled: FloatArray = timing_returns / (deviation * np.sqrt(share_of_days))
    return scaled


def _resampled_means(
    filled: FloatArray, has_day: BoolArray, rng: Generator, *, block_size: int, n_resamples: int
) -> FloatArray:
    n_days = filled.shape[0]
    is_day = has_day.astype(np.float64)
    means = np.empty((n_resamples, filled.shape[1]))
    draws = StationaryBootstrap(block_size, np.arange(n_days), seed=rng).bootstrap(n_resamples)
    for first in range(0, n_resamples, N_RESAMPLES):
        some = means[first : first + N_RESAMPLES]
        times_drawn = np.zeros((some.shape[0], n_days))
        for resample, (drawn, _) in enumerate(itertools.islice(draws, some.shape[0])):
            times_drawn[resample] = np.bincount(drawn[0], minlength=n_days)
        share_drawn = (times_drawn @ is_day) / (n_days * has_day.mean(axis=0))
        some[:] = (times_drawn @ filled) / n_days / np.where(share_drawn > 0.0, share_drawn, 1.0)
    return means


def _too_low(filled: FloatArray, means: FloatArray, *, block_size: int) -> FloatArray:
    """Return the mean below which a strategy is too bad to take part, Hansen's threshold."""
    n_days = filled.shape[0]
    centred = filled - means
    spectrum = np.abs(rfft(centred, n=2 * n_days, axis=0)) ** 2
    covariances = irfft(spectrum, n=2 * n_days, axis=0)[:n_days] / n_days
    lag = np.arange(1, n_days) / n_days
    stays = 1.0 - 1.0 / block_size
    powers = np.arange(1, n_days)
    kernel = (1.0 - lag) * stays**powers + lag * stays ** (n_days - powers)
    variances = np.maximum(covariances[0] + 2.0 * kernel @ covariances[1:], 0.0)
    threshold: FloatArray = -np.sqrt(variances / n_days * 2.0 * np.log(np.log(n_days)))
    return threshold


def _stepwise_p_values(means: FloatArray, by_chance: FloatArray) -> FloatArray:
    """Return Romano and Wolf's p-values: each strategy against the best by chance of those not better than it."""
    best_first = np.argsort(-means, kind="stable")
    best_of_rest = np.maximum.accumulate(by_chance[:, best_first[::-1]], axis=1)[:, ::-1]
    counts = (best_of_rest > means[best_first]).sum(axis=0)
    p_values = np.empty(means.size)
    # one that a better one stands before is found no sooner than that one
    p_values[best_first] = np.maximum.accumulate((1 + counts) / (by_chance.shape[0] + 1))
    return p_values
