"""The engine's public call on arrays: checked input in, metrics out. The rules are in the package docstring."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from tetra.backtest.account_state import Bars
from tetra.backtest.columns import METRICS
from tetra.backtest.input_checks import check_array, check_costs, check_shape, check_starts
from tetra.backtest.job import Keep, job_of
from tetra.backtest.overlays import Financing, Overlays
from tetra.backtest.simulation import Simulation
from tetra.typing import FloatArray, IntArray

__all__ = ["Keep", "Simulation", "simulate"]


def simulate(
    target_weights: FloatArray,
    close: FloatArray,
    *,
    cost_rates: FloatArray,
    periods_per_year: float,
    open_price: FloatArray | None = None,
    high: FloatArray | None = None,
    low: FloatArray | None = None,
    window_start: int = 0,
    account_starts: IntArray | None = None,
    overlays: Overlays | None = None,
    financing: Financing | None = None,
    metrics: Sequence[str] = METRICS,
    keep: Collection[Keep] = (),
) -> Simulation:
    """Trade accounts by their target weights and return their metrics over the window.

    Parameters
    ----------
    target_weights : ndarray of shape (n_rows, n_bars)
        Weight wanted after each bar, as a fraction of capital; NaN means flat. Filled on the next bar.
    close : ndarray of shape (n_rows, n_bars)
        Prices at which equity is marked; NaN where a bar is missing.
    cost_rates : ndarray of shape (n_bars,)
        Cost of a fill as a fraction of the traded value, day by day; see ``tetra.backtest.costs``.
    periods_per_year : float
        252 for stock sessions, 365 for crypto on its own calendar.
    open_price : ndarray of shape (n_rows, n_bars), optional
        Prices of fills; where NaN, or without the array, fills are at the close.
    high, low : ndarray of shape (n_rows, n_bars), optional
        Prices at which stops are judged; where NaN, or without the arrays, they are judged at the close.
    window_start : int
        First bar that counts; those before it decide but hold nothing.
    account_starts : ndarray of int, shape (n_accounts + 1,), optional
        Rows ``account_starts[i]`` to before ``account_starts[i + 1]`` are the instruments of account i; without it each
        row is an account.
    overlays : Overlays, optional
        Sizing, stops and limits; none by default.
    financing : Financing, optional
        Interest; none by default.
    metrics : sequence of str
        Of ``METRICS``; only what is asked for is computed.
    keep : collection of {"returns", "weights", "trades"}
        What is kept beside metrics.

    Returns
    -------
    Simulation

    Raises
    ------
    BacktestError
        If an array is not C-contiguous float64 of the shape above, holds an infinity, a cost is negative, a metric is
        unknown, or a weight is so large that its costs would exceed it.
    """
    shape = check_shape(close)
    fields = {"target_weights": target_weights, "open_price": open_price, "high": high, "low": low}
    check_array("close", close, shape)
    for name, values in fields.items():
        if values is not None:
            check_array(name, values, shape)
    check_costs(cost_rates, shape[1])
    job = job_of(
        cost_rates,
        window_start=window_start,
        periods_per_year=periods_per_year,
        overlays=overlays,
        financing=financing,
        metrics=metrics,
        keep=keep,
    )
    starts = np.arange(shape[0] + 1) if account_starts is None else check_starts(account_starts, shape[0])
    absent = np.empty((shape[0], 0))
    bars = Bars(close, *(absent if values is None else values for values in (open_price, high, low)))
    made = job.room_for(starts.size - 1, shape[0])
    return job.finish(made, [job.run(target_weights, bars, starts, made)], [0])
