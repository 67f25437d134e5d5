"""Multivariate Student t of many series: fat tails that come on the same days, without volatility clustering.

A day's normal shocks are all divided by the root of one chi-square draw over its degrees of freedom, so large moves
are large for all symbols together. The scale is chosen so that variances are the lookback's. Degrees of freedom are
one number for all series, by likelihood of the single series (a composite likelihood: the joint one says little beyond
the correlation when there are more series than days). Bars take their shape from the nearest real day.

References
----------
.. [1] Kotz and Nadarajah (2004), Multivariate t Distributions and Their Applications, Cambridge University Press.
.. [2] Varin, Reid and Firth (2011), "An overview of composite likelihood methods", Statistica Sinica 21(1), 5-42.
.. [3] Platen and Rendek (2008), "Empirical evidence on Student-t log-returns of diversified world stock indices",
   Journal of Statistical Theory and Practice 2(2), 233-251: about four degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from tetra.scenarios.bar_shapes import bars_of_closes
from tetra.scenarios.correlations import sample_correlation, square_root, standardise
from tetra.scenarios.gbm import correlated_normals, lookback_log_returns
from tetra.scenarios.lookback import Lookback
from tetra.scenarios.scenario import Bars
from tetra.typing import FloatArray, IntArray

FEWEST_DEGREES = 3.0
"""Fewer have a variance that a year of days hardly ever shows: at 2.1 the median year has a quarter of it."""

MOST_DEGREES = 100.0
"""More cannot be told from the normal distribution by two years of days."""


@dataclass(frozen=True)
class StudentT:
    """The model of a lookback's tradable series.

    Parameters
    ----------
    mean, volatility : ndarray of shape (n_tradable,)
        Of log returns per day, fractions.
    root : ndarray of shape (n_tradable, n_tradable)
        Square root of the lookback's correlation.
    degrees_of_freedom : float
    """

    mean: FloatArray
    volatility: FloatArray
    root: FloatArray
    degrees_of_freedom: float


def fit_multivariate_t(lookback: Lookback) -> StudentT:
    """Return the model of a lookback."""
    returns = lookback_log_returns(lookback)
    return StudentT(
        mean=returns.mean(axis=1),
        volatility=returns.std(axis=1, ddof=1),
        root=square_root(sample_correlation(returns)),
        degrees_of_freedom=fit_degrees_of_freedom(returns),
    )


def fit_degrees_of_freedom(log_returns: FloatArray) -> float:
    """Return the degrees of freedom at which t distributions with the series' variances are likeliest.

    Parameters
    ----------
    log_returns : ndarray of shape (n_series, n_days)
        Series that do not vary take no part.

    Returns
    -------
    float
        Between :data:`FEWEST_DEGREES` and :data:`MOST_DEGREES`.
    """
    squared = standardise(log_returns)[np.ptp(log_returns, axis=1) > 0.0] ** 2
    if squared.size == 0:
        return MOST_DEGREES

    def negative_log_likelihood(inverse_degrees: float) -> float:
        degrees = 1.0 / inverse_degrees
        constant = gammaln((degrees + 1.0) / 2.0) - gammaln(degrees / 2.0) - 0.5 * np.log(degrees - 2.0)
        return float((degrees + 1.0) / 2.0 * np.log1p(squared / (degrees - 2.0)).mean() - constant)

    bounds = (1.0 / MOST_DEGREES, 1.0 / FEWEST_DEGREES)
    return float(1.0 / minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded").x)


def simulate_multivariate_t(lookback: Lookback, model: StudentT, draws: IntArray, *, rng: np.random.Generator) -> Bars:
    """Return one path.

    Parameters
    ----------
    lookback : Lookback
    model : StudentT
        Of this lookback.
    draws : ndarray of int, shape (n_sessions,)
        Days that series nobody trades take their level from.
    rng : Generator

    Returns
    -------
    Bars of shape (n_series, n_sessions)
    """
    degrees = model.degrees_of_freedom
    normals = correlated_normals(model.root, draws.size, rng)
    # (degrees - 2) instead of degrees: variance 1
    shocks = normals * np.sqrt((degrees - 2.0) / rng.chisquare(degrees, size=draws.size))
    return bars_of_closes(lookback, model.mean[:, None] + model.volatility[:, None] * shocks, draws)
