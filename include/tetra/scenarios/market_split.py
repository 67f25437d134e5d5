"""What a set of series has in common: a market, and how much each series moves with it."""

from __future__ import annotations

import numpy as np

from tetra.scenarios.garch import FLAT
from tetra.typing import FloatArray

FEWEST_OF_A_MARKET = 2
"""Series that have a market in common; a single one is its own."""


def split_market(log_returns: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the market's log returns about their mean, and each series' exposure to them by least squares.

    Parameters
    ----------
    log_returns : ndarray of shape (n_series, n_days)

    Returns
    -------
    market : ndarray of shape (n_days,)
        Of a portfolio of equal risk in each series, at the mean of their volatilities, so that one wild symbol is not
        the market. Zero where the series have none in common.
    exposure : ndarray of shape (n_series,)
        Specific returns, what it leaves, have no covariance with the market over these days.
    """
    centred = log_returns - log_returns.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    varies = (np.ptp(log_returns, axis=1) >= FLAT)[:, None]
    market = (centred / np.where(varies, deviation, np.inf)).sum(axis=0)
    scale = market.std()
    if varies.sum() < FEWEST_OF_A_MARKET or not scale > 0.0:
        return np.zeros_like(market), np.zeros(log_returns.shape[0])
    market = market / scale * deviation[varies[:, 0]].mean()
    # not matrix products: a library would sum in another order with another number of threads
    return market, np.einsum("sd,d->s", centred, market) / np.einsum("d,d->", market, market)
