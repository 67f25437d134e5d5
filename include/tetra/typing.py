"""Array aliases used across the domain; every array is NumPy, C-contiguous unless said otherwise."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
"""float64 values; prices, returns, weights."""

RealArray: TypeAlias = npt.NDArray[np.float32]
"""float32 values as stored in PostgreSQL ``real[]`` columns."""

IntArray: TypeAlias = npt.NDArray[np.int64]
"""int64 values; positions in other arrays, counts."""

BoolArray: TypeAlias = npt.NDArray[np.bool_]
"""Flags."""

DateArray: TypeAlias = npt.NDArray[np.datetime64]
"""Session dates as ``datetime64[D]``."""
InstantArray: TypeAlias = npt.NDArray[np.datetime64]
