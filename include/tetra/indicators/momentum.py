"""Returns over longer spans, and the convergence and divergence of averages."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.errors import StrategyError
from tetra.indicators.averages import exponential_average_from
from tetra.indicators.checks import bar_count
from tetra.indicators.own_bars import on_own_bars
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
    return on_own_bars(lambda rows: (_lagged_return(rows, base, recent),), close)[0]


def macd(close: FloatArray, *, fast: int, slow: int, signal: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return moving average convergence and divergence: line, signal line and histogram.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        Prices; NaN where a bar is missing.
    fast, slow : int
        Bars of the two exponential averages, ``1 <= fast < slow``.
    signal : int
        Bars of the exponential average of the line, at least 1.

    Returns
    -------
    line, signal_line, histogram : ndarray of shape (n_series, n_bars)
        Fast average less slow average, its average, and the first less the second, in the unit of ``close``;
        all three NaN for the first ``slow + signal - 2`` bars of a series and on missing bars.

    Raises
    ------
    StrategyError
        If the counts are not positive whole numbers with ``fast < slow``, or ``close`` has not two axes.

    Notes
    -----
    As in TA-Lib the fast average starts late, from the mean of the ``fast`` bars up to bar ``slow``, so that
    both averages have their first value on one bar, and the line is shown from where its signal is.

    References
    ----------
    .. [1] Appel (2005), "Technical Analysis: Power Tools for Active Investors", chapter 8.
    """
    short, long, smooth = bar_count("fast", fast), bar_count("slow", slow), bar_count("signal", signal)
    if short >= long:
        raise StrategyError(f"fast must be below slow; got fast {fast} and slow {slow}")

    def lines(rows: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        line = exponential_average_from(rows, long - short, short) - exponential_average_from(rows, 0, long)
        signal_line = exponential_average_from(line, long - 1, smooth)
        line[:, : long + smooth - 2] = np.nan
        return line, signal_line, line - signal_line

    line, signal_line, histogram = on_own_bars(lines, close)
    return line, signal_line, histogram


@compiled()
def _lagged_return(close: FloatArray, lookback: int, skip: int) -> FloatArray:
    returns = np.empty(close.shape)
    ready = min(lookback, close.shape[1])
    for row in range(close.shape[0]):
        own, made = close[row], returns[row]
        made[:ready] = np.nan
        for bar in range(ready, close.shape[1]):
            base, recent = own[bar - lookback], own[bar - skip]
            made[bar] = recent / base - 1.0 if base > 0.0 and recent > 0.0 else np.nan
    return returns
