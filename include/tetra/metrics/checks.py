"""The edge rules of the package (see its docstring), as two small helpers."""

from __future__ import annotations

import numpy as np

from tetra.errors import DataError
from tetra.typing import FloatArray

ROUNDING = 1e-14
"""Deviations of returns below this are floating-point noise: no volatility."""

PEAK_ROUNDING = 1e-12
"""Equity within this fraction of its peak is back at it: compounding there and back leaves such differences."""


def finite(values: FloatArray, *, name: str = "returns") -> FloatArray:
    """Return the values as float64 after checking that all are finite.

    Raises
    ------
    DataError
        If a value is NaN or infinite, or the array has no or more than two axes.
    """
    checked = np.asarray(values, dtype=np.float64)
    if checked.ndim not in (1, 2):
        raise DataError(f"{name} need one or two axes (time, assets), got {checked.ndim}")
    bad = ~np.isfinite(checked)
    if bad.any():
        where = tuple(int(place) for place in np.argwhere(bad)[0])
        raise DataError(f"{name} hold {checked[where]} at {where}; drop or fill missing periods first")
    return checked


def undefined(returns: FloatArray) -> FloatArray:
    """Return NaN in the shape of one metric per series."""
    return np.full(returns.shape[1:], np.nan)[()]


def ratio(numerator: FloatArray, denominator: FloatArray, *, scale: FloatArray) -> FloatArray:
    """Return numerator / denominator, NaN where ``scale`` is within rounding of zero."""
    vanishing = np.abs(scale) < ROUNDING
    safe = np.where(vanishing, 1.0, denominator)
    return np.where(vanishing, np.nan, numerator / safe)[()]
