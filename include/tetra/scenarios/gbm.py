"""Geometric Brownian motion of many series: normal log returns with drift and volatility of the lookback.

Their correlation is that of the last 60 days, shrunk (:mod:`tetra.scenarios.correlations`). The model has no fat tails
and no volatility clustering, and the realism card says so: it is the yardstick that the others are measured against.
Bars take their shape from the nearest real day (:mod:`tetra.scenarios.bar_shapes`).

References
----------
.. [1] Black and Scholes (1973), "The Pricing of Options and Corporate Liabilities", Journal of Political Economy 81(3).
.. [2] Glasserman (2003), Monte Carlo Methods in Financial Engineering, section 3.2.3, Springer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.errors import ScenarioError
from tetra.scenarios.bar_shapes import bars_of_closes
from tetra.scenarios.correlations import shrunk_correlation, square_root
from tetra.scenarios.lookback import Lookback
from tetra.scenarios.scenario import Bars
from tetra.typing import FloatArray, IntArray

CORRELATION_DAYS = 60
"""Correlation is that of a rolling 60 days, here those up to the as-of date."""


@dataclass(frozen=True)
class BrownianMotion:
    """The model of a lookback's tradable series.

    Parameters
    ----------
    mean, volatility : ndarray of shape (n_tradable,)
        Of log returns per day, fractions.
    correlation : ndarray of shape (n_tradable, n_tradable)
        Positive definite.
    root : ndarray of shape (n_tradable, n_tradable)
        Its square root.
    shrinkage : float
        Share of the mean correlation in it, 0 to 1.
    """

    mean: FloatArray
    volatility: FloatArray
    correlation: FloatArray
    root: FloatArray
    shrinkage: float


def fit_gbm(lookback: Lookback, *, correlation_days: int = CORRELATION_DAYS) -> BrownianMotion:
    """Return the model of a lookback.

    Parameters
    ----------
    lookback : Lookback
    correlation_days : int
        Last days that correlation is estimated from; at least 2.

    Raises
    ------
    ScenarioError
        If the lookback has fewer.
    """
    returns = lookback_log_returns(lookback)
    if not 2 <= correlation_days <= returns.shape[1]:
        raise ScenarioError(
            f"correlation_days is {correlation_days}; give 2 to {returns.shape[1]}, the sessions of the lookback"
        )
    correlation, shrinkage = shrunk_correlation(returns[:, -correlation_days:])
    return BrownianMotion(
        mean=returns.mean(axis=1),
        volatility=returns.std(axis=1, ddof=1),
        correlation=correlation,
        root=square_root(correlation),
        shrinkage=shrinkage,
    )


def simulate_gbm(lookback: Lookback, model: BrownianMotion, draws: IntArray, *, rng: np.random.Generator) -> Bars:
    """Return one path.

    Parameters
    ----------
    lookback : Lookback
    model : BrownianMotion
        Of this lookback.
    draws : ndarray of int, shape (n_sessions,)
        Days that series nobody trades take their level from.
    rng : Generator

    Returns
    -------
    Bars of shape (n_series, n_sessions)
    """
    shocks = correlated_normals(model.root, draws.size, rng)
    return bars_of_closes(lookback, model.mean[:, None] + model.volatility[:, None] * shocks, draws)


def correlated_normals(root: FloatArray, sessions: int, rng: np.random.Generator) -> FloatArray:
    """Return standard normal series with a correlation, shape (n_series, sessions).

    Parameters
    ----------
    root : ndarray of shape (n_series, n_series)
        Square root of the correlation.
    sessions : int
    rng : Generator
    """
    # not a matrix product: a library would sum in another order with another number of threads
    shocks: FloatArray = np.einsum("ij,jt->it", root, rng.standard_normal((root.shape[0], sessions)))
    return shocks


def lookback_log_returns(lookback: Lookback) -> FloatArray:
    """Return the daily log returns of a lookback's tradable series, shape (n_tradable, n_days)."""
    returns: FloatArray = np.log(lookback.bars.close / lookback.previous_close)[lookback.is_tradable]
    return returns
