"""What the engine must not be given, named with its value; cheap enough for every call."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from tetra.compiled import compiled
from tetra.errors import BacktestError, unknown_value
from tetra.typing import FloatArray, IntArray


def check_shape(close: FloatArray) -> tuple[int, int]:
    """Return the shape of prices: (series, bars), at least one of each."""
    if close.ndim != 2 or 0 in close.shape:
        raise BacktestError(f"close has shape {close.shape}; give (n_series, n_bars), at least one of each")
    return close.shape[0], close.shape[1]


def check_array(name: str, values: FloatArray, shape: tuple[int, ...]) -> None:
    """Raise unless an array is C-contiguous float64 of a shape, without infinities; NaN (a missing bar) is allowed."""
    check_layout(name, values, shape)
    if has_infinity(values.reshape(-1)):
        where = tuple(int(place) for place in np.argwhere(np.isinf(values))[0])
        raise BacktestError(f"{name} is {values[where]} at {where}; only finite values and NaN can be simulated")


def check_layout(name: str, values: FloatArray, shape: tuple[int, ...]) -> None:
    """Raise unless an array is C-contiguous float64 of a shape."""
    if values.shape != shape:
        raise BacktestError(f"{name} has shape {values.shape}, expected {shape} (series, bars)")
    if values.dtype != np.float64 or not values.flags.c_contiguous:
        raise BacktestError(f"{name} is {values.dtype}, not C-contiguous float64; use numpy.ascontiguousarray")


@compiled(borrows=True)
def has_infinity(values: FloatArray) -> bool:
    """Return whether a flat array holds an infinity, in one pass without temporaries."""
    count = 0
    for place in range(values.size):  # counting to the end is vectorised, stopping at the first is not
        count += np.isinf(values[place])
    return count > 0


def check_costs(cost_rates: FloatArray, n_bars: int) -> None:
    """Raise unless there is a cost of at least 0 for every bar."""
    check_array("cost_rates", cost_rates, (n_bars,))
    bad = np.flatnonzero(~(cost_rates >= 0.0))
    if bad.size:
        raise BacktestError(f"cost_rates is {cost_rates[bad[0]]} on bar {bad[0]}; costs are at least 0")


def check_window(n_bars: int, *, window_start: int, periods_per_year: float) -> None:
    """Raise unless the window has a bar and a year has periods."""
    if not 0 <= window_start < n_bars:
        raise BacktestError(f"window_start is {window_start}; it must lie within the {n_bars} bars")
    if not periods_per_year > 0.0:
        raise BacktestError(f"periods_per_year is {periods_per_year}; it must be positive")


def check_names(kind: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raise if a name is not among those known; the message offers the nearest."""
    for name in names:
        if name not in known:
            raise BacktestError(unknown_value(kind, str(name), known))


def check_starts(account_starts: IntArray, n_rows: int) -> IntArray:
    """Return the first rows of accounts after checking that they share out all rows, at least one each."""
    starts = np.ascontiguousarray(account_starts, dtype=np.int64)
    if starts.ndim != 1 or starts.size < 2 or starts[0] != 0 or starts[-1] != n_rows or (np.diff(starts) < 1).any():
        raise BacktestError(
            f"account_starts is {account_starts!r}; it must rise from 0 to the {n_rows} rows, at least one each"
        )
    return starts
