"""Bars for simulated closes: each takes the shape of the real day whose return is nearest.

A model of closes says nothing of open, high, low and volume. For each series and simulated day the real day of that
series with the nearest log return is looked up, and its whole bar is shifted in logs by the small difference: the
close is the simulated one, low <= open, close <= high holds as on the real day, and a wild day has a wild day's range,
gap and volume. (A bar drawn at random would put the gap of a rally on a crash.) Nothing is made up where the source
has no field.
"""

from __future__ import annotations

import numpy as np

from tetra.scenarios.lookback import Lookback, compound
from tetra.scenarios.scenario import Bars
from tetra.typing import FloatArray, IntArray


def bars_of_closes(lookback: Lookback, log_returns: FloatArray, draws: IntArray) -> Bars:
    """Return the paths of simulated log returns, with bars of the nearest real days.

    Parameters
    ----------
    lookback : Lookback
    log_returns : ndarray of shape (n_tradable, n_sessions)
        Of closes, in the order of the lookback's tradable series.
    draws : ndarray of int, shape (n_sessions,)
        Days that series nobody trades take their level from.

    Returns
    -------
    Bars of shape (n_series, n_sessions)
    """
    rows = np.flatnonzero(lookback.is_tradable)
    real = lookback.ratios().map(lambda field: field[rows]).map_prices(np.log)
    days = nearest_days(real.close, log_returns)
    shape = (len(lookback.symbols), draws.size)
    shift = log_returns - np.take_along_axis(real.close, days, axis=1)

    def spread_out(field: FloatArray) -> FloatArray:
        ratios = np.ones(shape)  # series that nobody trades are set to levels by compound
        ratios[rows] = np.exp(np.take_along_axis(field, days, axis=1) + shift)
        return ratios

    volume = np.full(shape, np.nan)
    volume[rows] = np.take_along_axis(real.volume, days, axis=1)
    ratios = real.map_prices(spread_out)
    return compound(lookback, draws, Bars(ratios.open, ratios.high, ratios.low, ratios.close, volume))


def nearest_days(real: FloatArray, wanted: FloatArray) -> IntArray:
    """Return, per series, the day whose value is nearest to each wanted one.

    Parameters
    ----------
    real : ndarray of shape (n_series, n_days)
    wanted : ndarray of shape (n_series, n_sessions)

    Returns
    -------
    ndarray of int, shape (n_series, n_sessions)
        Where two days are equally near, the one with the lower value.
    """
    order = np.argsort(real, axis=1, kind="stable")
    ascending = np.take_along_axis(real, order, axis=1)
    above = np.stack([np.searchsorted(row, values) for row, values in zip(ascending, wanted, strict=True)])
    below = np.clip(above - 1, 0, real.shape[1] - 1)
    above = np.clip(above, 0, real.shape[1] - 1)
    is_above = np.take_along_axis(ascending, above, axis=1) - wanted < wanted - np.take_along_axis(
        ascending, below, axis=1
    )
    days: IntArray = np.take_along_axis(order, np.where(is_above, above, below), axis=1)
    return days
