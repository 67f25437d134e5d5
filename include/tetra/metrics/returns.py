"""Returns from prices, and what returns compound to."""

from __future__ import annotations

import numpy as np

from tetra.metrics.checks import finite, undefined
from tetra.typing import FloatArray


def simple_returns(prices: FloatArray) -> FloatArray:
    """Return per-period simple returns of prices.

    Parameters
    ----------
    prices : ndarray of shape (n_periods + 1,) or (n_periods + 1, n_assets)
        Price levels, oldest first, finite.

    Returns
    -------
    ndarray of shape (n_periods,) or (n_periods, n_assets)
        ``p[t] / p[t-1] - 1`` as fractions; NaN where the earlier price is not positive, because a fraction
        of it means nothing.
    """
    levels = finite(prices, name="prices")
    before, after = levels[:-1], levels[1:]
    base = np.where(before > 0.0, before, np.nan)
    return after / base - 1.0


def log_returns(prices: FloatArray) -> FloatArray:
    """Return per-period log returns of prices; NaN where either price is not positive.

    Parameters
    ----------
    prices : ndarray of shape (n_periods + 1,) or (n_periods + 1, n_assets)
        Price levels, oldest first, finite.
    """
    levels = finite(prices, name="prices")
    logs = np.log(np.where(levels > 0.0, levels, np.nan))
    return np.diff(logs, axis=0)


def equity_curve(returns: FloatArray) -> FloatArray:
    """Return the value of one unit of capital, starting capital first.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, oldest first, finite.

    Returns
    -------
    ndarray of shape (n_periods + 1,) or (n_periods + 1, n_assets)
        1.0, then the compounded value after each period.
    """
    checked = finite(returns)
    start = np.ones((1, *checked.shape[1:]))
    return np.concatenate([start, np.cumprod(1.0 + checked, axis=0)])


def total_return(returns: FloatArray) -> FloatArray:
    """Return the compounded return over all periods as a fraction; 0.0 of no periods.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, oldest first, finite.
    """
    return np.asarray(equity_curve(returns)[-1] - 1.0)[()]


def cagr(returns: FloatArray, *, periods_per_year: float) -> FloatArray:
    """Return the compound annual growth rate as a fraction.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, oldest first, finite.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.

    Notes
    -----
    -1.0 when everything is lost; NaN with fewer than two periods, when more than everything is lost, or
    when a short, wild history annualises beyond what a float holds. Agrees with ``empyrical.cagr`` (its
    ``annual_return`` is the same number).
    """
    checked = finite(returns)
    n_periods = checked.shape[0]
    if n_periods < 2:
        return undefined(checked)
    growth = np.asarray(1.0 + total_return(checked))
    with np.errstate(over="ignore"):
        rate = np.where(growth < 0.0, np.nan, np.abs(growth) ** (periods_per_year / n_periods)) - 1.0
    return np.where(np.isfinite(rate), rate, np.nan)[()]


def annualized_mean_return(returns: FloatArray, *, periods_per_year: float) -> FloatArray:
    """Return the arithmetic mean return times the periods in a year.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, oldest first, finite.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.
    """
    checked = finite(returns)
    if checked.shape[0] < 2:
        return undefined(checked)
    return np.asarray(checked.mean(axis=0) * periods_per_year)[()]
