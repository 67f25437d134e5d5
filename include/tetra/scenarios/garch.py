"""GARCH(1,1) of one series of log returns: fitted by ``arch``, held to a persistence that the sample can tell.

**Persistence.** A shock to variance has to halve within a quarter of the sample. A slower one cannot be told from no
mean reversion by these days: its long-run variance is arbitrary, and paths drawn from it leave the level of the sample
for good. Where the fit is slower (in half of the stocks after a crisis), the persistence is put on that bound, long-run
variance is the sample's (variance targeting) and ``alpha`` alone is fitted again by likelihood; the reason is kept.

**Fallback.** Where ``arch`` fails or does not converge, or the series does not vary, volatility is constant; the reason
is kept.

References
----------
.. [1] Bollerslev (1986), "Generalized autoregressive conditional heteroskedasticity", Journal of Econometrics 31(3).
.. [2] Francq, Horváth and Zakoïan (2011), "Merits and drawbacks of variance targeting in GARCH models", Journal of
   Financial Econometrics 9(4), 619-656.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from arch import arch_model
from scipy.optimize import minimize_scalar
from scipy.signal import lfilter

from tetra.typing import FloatArray

FLAT = 1e-10
"""Log returns within this range are one value, computed with rounding."""

PERCENT = 100.0
"""Returns are fitted in percent: the optimiser of ``arch`` wants a variance near 1."""

HALF_LIVES_IN_SAMPLE = 4
"""Half-lives of a shock to variance that a sample has to hold to show it: 126 days each in 504."""

ALPHA_GRID = np.linspace(0.0, 1.0, 41) ** 2
"""Shares of the persistence that are tried first, small ones more densely: the likelihood may peak at 0, too."""


@dataclass(frozen=True)
class Garch:
    """GARCH(1,1) of a series: ``variance[t+1] = omega + alpha * shock[t]**2 + beta * variance[t]``.

    Parameters
    ----------
    mean : float
        Log return per day, as a fraction.
    omega, alpha, beta : float
        In squared fractions, and without unit.
    volatility : ndarray of shape (n_days,)
        Fitted conditional volatility of each day, fraction per day.
    next_variance : float
        Forecast for the day after the last.
    refit : str or None
        Why persistence was bounded and ``alpha`` fitted again; None for a model as ``arch`` fitted it.
    fallback : str or None
        Why volatility is held constant; None for a model that was fitted.
    """

    mean: float
    omega: float
    alpha: float
    beta: float
    volatility: FloatArray
    next_variance: float
    refit: str | None = None
    fallback: str | None = None

    @property
    def unconditional_variance(self) -> float:
        """Long-run variance per day."""
        return self.omega / (1.0 - self.alpha - self.beta)


def highest_persistence(days: int) -> float:
    """Return the ``alpha + beta`` at which a shock halves within a quarter of so many days."""
    return float(0.5 ** (HALF_LIVES_IN_SAMPLE / days))


def fit_garch(log_returns: FloatArray) -> Garch:
    """Return the GARCH(1,1) of a series by quasi maximum likelihood, bounded in persistence, or its fallback.

    Parameters
    ----------
    log_returns : ndarray of shape (n_days,)
        Fractions, finite.
    """
    if np.ptp(log_returns) < FLAT:
        return _constant(log_returns, "returns do not vary")
    model = arch_model(log_returns * PERCENT, mean="Constant", vol="GARCH", p=1, q=1, dist="normal", rescale=False)
    try:
        result = model.fit(disp="off", show_warning=False)
    except (ValueError, np.linalg.LinAlgError) as error:
        return _constant(log_returns, f"GARCH fit failed: {error}")
    mean, omega, alpha, beta = (float(value) for value in result.params)
    if result.convergence_flag != 0:
        return _constant(log_returns, f"GARCH fit did not converge (flag {result.convergence_flag})")
    if alpha + beta > highest_persistence(log_returns.size):
        return _refit(
            log_returns, f"alpha + beta = {alpha + beta:.4f} cannot be told from 1 by {log_returns.size} days"
        )
    volatility: FloatArray = np.asarray(result.conditional_volatility, dtype=np.float64)
    last_shock = log_returns[-1] * PERCENT - mean
    next_variance = omega + alpha * last_shock**2 + beta * volatility[-1] ** 2
    return Garch(
        mean / PERCENT,
        omega / PERCENT**2,
        alpha,
        beta,
        volatility / PERCENT,
        float(next_variance) / PERCENT**2,
    )


def targeted_variance(squared_shocks: FloatArray, *, alpha: float, persistence: float) -> FloatArray:
    """Return the variances that follow from squared shocks when the long-run variance is their mean.

    Parameters
    ----------
    squared_shocks : ndarray of shape (n_days,)
    alpha, persistence : float
        ``beta`` is ``persistence - alpha``.

    Returns
    -------
    ndarray of shape (n_days + 1,)
        The first day's is the long run's, the last the forecast for the day after.
    """
    long_run = squared_shocks.mean()
    news = np.concatenate([[long_run], long_run * (1.0 - persistence) + alpha * squared_shocks])
    variance: FloatArray = lfilter([1.0], [1.0, -(persistence - alpha)], news)
    return variance


def _refit(log_returns: FloatArray, reason: str) -> Garch:
    mean = float(log_returns.mean())
    squared = (log_returns - mean) ** 2
    persistence = highest_persistence(log_returns.size)

    def negative_log_likelihood(alpha: float) -> float:
        variance = targeted_variance(squared, alpha=alpha, persistence=persistence)[:-1]
        return float(np.mean(np.log(variance) + squared / variance))

    grid = persistence * ALPHA_GRID
    best = int(np.argmin([negative_log_likelihood(alpha) for alpha in grid]))
    around = (grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)])
    alpha = float(minimize_scalar(negative_log_likelihood, bounds=around, method="bounded").x)
    variance = targeted_variance(squared, alpha=alpha, persistence=persistence)
    return Garch(
        mean=mean,
        omega=float(squared.mean()) * (1.0 - persistence),
        alpha=alpha,
        beta=persistence - alpha,
        volatility=np.sqrt(variance[:-1]),
        next_variance=float(variance[-1]),
        refit=reason,
    )


def _constant(log_returns: FloatArray, reason: str) -> Garch:
    # a flat series has residuals of 0, whatever they are scaled by
    variance = float(log_returns.var()) or 1.0
    return Garch(
        mean=float(log_returns.mean()),
        omega=variance,
        alpha=0.0,
        beta=0.0,
        volatility=np.full(log_returns.size, variance**0.5),
        next_variance=variance,
        fallback=reason,
    )
