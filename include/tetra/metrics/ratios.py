"""Reward for risk, annualised from arithmetic means; and exposure to a benchmark.

Edge rules (NaN, short samples, no volatility) are the package's: see ``tetra.metrics``.
"""

from __future__ import annotations

import numpy as np

from tetra.metrics.checks import finite, ratio, undefined
from tetra.metrics.drawdowns import max_drawdown
from tetra.metrics.returns import cagr
from tetra.typing import FloatArray


def annualized_volatility(returns: FloatArray, *, periods_per_year: float, ddof: int = 1) -> FloatArray:
    """Return the standard deviation of returns times the root of the periods in a year.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.
    ddof : int
        Degrees of freedom lost; 1 gives the sample deviation.
    """
    checked = finite(returns)
    if checked.shape[0] < 2:
        return undefined(checked)
    return np.asarray(checked.std(axis=0, ddof=ddof) * np.sqrt(periods_per_year))[()]


def sharpe_ratio(
    returns: FloatArray, *, risk_free_rate: float = 0.0, periods_per_year: float, ddof: int = 1
) -> FloatArray:
    """Return the annualised Sharpe ratio from arithmetic means.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.
    risk_free_rate : float
        Per period, as a fraction.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.
    ddof : int
        Degrees of freedom lost by the deviation.

    Notes
    -----
    NaN without volatility. Agrees with ``empyrical.sharpe_ratio``.

    References
    ----------
    .. [1] Sharpe (1994), "The Sharpe Ratio", Journal of Portfolio Management 21(1), 49-58.
    """
    checked = finite(returns)
    if checked.shape[0] < 2:
        return undefined(checked)
    deviation = np.asarray(checked.std(axis=0, ddof=ddof))
    excess = np.asarray(checked.mean(axis=0) - risk_free_rate)
    return ratio(excess * np.sqrt(periods_per_year), deviation, scale=deviation)


def sortino_ratio(returns: FloatArray, *, risk_free_rate: float = 0.0, periods_per_year: float) -> FloatArray:
    """Return the annualised Sortino ratio: mean excess return over downside deviation.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.
    risk_free_rate : float
        Per period, as a fraction; also the return below which a period counts as downside.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.

    Notes
    -----
    The downside deviation is the root mean square of the shortfalls over **all** periods. NaN when no
    period falls short. Agrees with ``empyrical.sortino_ratio``.

    References
    ----------
    .. [1] Sortino and Price (1994), "Performance Measurement in a Downside Risk Framework", Journal of
       Investing 3(3), 59-64.
    """
    checked = finite(returns)
    if checked.shape[0] < 2:
        return undefined(checked)
    excess = checked - risk_free_rate
    downside = np.asarray(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2, axis=0)))
    return ratio(np.asarray(excess.mean(axis=0)) * np.sqrt(periods_per_year), downside, scale=downside)


def calmar_ratio(returns: FloatArray, *, periods_per_year: float) -> FloatArray:
    """Return cagr over the size of the maximum drawdown; NaN if equity never falls.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, oldest first, finite.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.

    Notes
    -----
    Agrees with ``empyrical.calmar_ratio``.

    References
    ----------
    .. [1] Young (1991), "Calmar Ratio: A Smoother Tool", Futures 20(1), 40.
    """
    depth = -np.asarray(max_drawdown(returns))
    growth = np.asarray(cagr(returns, periods_per_year=periods_per_year))
    return ratio(growth, depth, scale=depth)


def beta(returns: FloatArray, *, benchmark_returns: FloatArray) -> FloatArray:
    """Return the slope of returns on a benchmark's returns.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, finite.
    benchmark_returns : ndarray of the shape of ``returns``
        The benchmark's returns over the same periods, series by series.

    Notes
    -----
    NaN when the benchmark does not move. Agrees with ``empyrical.beta`` for one series.
    """
    checked, benchmark = finite(returns), finite(benchmark_returns, name="benchmark returns")
    if checked.shape[0] < 2:
        return undefined(checked)
    centred = benchmark - benchmark.mean(axis=0)
    covariance = np.asarray(np.mean(centred * checked, axis=0))
    variance = np.asarray(np.mean(centred**2, axis=0))
    return ratio(covariance, variance, scale=np.sqrt(variance))
