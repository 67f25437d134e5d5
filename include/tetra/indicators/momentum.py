"""Returns over longer spans."""

from __future__ import annotations

import numba
import numpy as np

from tetra.compiled import compiled
from tetra.errors import StrategyError
from tetra.indicators.checks import bar_count, price_rows
from tetra.typing import FloatArray


def lagged_return(close: FloatArray, *, lookback: int, skip: int = 0) -> FloatArray:
    """Return the simple return from ``lookback`` bars ago to ``skip`` bars ago.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        Prices; NaN where a bar is missing.
    lookback : int
        Bars back to the base of the return, more than ``skip``.
    skip : int
        Most recent bars left out. With ``skip`` 0 this is TA-Lib's ``ROCP``.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        Fractions (0.01 is 1 %); NaN for the first ``lookback`` bars of a series, on missing bars, and
        where either price is not positive, because a fraction of it means nothing.

    Raises
    ------
    StrategyError
        If the counts are not whole numbers with ``lookback > skip >= 0``, or ``close`` has not two axes.
    """
    recent, base = bar_count("skip", skip, least=0), bar_count("lookback", lookback)
    if base <= recent:
        raise StrategyError(f"lookback must exceed skip; got lookback {lookback} and skip {skip}")
    return _lagged_return(price_rows(close), base, recent)


@compiled(parallel=True)
def _lagged_return(close: FloatArray, lookback: int, skip: int) -> FloatArray:
    returns = np.full(close.shape, np.nan)
    ring = lookback + 1
    for row in numba.prange(close.shape[0]):
        own = np.empty(ring)  # the series' own last bars: a gap must not count as one
        seen = 0
        for bar in range(close.shape[1]):
            price = close[row, bar]
            if np.isnan(price):
                continue
            own[seen % ring] = price
            if seen >= lookback:
                base = own[(seen - lookback) % ring]
                recent = own[(seen - skip) % ring]
                if base > 0.0 and recent > 0.0:
                    returns[row, bar] = recent / base - 1.0
            seen += 1
    return returns
