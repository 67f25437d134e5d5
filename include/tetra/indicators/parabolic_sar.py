"""Wilder's parabolic system: a stop that follows the price and turns when it is touched."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.errors import StrategyError
from tetra.indicators.checks import positive_number
from tetra.indicators.own_bars import on_own_bars
from tetra.typing import FloatArray


def parabolic_stop_and_reverse(high: FloatArray, low: FloatArray, *, acceleration: float, maximum: float) -> FloatArray:
    """Return the level at which a position in the direction of the trend is turned.

    Parameters
    ----------
    high, low : ndarray of shape (n_series, n_bars)
        Prices; a bar that lacks one of them is missing.
    acceleration : float
        Share of the way to the extreme that the stop goes per bar at first, and what every new extreme adds.
    maximum : float
        Largest share, at least ``acceleration``.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        In the unit of the prices: below the bar in a rising trend, above it in a falling one; NaN on the first
        bar of a series and on missing bars.

    Raises
    ------
    StrategyError
        If ``acceleration`` or ``maximum`` is not a number above 0, the first exceeds the second, or the inputs
        have not one shape of two axes.

    Notes
    -----
    Starts as TA-Lib's does: falling if the second low is below the first by more than the second high is above
    the first, else rising; the first stop is the first bar's far end, the first extreme the second bar's.
    A bar that meets the stop exactly turns the trend; where only rounding decides whether it does, a TA-Lib built
    with fused multiply-add may decide otherwise (seen once in 20 years of a share, at an acceleration of 0.1).

    References
    ----------
    .. [1] Wilder (1978), "New Concepts in Technical Trading Systems", section II.
    """
    step, limit = positive_number("acceleration", acceleration), positive_number("maximum", maximum)
    if step > limit:
        raise StrategyError(f"acceleration must not exceed maximum; got {acceleration} and {maximum}")
    return on_own_bars(lambda highs, lows: (_stops(highs, lows, step, limit),), high, low)[0]


@compiled()
def _stops(high: FloatArray, low: FloatArray, step: float, limit: float) -> FloatArray:
    # one rule for both trends: a falling one is a rising one of the negated prices, and `side` is -1
    stops = np.empty(high.shape)
    for row in range(high.shape[0]):
        highs, lows, made = high[row], low[row], stops[row]
        made[:1] = np.nan
        if highs.size < 2:
            continue
        drop = lows[0] - lows[1]
        side = -1.0 if drop > 0.0 and drop > highs[1] - highs[0] else 1.0
        stop, extreme, share = _ends(highs[0], lows[0], side)[0], _ends(highs[1], lows[1], side)[1], step
        for bar in range(1, highs.size):
            far, near = _ends(highs[bar], lows[bar], side)
            far_before, near_before = _ends(highs[max(bar - 1, 1)], lows[max(bar - 1, 1)], side)
            if far <= stop:  # touched: the trend turns, and its extreme becomes the stop of the new one
                side, stop, extreme, share = -side, -extreme, -far, step
                far, far_before = -near, -near_before
                stop = min(stop, far_before, far)
            elif near > extreme:
                extreme, share = near, min(share + step, limit)
            made[bar] = side * stop
            stop = min(stop + share * (extreme - stop), far_before, far)  # never beyond the last two bars
    return stops


@compiled()
def _ends(high: float, low: float, side: float) -> tuple[float, float]:
    # the end of the bar towards the stop, and the end away from it
    return (low, high) if side > 0.0 else (-high, -low)
