"""How far and for how long equity stands below its peak. Starting capital is the first peak."""

from __future__ import annotations

import numpy as np

from tetra.metrics.checks import PEAK_ROUNDING
from tetra.metrics.returns import equity_curve
from tetra.typing import FloatArray


def drawdowns(returns: FloatArray) -> FloatArray:
    """Return the distance of the equity curve below its running peak after each period.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions (0.01 is 1 %), oldest first, finite.

    Returns
    -------
    ndarray of the shape of ``returns``
        Fractions in [-1, 0].
    """
    equity = equity_curve(returns)
    return (equity / np.maximum.accumulate(equity, axis=0) - 1.0)[1:]


def max_drawdown(returns: FloatArray) -> FloatArray:
    """Return the worst peak-to-trough loss of the compounded equity curve.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions (0.01 is 1 %), oldest first, finite.

    Returns
    -------
    float or ndarray of shape (n_assets,)
        Fraction in [-1, 0]; 0.0 if equity never falls.

    Notes
    -----
    Starting capital is the first peak, so a first-period loss counts. Agrees with ``empyrical.max_drawdown``;
    skfolio and vectorbt start at the first observation, and skfolio flips the sign.

    References
    ----------
    .. [1] Magdon-Ismail and Atiya (2004), "Maximum Drawdown", Risk 17(10), 99-102.
    """
    return np.asarray(np.min(drawdowns(returns), axis=0, initial=0.0))[()]


def drawdown_duration(returns: FloatArray) -> FloatArray:
    """Return the longest time from a peak to the recovery of its level, in periods.

    Parameters
    ----------
    returns : ndarray of shape (n_periods,) or (n_periods, n_assets)
        Simple returns per period as fractions, oldest first, finite.

    Returns
    -------
    float or ndarray of shape (n_assets,)
        A whole number of periods; 0 if equity never falls. A drawdown that has not recovered lasts to the
        last period.
    """
    equity = equity_curve(returns)
    period = np.arange(equity.shape[0]).reshape(-1, *[1] * (equity.ndim - 1))
    # a price that is back exactly where it was must count as recovered, whatever the compounding rounds to
    at_peak = equity >= np.maximum.accumulate(equity, axis=0) * (1.0 - PEAK_ROUNDING)
    last_peak = np.maximum.accumulate(np.where(at_peak, period, 0), axis=0)
    # the period of recovery counts: it ends the drawdown that began at the peak before it
    below_before = ~at_peak[:-1]
    recovered_after = np.where(below_before, period[1:] - last_peak[:-1], 0)
    since = np.where(at_peak[1:], recovered_after, period[1:] - last_peak[1:])
    return np.asarray(np.max(since, axis=0, initial=0), dtype=np.float64)[()]
