"""Indicators of traded volume."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.indicators.own_bars import on_own_bars
from tetra.typing import FloatArray


def on_balance_volume(close: FloatArray, volume: FloatArray) -> FloatArray:
    """Return the volume of rising bars less that of falling bars since the start.

    Parameters
    ----------
    close, volume : ndarray of shape (n_series, n_bars)
        Prices and traded volume; a bar that lacks one of them is missing.

    Returns
    -------
    ndarray of shape (n_series, n_bars)
        In the unit of ``volume``; a bar that closes where the one before did adds nothing. NaN on missing bars.

    Raises
    ------
    StrategyError
        If the inputs have not one shape of two axes.

    Notes
    -----
    Starts at the volume of the first bar, as TA-Lib's does. Only its changes mean something.

    References
    ----------
    .. [1] Granville (1963), "Granville's New Key to Stock Market Profits".
    """
    return on_own_bars(lambda closes, volumes: (_on_balance_volume(closes, volumes),), close, volume)[0]


@compiled()
def _on_balance_volume(close: FloatArray, volume: FloatArray) -> FloatArray:
    balances = np.empty(close.shape)
    for row in range(close.shape[0]):
        balance = 0.0
        for bar in range(close.shape[1]):
            change = close[row, bar] - close[row, bar - 1] if bar > 0 else 1.0
            balance += volume[row, bar] if change > 0.0 else -volume[row, bar] if change < 0.0 else 0.0
            balances[row, bar] = balance
    return balances
