"""What a strategy earned by when it was invested, beyond the exposure it held on average.

Against cash every strategy that is merely long half the time looks skilled in a rising market; against buy and hold
every levered one does, and a good one at half weight fails. Against buy and hold **at the strategy's own mean weight**
neither happens: leverage and average exposure cancel, a constant weight leaves nothing.
"""

from __future__ import annotations

import numpy as np

from tetra.errors import DataError
from tetra.typing import FloatArray


def timing_returns(returns: FloatArray, *, weights: FloatArray, buy_and_hold: FloatArray) -> FloatArray:
    """Return ``returns - mean(weights) * buy_and_hold``, per session.

    Parameters
    ----------
    returns : ndarray of shape (n_days,)
        Of the strategy's portfolio, after costs. NaN on days that do not count.
    weights : ndarray of shape (n_days,)
        The portfolio's net weight: the sum of what it holds, long less short, as a fraction of its capital.
    buy_and_hold : ndarray of shape (n_days,)
        Returns of the same cells bought and held.

    Returns
    -------
    ndarray of shape (n_days,)
        Fractions; NaN where any of the three is.

    Raises
    ------
    DataError
        If the three are not of one length.

    Notes
    -----
    The mean is over the days that count. It is known only afterwards, but is one number: it cannot time anything.
    """
    if not returns.shape == weights.shape == buy_and_hold.shape:
        raise DataError(
            f"returns {returns.shape}, weights {weights.shape} and buy_and_hold {buy_and_hold.shape} differ in shape; "
            "pass the same days of each"
        )
    counts = ~(np.isnan(returns) | np.isnan(weights) | np.isnan(buy_and_hold))
    mean_weight = weights[counts].mean() if counts.any() else np.nan
    timed: FloatArray = np.where(counts, returns - mean_weight * buy_and_hold, np.nan)
    return timed
