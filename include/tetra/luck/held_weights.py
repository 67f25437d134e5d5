"""What was held over which move: an engine's account taken apart for ``null_twins``.

The engine reports weights after each close. A day's return has two parts: from the close before to the open, earned by
what was held at that close, and from the open to the close, earned by what was held once orders were filled at the
open. Both are decided before the move, so a twin can meet both on another date. Each part is a row of its own here.
"""

from __future__ import annotations

import numpy as np

from tetra.errors import DataError
from tetra.typing import FloatArray, IntArray


def weights_and_moves(
    weights: FloatArray, *, close: FloatArray, open_price: FloatArray | None, account_starts: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the weights held over each part of each day, and the instruments' returns in it.

    Parameters
    ----------
    weights : ndarray of shape (n_rows, n_window)
        ``Simulation.weights``: after each close.
    close : ndarray of shape (n_rows, n_window + 1)
        From the bar before the window on; NaN where a bar is missing.
    open_price : ndarray of shape (n_rows, n_window + 1) or None
        Where NaN, or None, fills were at the close.
    account_starts : ndarray of int, shape (n_accounts + 1,)
        As the engine's.

    Returns
    -------
    weights, returns : ndarray of shape (2 * n_rows, n_window)
        First all rows up to the open (up to the close on a bar without an open), then all from the open on. Their
        product summed over an account is its return before costs and interest, but for the product of the two parts.

    Raises
    ------
    DataError
        If shapes do not fit.

    Notes
    -----
    Until the close weights drift with the day's return; what was held at the open is worked back, or it would seem to
    have known. A stop filled within the bar has left nothing at its close: its loss of that day is missing. Prices of
    zero or below give no return.
    """
    shape = (weights.shape[0], weights.shape[1] + 1)
    if close.shape != shape or (open_price is not None and open_price.shape != shape):
        raise DataError(f"prices have shape {close.shape}, expected {shape}: one bar more than the weights")
    opens = np.full(shape, np.nan) if open_price is None else open_price
    is_filled_at_open = (opens > 0.0) & (close > 0.0)
    last_close = _carried_forward(close)[:, :-1]
    reached = np.where(is_filled_at_open, opens, close)[:, 1:]
    to_open = _move(last_close, reached)
    from_open = np.where(is_filled_at_open[:, 1:], _move(opens[:, 1:], close[:, 1:]), 0.0)
    held_before = np.hstack([np.zeros((shape[0], 1)), weights[:, :-1]])
    held_since = _before_drift(weights, from_open, account_starts)
    return np.vstack([held_before, held_since]), np.vstack([to_open, from_open])


def _carried_forward(close: FloatArray) -> FloatArray:
    bars = np.arange(close.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(close), 0, bars), axis=1)
    carried: FloatArray = np.take_along_axis(close, last, axis=1)
    return carried


def _move(before: FloatArray, after: FloatArray) -> FloatArray:
    can_tell = (before > 0.0) & (after > 0.0)
    return np.where(can_tell, np.where(can_tell, after, 1.0) / np.where(can_tell, before, 1.0) - 1.0, 0.0)


def _before_drift(weights: FloatArray, moves: FloatArray, account_starts: IntArray) -> FloatArray:
    # after a move d of each and a growth g of the account, w = w0 * (1 + d) / g with g = 1 + sum of w0 * d
    unmoved = weights / (1.0 + moves)
    growth = 1.0 / (1.0 - np.add.reduceat(unmoved * moves, account_starts[:-1], axis=0))
    before: FloatArray = unmoved * np.repeat(growth, np.diff(account_starts), axis=0)
    return before
