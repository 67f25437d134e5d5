"""Oscillators: bounded measures of how one-sided recent moves were."""

from __future__ import annotations

import numba
import numpy as np

from tetra.compiled import compiled
from tetra.indicators.checks import bar_count, price_rows
from tetra.typing import FloatArray

NEUTRAL_RSI = 50.0


def relative_strength_index(close: FloatArray, *, length: int) -> FloatArray:
    """Return Wilder's relative strength index.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        Prices; NaN where a bar is missing.
    length : int
        Changes in the first average and the smoothing constant after it, at least 2.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        0 to 100; NaN for the first ``length`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``length`` is not a whole number of at least 2 or ``close`` has not two axes.

    Notes
    -----
    A series that did not move at all is neither strong nor weak: 50. TA-Lib says 0 there, which a rule
    reads as oversold.

    References
    ----------
    .. [1] Wilder (1978), "New Concepts in Technical Trading Systems", section VI.
    """
    return _relative_strength_index(price_rows(close), bar_count("length", length, least=2))


@compiled(parallel=True)
def _relative_strength_index(close: FloatArray, length: int) -> FloatArray:
    index = np.full(close.shape, np.nan)
    for row in numba.prange(close.shape[0]):
        previous = np.nan
        gain = 0.0
        loss = 0.0
        changes = 0
        for bar in range(close.shape[1]):
            price = close[row, bar]
            if np.isnan(price):
                continue
            change = price - previous
            previous = price
            if np.isnan(change):
                continue  # the first bar of the series
            changes += 1
            # the first average is the plain mean of `length` changes; Wilder's smoothing follows
            keep = 1.0 if changes <= length else (length - 1.0) / length
            gain = gain * keep + max(change, 0.0) / length
            loss = loss * keep + max(-change, 0.0) / length
            if changes >= length:
                both = gain + loss
                index[row, bar] = 100.0 * (gain / both) if both > 0.0 else NEUTRAL_RSI
    return index
