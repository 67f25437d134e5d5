"""Every indicator runs on a series' own bars: gaps are closed before its kernel runs and opened again after."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tetra.compiled import compiled
from tetra.errors import StrategyError
from tetra.indicators.checks import price_rows
from tetra.typing import BoolArray, FloatArray

Kernel = Callable[..., tuple[FloatArray, ...]]
"""From gapless rows, one array per input, to one new array per output; causal."""


def on_own_bars(kernel: Kernel, *inputs: FloatArray) -> tuple[FloatArray, ...]:
    """Return what ``kernel`` makes of the inputs without their missing bars, NaN on those bars.

    Parameters
    ----------
    kernel : callable
        Takes as many arrays as there are inputs and returns a tuple of new ones of the same shape. Rows that
        have gaps reach it left-justified and padded with NaN: what it makes of the padding is thrown away.
    inputs : ndarray of shape (n_series, n_bars)
        NaN where a bar is missing; a bar that lacks one input is missing.

    Returns
    -------
    tuple of ndarray of shape (n_series, n_bars)
        The outputs of the kernel.

    Raises
    ------
    StrategyError
        If an input has not two axes or the shapes differ.
    """
    rows = [price_rows(values) for values in inputs]
    if len({values.shape for values in rows}) > 1:
        raise StrategyError(f"inputs must have one shape; got {', '.join(str(values.shape) for values in rows)}")
    gapped = np.zeros(rows[0].shape[0], dtype=np.bool_)
    for values in rows:
        _mark_rows_with_gaps(values, gapped)
    if not gapped.any():
        return kernel(*rows)
    present = ~np.isnan(rows[0])
    for values in rows[1:]:
        present &= ~np.isnan(values)
    made = kernel(*(_close_gaps(values, present, gapped) for values in rows))
    return tuple(_open_gaps(values, present, gapped) for values in made)


@compiled()
def _mark_rows_with_gaps(values: FloatArray, gapped: BoolArray) -> None:
    for row in range(values.shape[0]):
        missing = 0
        for bar in range(values.shape[1]):  # counting to the end is vectorised; stopping at the first is not
            missing += np.isnan(values[row, bar])
        if missing > 0:
            gapped[row] = True


@compiled()
def _close_gaps(values: FloatArray, present: BoolArray, gapped: BoolArray) -> FloatArray:
    closed = np.empty(values.shape)
    for row in range(values.shape[0]):
        if not gapped[row]:
            closed[row] = values[row]
            continue
        seen = 0
        for bar in range(values.shape[1]):
            if present[row, bar]:
                closed[row, seen] = values[row, bar]
                seen += 1
        closed[row, seen:] = np.nan
    return closed


@compiled()
def _open_gaps(closed: FloatArray, present: BoolArray, gapped: BoolArray) -> FloatArray:
    values = np.empty(closed.shape)
    for row in range(closed.shape[0]):
        if not gapped[row]:
            values[row] = closed[row]
            continue
        seen = 0
        for bar in range(closed.shape[1]):
            if present[row, bar]:
                values[row, bar] = closed[row, seen]
                seen += 1
            else:
                values[row, bar] = np.nan
    return values
