"""How much a Sharpe ratio proves: given its sample's length and shape, and given how many were tried.

Sharpe ratios here are **per period** (not annualised) with ``ddof=1``, skewness and kurtosis those of the population
(the normal distribution's kurtosis is 3), as in the papers' formulas and in skfolio. ffn corrects both moments for
small samples: at 2,520 days a difference in the fourth digit.

References
----------
.. [1] Bailey and Lopez de Prado (2012), "The Sharpe Ratio Efficient Frontier", Journal of Risk 15(2), 3-44.
.. [2] Bailey and Lopez de Prado (2014), "The Deflated Sharpe Ratio", Journal of Portfolio Management 40(5), 94-107.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from tetra.errors import DataError
from tetra.metrics.ratios import sharpe_ratio
from tetra.metrics.tail_risk import excess_kurtosis, skew
from tetra.typing import FloatArray


@dataclass(frozen=True)
class SharpeMoments:
    """All that the formulas need of a series of returns.

    Parameters
    ----------
    sharpe_ratio : float
        Per period.
    n_periods : int
    skew, kurtosis : float
        0 and 3 for normal returns.
    """

    sharpe_ratio: float
    n_periods: int
    skew: float = 0.0
    kurtosis: float = 3.0

    @classmethod
    def of(cls, returns: FloatArray) -> SharpeMoments:
        """Return the moments of returns of shape (n_periods,), finite; NaN where there is no volatility."""
        per_period = float(sharpe_ratio(returns, periods_per_year=1.0))
        return cls(per_period, returns.shape[0], float(skew(returns)), float(excess_kurtosis(returns)) + 3.0)

    @property
    def variance_factor(self) -> float:
        """Variance of the Sharpe ratio's estimate times (n_periods - 1); 1 + SR^2 / 2 for normal returns."""
        slope = self.sharpe_ratio
        return 1.0 - self.skew * slope + (self.kurtosis - 1.0) / 4.0 * slope**2


def probabilistic_sharpe_ratio(moments: SharpeMoments, *, benchmark_sharpe_ratio: float = 0.0) -> float:
    """Return the probability that the true Sharpe ratio exceeds a benchmark's, reference [1]_.

    Parameters
    ----------
    moments : SharpeMoments
    benchmark_sharpe_ratio : float
        Per period.

    Returns
    -------
    float
        In [0, 1]; NaN with fewer than three periods, without volatility, or where the variance factor is not positive.
    """
    factor = moments.variance_factor
    if moments.n_periods < 3 or not factor > 0.0:
        return float("nan")
    distance = (moments.sharpe_ratio - benchmark_sharpe_ratio) * np.sqrt(moments.n_periods - 1)
    return float(ndtr(distance / np.sqrt(factor)))


def expected_maximum_sharpe(*, n_trials: float, trial_variance: float) -> float:
    """Return the Sharpe ratio that the best of some trials without skill is expected to show, reference [2]_.

    Parameters
    ----------
    n_trials : float
        Independent ones, at least 1; an effective number need not be whole.
    trial_variance : float
        Of the trials' Sharpe ratios, per period.

    Returns
    -------
    float
        Per period, at least 0.0, which it is for a single trial.

    Raises
    ------
    DataError
        If there is less than one trial, or the variance is negative.

    Notes
    -----
    Below about 1.28 trials the paper's approximation is under zero. The best of one or more without skill is not
    expected there, and deflation would make a Sharpe ratio look better; such a hurdle is 0.0.
    """
    if not (n_trials >= 1.0 and trial_variance >= 0.0):
        raise DataError(f"{n_trials} trials of variance {trial_variance}; needed are at least 1 and at least 0")
    if n_trials == 1.0:
        return 0.0
    typical = ndtri(1.0 - 1.0 / n_trials)
    further = ndtri(1.0 - 1.0 / (n_trials * np.e))
    hurdle = np.sqrt(trial_variance) * ((1.0 - np.euler_gamma) * typical + np.euler_gamma * further)
    return max(0.0, float(hurdle))


def deflated_sharpe_ratio(moments: SharpeMoments, *, n_trials: float, trial_variance: float) -> float:
    """Return the probability that the true Sharpe ratio exceeds the best that so many trials show by chance.

    Parameters
    ----------
    moments : SharpeMoments
    n_trials, trial_variance : float
        As of ``expected_maximum_sharpe``.
    """
    hurdle = expected_maximum_sharpe(n_trials=n_trials, trial_variance=trial_variance)
    return probabilistic_sharpe_ratio(moments, benchmark_sharpe_ratio=hurdle)


def minimum_track_record_length(
    moments: SharpeMoments, *, benchmark_sharpe_ratio: float = 0.0, confidence_level: float = 0.95
) -> float:
    """Return the periods needed until a Sharpe ratio such as this one is above a benchmark's, reference [1]_.

    Parameters
    ----------
    moments : SharpeMoments
    benchmark_sharpe_ratio : float
        Per period.
    confidence_level : float
        Of the probabilistic Sharpe ratio to reach.

    Returns
    -------
    float
        Not rounded; NaN where the Sharpe ratio is not above the benchmark's: no length would do.
    """
    excess = moments.sharpe_ratio - benchmark_sharpe_ratio
    factor = moments.variance_factor
    if not (excess > 0.0 and factor > 0.0):
        return float("nan")
    return float(1.0 + factor * (ndtri(confidence_level) / excess) ** 2)
