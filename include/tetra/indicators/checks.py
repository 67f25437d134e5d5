"""What every indicator asks of its arguments."""

from __future__ import annotations

import math

import numpy as np

from tetra.errors import StrategyError
from tetra.typing import FloatArray


def price_rows(values: FloatArray) -> FloatArray:
    """Return the values as a C-contiguous float64 matrix of series by bars.

    Raises
    ------
    StrategyError
        If there are not two axes.
    """
    if values.ndim != 2:
        raise StrategyError(f"an indicator takes (n_series, n_bars), got shape {values.shape}; add an axis")
    return np.ascontiguousarray(values, dtype=np.float64)


def bar_count(name: str, value: int, *, least: int = 1) -> int:
    """Return a number of bars after checking it.

    Raises
    ------
    StrategyError
        If it is not a whole number of at least ``least``.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise StrategyError(f"{name} must be a whole number of bars, at least {least}; got {value!r}")
    return int(value)


def positive_number(name: str, value: float) -> float:
    """Return a factor after checking it.

    Raises
    ------
    StrategyError
        If it is not a finite number above zero.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0.0 < value < math.inf:
        raise StrategyError(f"{name} must be a finite number above 0; got {value!r}")
    return float(value)
