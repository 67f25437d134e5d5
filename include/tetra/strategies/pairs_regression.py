"""The regression of one leg on another, and the trade on its residual; compiled."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.strategies.legs_bars import ROUNDING
from tetra.typing import BoolArray, FloatArray, IntArray


@compiled()
def fit_line(y: FloatArray, x: FloatArray) -> tuple[float, float, float]:
    """Return intercept, slope and standard error of the least-squares line.

    Parameters
    ----------
    y, x : ndarray of shape (n,)
        What is explained, and by what; at least 3 values.

    Returns
    -------
    tuple of float
        The slope is NaN where ``x`` does not vary. The standard error has n - 2 degrees of freedom.
    """
    n = y.size
    mean_y, mean_x = y.mean(), x.mean()
    xx = xy = 0.0
    for place in range(n):
        xx += (x[place] - mean_x) ** 2
        xy += (x[place] - mean_x) * (y[place] - mean_y)
    slope = xy / xx if xx > n * ROUNDING**2 else np.nan
    intercept = mean_y - slope * mean_x
    squares = 0.0
    for place in range(n):
        squares += (y[place] - intercept - slope * x[place]) ** 2
    return intercept, slope, np.sqrt(squares / (n - 2))


@compiled()
def reversion_statistic(residuals: FloatArray) -> float:
    """Return the Dickey-Fuller t-statistic without constant and lags: below 0 where residuals tend back to zero."""
    n = residuals.size - 1
    squares = product = 0.0
    for place in range(n):
        squares += residuals[place] ** 2
        product += residuals[place] * (residuals[place + 1] - residuals[place])
    pull = product / squares
    unexplained = 0.0
    for place in range(n):
        unexplained += (residuals[place + 1] - (1.0 + pull) * residuals[place]) ** 2
    return float(pull / np.sqrt(unexplained / (n - 1) / squares))


@compiled()
def pair_weights(
    y: FloatArray,
    x: FloatArray,
    counts: IntArray,
    is_resumed: BoolArray,
    lookback: int,
    enter_at: float,
    leave_at: float,
    max_holding: int,
    critical_value: float,
) -> FloatArray:
    """Return the weights of two legs on their joint bars; parameters as of ``PairsCointegration``.

    Parameters
    ----------
    y, x : ndarray of shape (n_joint,)
        Log prices of the first and the second leg.
    counts, is_resumed : ndarray of shape (n_joint,)
        ``group_bars`` on the joint bars, and ``resumed_bars``.

    Returns
    -------
    ndarray of shape (2, n_joint)
        NaN for the first ``lookback`` bars.
    """
    weights = np.full((2, y.size), np.nan)
    side = intercept = slope = error = 0.0
    opened = 0
    for bar in range(lookback, y.size):
        if is_resumed[bar]:
            side = 0.0
        elif side == 0.0:
            past_y, past_x = y[bar - lookback : bar], x[bar - lookback : bar]
            intercept, slope, error = fit_line(past_y, past_x)
            apart = (y[bar] - intercept - slope * x[bar]) / error
            is_apart = slope > 0.0 and error > ROUNDING and abs(apart) >= enter_at
            if is_apart and reversion_statistic(past_y - intercept - slope * past_x) < critical_value:
                side = -np.sign(apart)
                opened = counts[bar]
        else:
            apart = (y[bar] - intercept - slope * x[bar]) / error
            if side * apart >= -leave_at or counts[bar] - opened >= max_holding:
                side = 0.0
        if side == 0.0:
            weights[:, bar] = 0.0
        else:
            weights[0, bar] = side / (1.0 + slope)
            weights[1, bar] = -side * slope / (1.0 + slope)
    return weights
