"""Losses in the tail and the shape of the return distribution.

Edge rules (NaN, short samples, no volatility) are the package's: see ``tetra.metrics``.
"""

from __future__ import annotations

import numpy as np

from tetra.metrics.checks import finite, ratio, undefined
from tetra.typing import FloatArray


def value_at_risk(returns: FloatArray, *, confidence_level: float) -> FloatArray:
    """Return the loss per period that is not exceeded at the confidence level.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.
    confidence_level : float
        Between 0 and 1; 0.95 looks at the worst 5 % of periods.

    Returns
    -------
    float or ndarray of shape (n_assets,)
        A loss, so positive; negative where even that quantile is a gain.

    Notes
    -----
    Historical simulation: the empirical quantile with linear interpolation. Equals
    ``-empyrical.value_at_risk``.
    """
    checked = finite(returns)
    if checked.shape[0] < 2:
        return undefined(checked)
    return np.asarray(-np.quantile(checked, 1.0 - confidence_level, axis=0))[()]


def expected_shortfall(returns: FloatArray, *, confidence_level: float) -> FloatArray:
    """Return the mean loss per period in the worst periods.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.
    confidence_level : float
        Between 0 and 1; 0.95 looks at the worst 5 % of periods.

    Returns
    -------
    float or ndarray of shape (n_assets,)
        A loss, so positive; never below ``value_at_risk``.

    Notes
    -----
    Mean of the ``floor((n - 1) (1 - confidence)) + 1`` worst periods. Equals
    ``-empyrical.conditional_value_at_risk``.

    References
    ----------
    .. [1] Acerbi and Tasche (2002), "On the coherence of expected shortfall", Journal of Banking & Finance
       26, 1487-1503.
    """
    checked = finite(returns)
    if checked.shape[0] < 2:
        return undefined(checked)
    last = int((checked.shape[0] - 1) * (1.0 - confidence_level))
    return np.asarray(-np.sort(checked, axis=0)[: last + 1].mean(axis=0))[()]


def _standardized_moment(returns: FloatArray, *, order: int) -> FloatArray:
    centred = returns - returns.mean(axis=0)
    deviation = np.asarray(np.sqrt(np.mean(centred**2, axis=0)))
    return ratio(np.asarray(np.mean(centred**order, axis=0)), deviation**order, scale=deviation)


def skew(returns: FloatArray) -> FloatArray:
    """Return the skewness of returns: third central moment over the cubed deviation.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.

    Notes
    -----
    Population moments (``scipy.stats.skew`` as it comes), as the deflated Sharpe ratio uses them; pandas
    applies a small-sample correction. NaN without volatility.
    """
    checked = finite(returns)
    return undefined(checked) if checked.shape[0] < 2 else _standardized_moment(checked, order=3)


def excess_kurtosis(returns: FloatArray) -> FloatArray:
    """Return the kurtosis of returns minus 3, the normal distribution's.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.

    Notes
    -----
    Population moments (``scipy.stats.kurtosis`` as it comes). NaN without volatility.
    """
    checked = finite(returns)
    return undefined(checked) if checked.shape[0] < 2 else _standardized_moment(checked, order=4) - 3.0
