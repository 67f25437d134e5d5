"""Volatility along simulated paths: the GARCH recursion, compiled, and the levels at which it is the sample's.

**Ceiling.** Variance is held at or below the highest that the model fitted to the sample: with fat-tailed residuals the
bare recursion runs away (daily log returns of +14 as of March 2020, from a sample whose largest was 0.31).

**Level.** Under a ceiling, and within a year of its start, the recursion stays below its long run: a mean of 0.57 of
the sample's variance was measured for the market as of June 2020. So ``omega`` is raised until a simulated year is, on
average over paths and series, as volatile as the sample, with the variances of the market and of each series' specific
returns in the sample's proportion, as correlation rests on it. (The mean of a square root is lower than the root of
the mean: the variances end up as much as a tenth above the sample's.)

**Shocks of mean zero.** Residuals drawn in blocks of consecutive days are not independent of the volatility they meet:
after a crash, wild days rebound. Paths then drift by what the sample has not (0.08 a year on average over 20 stocks as
of April 2020, up to 0.22 for one as of March 2009). The mean shock is measured on the same simulated days, to be taken
off.

Both are numerical integrals over days drawn once and for all, the same for every seed. Starts of blocks are balanced:
on each position of a path every day of the sample comes as often as another, give or take one path.

References
----------
.. [1] Davison, Hinkley and Schechtman (1986), "Efficient bootstrap simulation", Biometrika 73(3), 555-566.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numba
import numpy as np

from tetra.compiled import compiled
from tetra.scenarios.randomness import stream
from tetra.typing import FloatArray, IntArray

SESSIONS = 252
"""A year of simulated days is what volatility is taken over."""

PATHS = 504
"""Paths of it: the market's mean variance as of April 2020 was 4 % off that of 2,000 other paths."""

ROUNDS = 8
"""Of raising ``omega``: volatility is within 1 % of the sample's after six at every date tried."""

HIGHEST_LEVEL = 20.0
"""Times its own long run is as far as ``omega`` goes: a series at its ceiling all year needs no more."""


@dataclass(frozen=True)
class Dynamics:
    """Parameters of the recursion, one per series: ``min(omega + alpha * shock**2 + beta * variance, highest)``.

    Parameters
    ----------
    omega, alpha, beta, highest_variance : ndarray of shape (n_series,)
    """

    omega: FloatArray
    alpha: FloatArray
    beta: FloatArray
    highest_variance: FloatArray


def volatility_paths(
    residuals: FloatArray, draws: IntArray, dynamics: Dynamics, *, first_variance: FloatArray
) -> FloatArray:
    """Return each series' volatility along sequences of drawn days.

    Parameters
    ----------
    residuals : ndarray of shape (n_series, n_days)
        Mean 0 and variance 1.
    draws : ndarray of int, shape (n_paths, n_sessions)
        Days whose residuals are met, the same for all series.
    dynamics : Dynamics
    first_variance : ndarray of shape (n_series,)
        On the first session; no higher than the ceiling.

    Returns
    -------
    ndarray of shape (n_paths, n_series, n_sessions)
        Fraction per day, before the session's own residual is known.
    """
    paths = np.empty((draws.shape[0], residuals.shape[0], draws.shape[1]))
    _walk(residuals, draws, *_parameters(dynamics), np.ascontiguousarray(first_variance), paths)
    return paths


def levels(
    residuals: FloatArray,
    dynamics: Dynamics,
    *,
    exposure: FloatArray,
    long_run_variance: FloatArray,
    block_length: int,
) -> tuple[Dynamics, FloatArray]:
    """Return the dynamics with ``omega`` at the level of the sample, and the mean shock of paths at that level.

    Parameters
    ----------
    residuals : ndarray of shape (n_components, n_days)
        Mean 0 and variance 1; of each series' specific returns, and of the market last.
    dynamics : Dynamics
        Its ``omega`` is where the search starts.
    exposure : ndarray of shape (n_components - 1,)
        Of each series to the market.
    long_run_variance : ndarray of shape (n_components,)
        The sample's; paths start there.
    block_length : int
        Consecutive days per block drawn.

    Returns
    -------
    Dynamics
    ndarray of shape (n_components,)
        Mean of volatility times residual, log return per day.
    """
    draws = _balanced_draws(residuals.shape[1], block_length)
    wanted = _volatility_of_series(long_run_variance[:, None], exposure)
    lowest = long_run_variance * (1.0 - dynamics.alpha - dynamics.beta)
    scale = 1.0
    for _ in range(ROUNDS):
        variances, _ = _years(residuals, draws, *_parameters(dynamics), long_run_variance)
        simulated = _volatility_of_series(variances, exposure).mean(axis=1, keepdims=True)
        scale *= float(np.mean(wanted / simulated)) ** 2
        raised = dynamics.omega * scale * long_run_variance / variances.mean(axis=1)
        dynamics = replace(dynamics, omega=np.minimum(raised, HIGHEST_LEVEL * lowest))
    _, shocks = _years(residuals, draws, *_parameters(dynamics), long_run_variance)
    return dynamics, shocks


def _volatility_of_series(variances: FloatArray, exposure: FloatArray) -> FloatArray:
    """Return the volatility of each series from the variances of its components, shape (n_series, n_paths)."""
    volatility: FloatArray = np.sqrt(variances[:-1] + exposure[:, None] ** 2 * variances[-1])
    return volatility


def _balanced_draws(days: int, block_length: int) -> IntArray:
    rng = stream(0, "levels of simulated variance")
    blocks = -(-SESSIONS // block_length)
    spread = np.arange(PATHS) * days // PATHS
    starts = np.stack([rng.permutation(spread) + rng.integers(days) for _ in range(blocks)], axis=1)
    draws: IntArray = ((starts[:, :, None] + np.arange(block_length)) % days).reshape(PATHS, -1)[:, :SESSIONS]
    return np.ascontiguousarray(draws)


def _parameters(dynamics: Dynamics) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    return dynamics.omega, dynamics.alpha, dynamics.beta, dynamics.highest_variance


@compiled(parallel=True)
def _walk(
    residuals: FloatArray,
    draws: IntArray,
    omega: FloatArray,
    alpha: FloatArray,
    beta: FloatArray,
    highest: FloatArray,
    first: FloatArray,
    paths: FloatArray,
) -> None:
    for path in numba.prange(draws.shape[0]):
        for series in range(residuals.shape[0]):
            variance = min(first[series], highest[series])
            for session in range(draws.shape[1]):
                paths[path, series, session] = variance**0.5
                shock = residuals[series, draws[path, session]] ** 2 * variance
                variance = min(omega[series] + alpha[series] * shock + beta[series] * variance, highest[series])


@compiled(parallel=True)
def _years(
    residuals: FloatArray,
    draws: IntArray,
    omega: FloatArray,
    alpha: FloatArray,
    beta: FloatArray,
    highest: FloatArray,
    first: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the mean variance of each series on each path, and the mean shock of each series."""
    variances, shocks = np.empty((residuals.shape[0], draws.shape[0])), np.zeros(residuals.shape[0])
    for series in numba.prange(residuals.shape[0]):
        shock_sum = 0.0
        for path in range(draws.shape[0]):
            variance, variance_sum = min(first[series], highest[series]), 0.0
            for session in range(draws.shape[1]):
                residual = residuals[series, draws[path, session]]
                variance_sum += variance
                shock_sum += residual * variance**0.5
                following = omega[series] + alpha[series] * residual**2 * variance + beta[series] * variance
                variance = min(following, highest[series])
            variances[series, path] = variance_sum / draws.shape[1]
        shocks[series] = shock_sum / draws.size
    return variances, shocks
