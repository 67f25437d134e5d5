"""The engine's public call: checked arrays in, metrics out. The rules are in the package docstring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.backtest.columns import LEDGER, METRICS
from tetra.backtest.kernel import simulate_rows
from tetra.errors import BacktestError, unknown_value
from tetra.typing import FloatArray


@dataclass(frozen=True)
class Simulation:
    """What trading each series gave.

    Parameters
    ----------
    metrics : ndarray of shape (n_series, len(METRICS))
        In the order of ``METRICS``; NaN where undefined.
    ledgers : ndarray of shape (n_series, len(LEDGER))
        Sums over the window, from which results of several series are pooled.
    returns, benchmark_returns : ndarray of shape (n_series, n_window) or None
        Simple returns per window bar of the account and of buy and hold; None unless kept.
    """

    metrics: FloatArray
    ledgers: FloatArray
    returns: FloatArray | None
    benchmark_returns: FloatArray | None

    def metric(self, name: str) -> FloatArray:
        """Return one metric of every series.

        Raises
        ------
        BacktestError
            If there is no such metric; the message offers the nearest.
        """
        if name not in METRICS:
            raise BacktestError(unknown_value("metric", name, METRICS))
        return self.metrics[:, METRICS.index(name)]


def simulate(
    target_weights: FloatArray,
    close: FloatArray,
    *,
    cost_rates: FloatArray,
    periods_per_year: float,
    open_price: FloatArray | None = None,
    window_start: int = 0,
    keep_returns: bool = False,
) -> Simulation:
    """Trade each series by its target weights and return its metrics over the window.

    Parameters
    ----------
    target_weights : ndarray of shape (n_series, n_bars)
        Weight wanted after each bar, as a fraction of capital; NaN means flat. Filled on the next bar.
    close : ndarray of shape (n_series, n_bars)
        Prices at which equity is marked; NaN where a bar is missing.
    cost_rates : ndarray of shape (n_bars,)
        Cost of a fill as a fraction of the traded value, day by day; see ``tetra.backtest.costs``.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.
    open_price : ndarray of shape (n_series, n_bars), optional
        Prices of fills; where NaN, or without the array, fills are at the close.
    window_start : int
        First bar that counts; those before it decide but hold nothing.
    keep_returns : bool
        Whether returns per bar are kept.

    Returns
    -------
    Simulation

    Raises
    ------
    BacktestError
        If an array is not C-contiguous float64 of the shape above, holds an infinity, a cost is negative,
        or a weight is so large that its costs would exceed it.
    """
    shape = _check_shape(close)
    _check_array("close", close, shape)
    _check_array("target_weights", target_weights, shape)
    if open_price is not None:
        _check_array("open_price", open_price, shape)
    _check_costs(cost_rates, target_weights, shape[1])
    if not 0 <= window_start < shape[1]:
        raise BacktestError(f"window_start is {window_start}; it must lie within the {shape[1]} bars")
    if not periods_per_year > 0.0:
        raise BacktestError(f"periods_per_year is {periods_per_year}; it must be positive")
    kept_shape = (shape[0] if keep_returns else 0, shape[1] - window_start)
    metrics = np.empty((shape[0], len(METRICS)))
    ledgers = np.zeros((shape[0], len(LEDGER)))
    returns, benchmark = np.empty(kept_shape), np.empty(kept_shape)
    simulate_rows(
        target_weights,
        close,
        np.empty((0, 0)) if open_price is None else open_price,
        cost_rates,
        window_start,
        float(periods_per_year),
        metrics,
        ledgers,
        returns,
        benchmark,
    )
    if not keep_returns:
        return Simulation(metrics, ledgers, None, None)
    return Simulation(metrics, ledgers, returns, benchmark)


def _check_shape(close: FloatArray) -> tuple[int, int]:
    if close.ndim != 2 or 0 in close.shape:
        raise BacktestError(f"close has shape {close.shape}; give (n_series, n_bars), at least one of each")
    return close.shape[0], close.shape[1]


def _check_array(name: str, values: FloatArray, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise BacktestError(f"{name} has shape {values.shape}, expected {shape} (series, bars)")
    if values.dtype != np.float64 or not values.flags.c_contiguous:
        raise BacktestError(f"{name} is {values.dtype}, not C-contiguous float64; use numpy.ascontiguousarray")
    # one pass without temporaries: infinities survive min and max, NaN (a missing bar) is allowed
    if np.isinf(np.fmin.reduce(values, axis=None)) or np.isinf(np.fmax.reduce(values, axis=None)):
        where = tuple(int(place) for place in np.argwhere(np.isinf(values))[0])
        raise BacktestError(f"{name} is {values[where]} at {where}; only finite values and NaN can be simulated")


def _check_costs(cost_rates: FloatArray, target_weights: FloatArray, n_bars: int) -> None:
    _check_array("cost_rates", cost_rates, (n_bars,))
    bad = np.flatnonzero(~(cost_rates >= 0.0))
    if bad.size:
        raise BacktestError(f"cost_rates is {cost_rates[bad[0]]} on bar {bad[0]}; costs are at least 0")
    largest = max(abs(np.fmin.reduce(target_weights, axis=None)), abs(np.fmax.reduce(target_weights, axis=None)))
    if largest * cost_rates.max() >= 1.0:
        raise BacktestError(f"a weight of {largest} at a cost of {cost_rates.max()} would cost more than it holds")
