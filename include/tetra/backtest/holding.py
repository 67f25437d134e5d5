"""Buy and hold, compiled: the reference of ``excess_return`` and ``beta``."""

from __future__ import annotations

import numpy as np

from tetra.compiled import compiled
from tetra.typing import FloatArray


@compiled()
def hold(close: FloatArray, opens: FloatArray, first: int, is_wanted: bool, returns: FloatArray) -> None:
    """Write the returns of one instrument bought once, without costs: weight 1 under the rules of the package.

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
        is_wanted = True
        if not np.isnan(entry):
            marked = max(price / entry, 0.0)
            returns[period] = marked / equity - 1.0
            equity = marked


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
    """Write the mean of the instruments' buy and hold returns, each day over those with a bar; 0 on a day without any.

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
    own = np.empty(returns.size)
    counts = np.zeros(returns.size)
    returns[:] = 0.0
    for place in range(close.shape[0]):
        hold(close[place], opens[place], first, was_seen(close[place], window_start), own)
        for period in range(returns.size):
            if not np.isnan(close[place, first + period]):
                returns[period] += own[period]
                counts[period] += 1.0
    for period in range(returns.size):
        if counts[period] > 0.0:
            returns[period] /= counts[period]


@compiled()
def was_seen(close: FloatArray, window_start: int) -> bool:
    """Return whether a series had a bar before the window."""
    bar = window_start - 1
    while bar >= 0 and np.isnan(close[bar]):
        bar -= 1
    return bar >= 0
