"""Regimes by rule: on which sessions the market was in a bull or a bear market, volatile, or ranging.

================  ============================================================================================
kind              holds on a session when
================  ============================================================================================
bull              fast moving average above the slow one, positive momentum, low volatility
bear              fast moving average below the slow one, negative momentum, high volatility
high_volatility   volatility index above its level, or the day's move above its size (either, where both are held)
ranging           trend strength and price range both small
================  ============================================================================================

A session may be of several kinds or of none. Every indicator looks back from its session, so a label says what could
be known that evening; the first sessions, without a full window, are of no kind.

References
----------
.. [1] Kaufman (1995), "Smarter Trading", McGraw-Hill, chapter 7: the efficiency ratio.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tetra.scenarios.regime_market import MarketSeries
from tetra.scenarios.regime_settings import RegimeRules
from tetra.typing import BoolArray, FloatArray

TRADING_DAYS = 252
"""Sessions a year."""

FLAT = 1e-12
"""Summed absolute log returns below this are rounding: the price did not move."""


def label_by_rules(market: MarketSeries, rules: RegimeRules) -> dict[str, BoolArray]:
    """Return, per kind, whether each session of the market is of it.

    Parameters
    ----------
    market : MarketSeries
    rules : RegimeRules

    Returns
    -------
    dict of str to ndarray of bool, shape (n_returns,)
    """
    spans = rules.indicators
    level, log_returns = market.level, market.log_returns
    fast, slow = rolling(level, spans.fast_average, np.mean), rolling(level, spans.slow_average, np.mean)
    momentum = rolling(log_returns, spans.momentum, np.sum)
    volatility = rolling_volatility(log_returns, spans.volatility)
    return {
        "bull": (fast > slow) & (momentum > 0.0) & (volatility < rules.bull.volatility_below),
        "bear": (fast < slow) & (momentum < 0.0) & (volatility > rules.bear.volatility_above),
        "high_volatility": (market.volatility_index > rules.high_volatility.volatility_index_above)
        | (np.abs(market.returns) > rules.high_volatility.daily_move_above),
        "ranging": (trend_strength(log_returns, spans.trend) < rules.ranging.trend_strength_below)
        & (price_range(level, spans.trend) < rules.ranging.price_range_below),
    }


def trend_strength(log_returns: FloatArray, window: int) -> FloatArray:
    """Return the efficiency ratio: the absolute net move over the sum of absolute daily moves.

    Parameters
    ----------
    log_returns : ndarray of shape (n_returns,)
    window : int

    Returns
    -------
    ndarray of shape (n_returns,)
        0 (no net move, or no move at all) to 1 (every day the same way); NaN before a full window.
    """
    net = np.abs(rolling(log_returns, window, np.sum))
    path = rolling(np.abs(log_returns), window, np.sum)
    return np.where(path < FLAT, 0.0, net / np.maximum(path, FLAT))


def price_range(level: FloatArray, window: int) -> FloatArray:
    """Return the highest less the lowest price over the mean price of each window; NaN before a full one."""
    spread = rolling(level, window, np.max) - rolling(level, window, np.min)
    return spread / rolling(level, window, np.mean)


def rolling_volatility(log_returns: FloatArray, window: int) -> FloatArray:
    """Return the annualised standard deviation of each window, as a fraction; NaN before a full one."""

    def deviation(values: FloatArray, axis: int) -> FloatArray:
        spread: FloatArray = values.std(axis=axis, ddof=1)
        return spread

    annualised: FloatArray = rolling(log_returns, window, deviation) * TRADING_DAYS**0.5
    return annualised


def rolling(values: FloatArray, window: int, measure: Callable[..., Any]) -> FloatArray:
    """Return a measure of the last ``window`` values at each position, NaN before there are so many.

    Parameters
    ----------
    values : ndarray of shape (n,)
    window : int
    measure : callable
        Takes an array and ``axis``.
    """
    measured = np.full(values.size, np.nan)
    if values.size >= window:
        measured[window - 1 :] = measure(sliding_window_view(values, window), axis=1)
    return measured
