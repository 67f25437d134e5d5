"""Buy and hold, compiled: the reference of ``excess_return`` and ``beta``."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import FloatArray, IntArray


@compiled()
def hold(close: FloatArray, opens: FloatArray, first: int, is_wanted: bool, returns: FloatArray) -> int:
    """Write the returns of one instrument bought once, without costs: weight 1 under the rules of the package.

    Returns the bar of its life on which it is bought, -1 if never.

    Parameters
    ----------
    close : ndarray of shape (n_bars,)
    opens : ndarray of shape (n_bars,) or (0,)
    first : int
        First bar of the account's life.
    is_wanted : bool
        Whether it was decided on before, so that it is bought on the first bar.
    returns : ndarray of shape (n_life,)
    """
    entry = np.nan
    bought = -1
    equity = 1.0
    for period in range(returns.size):
        bar = first + period
        price = close[bar]
        returns[period] = 0.0
        if np.isnan(price) or equity == 0.0:
            continue
        if is_wanted and np.isnan(entry):
            opened = opens[bar] if opens.size > 0 else np.nan
            fill_price = price if np.isnan(opened) else opened
            if fill_price > 0.0:
                entry = fill_price
                bought = period
        is_wanted = True
        if not np.isnan(entry):
            marked = max(price / entry, 0.0)
            returns[period] = marked / equity - 1.0
            equity = marked
    return bought


@compiled()
def hold_clean(close: FloatArray, opens: FloatArray, entry_bar: int, returns: FloatArray) -> float:
    """Write the same of a series whose every close is there and above zero; return what holding grew to, 0 if unsure.

    Parameters
    ----------
    close, returns : ndarray of shape (n_life,)
    opens : ndarray of shape (n_life,) or (0,)
    entry_bar : int
        On which it is bought.
    """
    returns[:entry_bar] = 0.0
    if entry_bar >= close.size:
        return 1.0
    entry = close[entry_bar] if opens.size == 0 or np.isnan(opens[entry_bar]) else opens[entry_bar]
    if not entry > 0.0:
        return 0.0
    returns[entry_bar] = close[entry_bar] / entry - 1.0
    before, after, made = close[entry_bar:-1], close[entry_bar + 1 :], returns[entry_bar + 1 :]
    for place in range(made.size):
        made[place] = after[place] / before[place] - 1.0
    grown: float = close[-1] / entry
    return grown


@compiled()
def hold_group(close: FloatArray, opens: FloatArray, first: int, window_start: int, returns: FloatArray) -> None:
    """Write the returns of all instruments bought in equal parts and held, without costs.

    When one joins that had no bar before, all that still have bars to come are set equal anew; else the parts drift.
    What one that has ended was worth stays in cash until then. Of one instrument it is ``hold``.

    Parameters
    ----------
    close : ndarray of shape (n_legs, n_bars)
    opens : ndarray of shape (n_legs, n_bars) or (n_legs, 0)
    first, window_start : int
        First bar of the account's life, and of the window.
    returns : ndarray of shape (n_life,)
    """
    if close.shape[0] == 1:
        hold(close[0], opens[0], first, was_seen(close[0], window_start), returns)
        return
    own = np.empty((close.shape[0], returns.size))
    bought = np.empty(close.shape[0], dtype=np.int64)
    for place in range(close.shape[0]):
        bought[place] = hold(close[place], opens[place], first, was_seen(close[place], window_start), own[place])
    ends = last_bars(close) - first
    values = np.zeros(close.shape[0])
    for period in range(returns.size):
        share_out(values, bought, ends, period)
        before = values.sum()
        for place in range(values.size):
            values[place] *= 1.0 + own[place, period]
        returns[period] = values.sum() / before - 1.0 if before > 0.0 else 0.0


@compiled()
def share_out(values: FloatArray, bought: IntArray, ends: IntArray, period: int) -> None:
    """Set the values of all living instruments equal on a bar on which one is bought."""
    is_joined = False
    is_first = True
    living = 0
    for place in range(values.size):
        is_joined |= bought[place] == period
        is_first &= not 0 <= bought[place] < period
        living += 0 <= bought[place] <= period <= ends[place]
    if not is_joined:
        return
    total = 1.0 if is_first else values.sum()
    for place in range(values.size):
        values[place] = total / living if 0 <= bought[place] <= period <= ends[place] else 0.0


@compiled()
def last_bars(close: FloatArray) -> IntArray:
    """Return the last bar of each series; -1 without any."""
    ends = np.full(close.shape[0], -1)
    for place in range(close.shape[0]):
        for bar in range(close.shape[1]):
            if not np.isnan(close[place, bar]):
                ends[place] = bar
    return ends


@compiled()
def was_seen(close: FloatArray, window_start: int) -> bool:
    """Return whether a series had a bar before the window."""
    bar = window_start - 1
    while bar >= 0 and np.isnan(close[bar]):
        bar -= 1
    return bar >= 0
