"""Changes to the daily bars of a base path: wider or narrower days, moves on top of them, levels of series.

A bar is open, high, low and close in logs, relative to the close before. Stretched about a mean by a positive factor
its prices keep their order. A move on top happens within the session: the close takes all of it, the open none, and
the range is widened to hold it, so that low <= open, close <= high holds as it did before.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tetra.scenarios.scenario import Bars
from tetra.typing import FloatArray


def log_bars(bars: Bars, start: FloatArray) -> Bars:
    """Return bars as logs of prices over the close before; volume as it is.

    Parameters
    ----------
    bars : Bars of shape (n_series, n_sessions)
        Positive prices.
    start : ndarray of shape (n_series,)
        Last close before.
    """
    before = np.concatenate([start[:, None], bars.close[:, :-1]], axis=1)
    return bars.map_prices(lambda price: np.log(price / before))


def price_bars(logs: Bars, start: FloatArray) -> Bars:
    """Return prices from logs over the close before: the inverse of :func:`log_bars`."""
    close = start[:, None] * np.exp(np.cumsum(logs.close, axis=1))
    before = np.concatenate([start[:, None], close[:, :-1]], axis=1)
    opened, high, low = (before * np.exp(price) for price in (logs.open, logs.high, logs.low))
    return Bars(opened, high, low, close, logs.volume.copy())


def stretched(logs: Bars, factors: FloatArray) -> Bars:
    """Return bars whose days are wider by a factor about the mean close of each series.

    Parameters
    ----------
    logs : Bars of shape (n_series, n_sessions)
        From :func:`log_bars`.
    factors : ndarray of shape (n_series, n_sessions)
        Positive; 1 leaves a day as it is.
    """
    mean = logs.close.mean(axis=1, keepdims=True)
    return logs.map_prices(lambda price: mean + factors * (price - mean))


def moved(logs: Bars, moves: FloatArray) -> Bars:
    """Return bars with moves made within the sessions.

    Parameters
    ----------
    logs : Bars of shape (n_series, n_sessions)
    moves : ndarray of shape (n_series, n_sessions)
        In logs.
    """
    return replace(
        logs,
        high=logs.high + np.maximum(moves, 0.0),
        low=logs.low + np.minimum(moves, 0.0),
        close=logs.close + moves,
    )


def raised_index(levels: Bars, peak: float, tension: FloatArray) -> Bars:
    """Return the bars of a volatility index that rises to a peak with tension.

    Parameters
    ----------
    levels : Bars of shape (n_sessions,)
        Of the base path, positive.
    peak : float
        Close at a tension of 1; a base level that is higher stays.
    tension : ndarray of shape (n_sessions,)
        0 to 1; in between the close is the geometric mean of base and peak, so weighted.
    """
    factor = np.maximum(peak / levels.close, 1.0) ** tension
    return levels.map_prices(lambda price: price * factor)
