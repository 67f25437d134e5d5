"""Correlation matrices of daily returns to draw from: the sample's, or shrunk where days are few.

A sample correlation of 153 series over 60 days has 93 eigenvalues of zero, and its largest ones are too large. It is
drawn towards the matrix in which every pair has the mean correlation, which keeps that mean (the usual target,
independent series, would lower it), by the share that minimises the expected squared error.

References
----------
.. [1] Ledoit and Wolf (2004), "Honey, I Shrunk the Sample Covariance Matrix", Journal of Portfolio Management 30(4),
   110-119.
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from tetra.typing import FloatArray

LEAST_SHRINKAGE = 0.01
"""So that the matrix is positive definite where the formula would not shrink."""


def standardise(log_returns: FloatArray) -> FloatArray:
    """Return series with mean 0 and variance 1 over their days; zeros where a series does not vary."""
    centred = log_returns - log_returns.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    standardised: FloatArray = centred / np.where(deviation > 0.0, deviation, 1.0)
    return standardised


def shrunk_correlation(log_returns: FloatArray) -> tuple[FloatArray, float]:
    """Return the correlation of series, shrunk towards their mean correlation, and by how much.

    Parameters
    ----------
    log_returns : ndarray of shape (n_series, n_days)
        At least two days.

    Returns
    -------
    correlation : ndarray of shape (n_series, n_series)
        Positive definite, ones on its diagonal. A series that does not vary correlates with none.
    shrinkage : float
        Share of the target, 0 to 1.

    Notes
    -----
    Reference [1]_ for series of variance 1: shrinking covariances themselves would choose the share for the most
    volatile series. The mean correlation of the result is the sample's.
    """
    with threadpool_limits(limits=1):  # sums in another order would make other bytes on another machine
        return _shrink(standardise(log_returns))


def sample_correlation(log_returns: FloatArray) -> FloatArray:
    """Return the correlation of series, shape (n_series, n_series); one that does not vary correlates with none."""
    with threadpool_limits(limits=1):
        return _sample(standardise(log_returns))


def square_root(correlation: FloatArray) -> FloatArray:
    """Return the symmetric matrix whose square is the correlation, shape (n_series, n_series).

    A Cholesky factor does not exist where there are more series than days.
    """
    with threadpool_limits(limits=1):
        values, vectors = np.linalg.eigh(correlation)
        # rounding puts eigenvalues of zero a little below
        root: FloatArray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def _sample(series: FloatArray) -> FloatArray:
    sample: FloatArray = series @ series.T / series.shape[1]
    np.fill_diagonal(sample, 1.0)
    return sample


def _shrink(series: FloatArray) -> tuple[FloatArray, float]:
    count, days = series.shape
    sample = _sample(series)
    if count == 1:
        return sample, 0.0
    mean = (sample.sum() - count) / (count * (count - 1))
    target = np.full_like(sample, mean)
    np.fill_diagonal(target, 1.0)
    # variances of the sample's entries, and covariances with those of the target: the paper's pi, rho and gamma
    entries = (series**2) @ (series**2).T / days - sample**2
    of_variances = (series**3) @ series.T / days - sample
    shared = np.trace(entries) + mean * (of_variances.sum() - np.trace(of_variances))
    distance = ((target - sample) ** 2).sum()
    wanted = (entries.sum() - shared) / (distance * days) if distance > 0.0 else 1.0
    share = float(np.clip(wanted, LEAST_SHRINKAGE, 1.0))
    return share * target + (1.0 - share) * sample, share
