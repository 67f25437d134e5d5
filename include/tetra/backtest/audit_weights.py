"""When two weights are the same to the look-ahead guard, and on which bars a strategy decides."""

from __future__ import annotations

import numpy as np

from tetra.typing import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-9
"""Weights that differ by less, as a part of the account's largest, are the same: a causal rule may sum in another
order when there is more to sum. It is a part, and no number, because an account of tiny weights trades all the same."""


def tolerances(weights: FloatArray, *, is_one_account: bool) -> FloatArray:
    """Return by how much each row's weights may differ, shape (n_rows, 1).

    Parameters
    ----------
    weights : ndarray of shape (n_rows, n_bars)
        Of the prices as they are.
    is_one_account : bool
        Whether one account trades all rows; else each row is measured by its own largest weight.
    """
    largest: FloatArray = np.max(np.abs(np.nan_to_num(weights)), axis=1, keepdims=True)
    # a row that is always flat is measured by the others: rounding must not look like a position
    return TOLERANCE * np.where((largest > 0.0) & (not is_one_account), largest, largest.max())


def differ(before: FloatArray, after: FloatArray, tolerance: FloatArray) -> BoolArray:
    """Return where weights differ; not warm and flat are one position, but a weight that becomes defined has moved."""
    moved: BoolArray = (np.abs(before - after) > tolerance) | (np.isnan(before) != np.isnan(after))
    return moved


def decisions(weights: FloatArray, tolerance: FloatArray) -> IntArray:
    """Return the bars, but the first and the last, on which the weight of a row is another than before."""
    # a bar that is missing decides nothing: the last weight holds
    seen = np.where(np.isnan(weights), 0, np.arange(weights.shape[1]))
    held = np.nan_to_num(np.take_along_axis(weights, np.maximum.accumulate(seen, axis=1), axis=1))
    bars: IntArray = np.flatnonzero(differ(held[:, 1:-1], held[:, :-2], tolerance).any(axis=0)).astype(np.int64) + 1
    return bars
