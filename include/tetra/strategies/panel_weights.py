"""From a number per symbol to a weight per symbol: shares of a ranking, and shares against volatility."""

from __future__ import annotations

import numpy as np

from tetra.strategies.base import require_parameter
from tetra.typing import FloatArray


def require_share(share: float) -> None:
    """Raise unless a share of the universe is above 0 and at most a half, so that top and bottom are apart.

    Raises
    ------
    StrategyError
        With the value.
    """
    require_parameter(0.0 < share <= 0.5, f"share must be above 0 and at most 0.5; got {share}")


def ranked_weights(scores: FloatArray, *, share: float, long_short: bool) -> FloatArray:
    """Return equal weights of the highest scores, against the lowest if wanted.

    Parameters
    ----------
    scores : ndarray of shape (n_symbols,)
        None NaN; among equals the earlier row ranks higher.
    share : float
        Of the symbols, on each side: the nearest whole number, at least one.
    long_short : bool
        False: the highest share all of the capital. True: they a half, the lowest minus a half; who is on both sides
        of a universe too small to part nets to 0.

    Returns
    -------
    ndarray of shape (n_symbols,)
        The absolute weights sum to at most 1; empty if there are no scores.
    """
    weights = np.zeros(scores.size)
    count = max(1, round(share * scores.size))
    ranking = np.argsort(-scores, kind="stable")
    side = 0.5 if long_short else 1.0
    weights[ranking[:count]] += side / count
    if long_short:
        weights[ranking[-count:]] -= side / count
    return weights


def simple_returns(closes: FloatArray) -> FloatArray:
    """Return simple returns from close to close, shape (n_symbols, n_bars - 1)."""
    return closes[:, 1:] / closes[:, :-1] - 1.0


def volatilities(closes: FloatArray) -> FloatArray:
    """Return each row's standard deviation (``ddof=1``) of simple returns per bar; 0 of a price that stands still."""
    deviations: FloatArray = np.std(simple_returns(closes), axis=1, ddof=1)
    return deviations
