"""Null twins: the weights a strategy held, in the order it held them, laid over the same days in shuffled order.

A twin has the strategy's exposure, leverage, turnover and holding times and meets the same returns, of all instruments
jointly, at dates that have nothing to do with its decisions. How many of them time as well as the strategy did is its
p-value. (Re-running strategies on permuted prices asks another question, and was measured to miss even an oracle.)

What is compared is weights times returns, without costs: they are the same for all twins. From a twin too its own mean
weight is taken off: where instruments are listed over time, weights laid over an earlier day hold less.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from threadpoolctl import threadpool_limits

from tetra.compiled import compiled
from tetra.errors import DataError
from tetra.luck.observations import LEAST_SESSIONS
from tetra.metrics.checks import ROUNDING, finite
from tetra.typing import BoolArray, FloatArray, IntArray

N_TWINS = 999
"""So that a p-value is a whole number of thousandths."""

DAYS_AT_ONCE = 256
"""Days whose weights meet all dates in one matrix product: 5 MB for ten years."""

TIED_WITHIN = 1e-9
"""Sharpe ratios this close, relatively, differ by rounding; ties count for the twin."""


def permuted_dates(n_days: int, *, rng: Generator, n_twins: int = N_TWINS) -> IntArray:
    """Return the dates that twins meet, shape (n_days, n_twins): one permutation a column, for all strategies alike."""
    return rng.permuted(np.tile(np.arange(n_days)[:, None], (1, n_twins)), axis=0)


def on_kept_days(dates: IntArray, is_kept: BoolArray) -> IntArray:
    """Return the same permutations of some of the days alone, numbered anew, shape (n_kept, n_twins)."""
    place = np.cumsum(is_kept) - 1
    by_twin = dates.T
    kept: IntArray = place[by_twin[is_kept[by_twin]]].reshape(dates.shape[1], -1).T
    return kept


def null_twin_p_value(
    weights: FloatArray,
    returns: FloatArray,
    *,
    capital: FloatArray,
    buy_and_hold: FloatArray,
    dates: IntArray,
) -> float:
    """Return ``(1 + twins that time as well) / (twins + 1)``, by the Sharpe ratio of timing returns.

    Parameters
    ----------
    weights : ndarray of shape (n_rows, n_days)
        Held over each day's return, so decided before it; 0 where nothing is held. Of an engine's run:
        ``held_weights.weights_and_moves``.
    returns : ndarray of shape (n_rows, n_days)
        Of the instruments, divided by the number of accounts among which the portfolio spreads its capital that day
        (one, if it is a panel): weights times returns sum to the portfolio's return. 0 where an instrument has none.
    capital : ndarray of shape (n_rows, n_days)
        What a weight of one in a row adds to the portfolio's net weight that day: one over the number of accounts, half
        of that where a day has two parts; 0 where the row's instrument has no bar.
    buy_and_hold : ndarray of shape (n_days,)
        Returns of the portfolio's cells bought and held.
    dates : ndarray of int, shape (n_days, n_twins)
        ``permuted_dates``.

    Returns
    -------
    float
        In (0, 1]; NaN with fewer than ``LEAST_SESSIONS`` days, or if the timing returns do not vary.

    Raises
    ------
    DataError
        If shapes do not fit, or a value is not finite.
    """
    held, moves = finite(weights, name="weights"), finite(returns)
    shares, benchmark = finite(capital, name="shares of capital"), finite(buy_and_hold, name="buy and hold returns")
    n_days = benchmark.size
    if not (held.shape == moves.shape == shares.shape and held.shape[1] == n_days == dates.shape[0]):
        raise DataError(
            f"weights {held.shape}, returns {moves.shape}, capital {shares.shape}, buy_and_hold {benchmark.shape} and "
            f"dates {dates.shape} must be of the same days"
        )
    if n_days < LEAST_SESSIONS:
        return float("nan")
    sharpe_ratios = _sharpe_ratios(held, moves, shares, benchmark, dates)
    observed, twins = sharpe_ratios[0], sharpe_ratios[1:]
    if np.isnan(observed):
        return float("nan")
    as_good = twins >= observed - TIED_WITHIN * abs(observed)
    return float((1 + as_good.sum()) / (twins.size + 1))


def _sharpe_ratios(
    weights: FloatArray, returns: FloatArray, capital: FloatArray, benchmark: FloatArray, dates: IntArray
) -> FloatArray:
    """Return the Sharpe ratio on the dates as they were, then those of the twins."""
    n_days = benchmark.size
    met = np.ascontiguousarray(np.column_stack([np.arange(n_days), dates]))
    # instruments are listed and missing on few days: most days share their capital as others do
    ways, way_of = np.unique(capital, axis=1, return_inverse=True)
    mean_weight = float((weights * capital).sum()) / n_days
    sums = np.zeros((4, met.shape[1]))
    for first in range(0, n_days, DAYS_AT_ONCE):
        days = slice(first, min(first + DAYS_AT_ONCE, n_days))
        with threadpool_limits(limits=1):  # sums in another order would make other digits on another machine
            held = np.ascontiguousarray(weights[:, days].T)
            # what each day's weights would have made of every date's returns, and what they would have held of them
            timed = held @ returns - mean_weight * benchmark
            exposed = held @ ways
        _add_days(timed, exposed, benchmark, way_of.reshape(-1), met[days], sums)
    earned, squares, crossed, exposure = sums / n_days
    beyond = exposure - mean_weight
    mean = earned - beyond * benchmark.mean()
    square = squares - 2.0 * beyond * crossed + beyond**2 * (benchmark**2).mean()
    deviation = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.where(deviation > ROUNDING, mean / np.maximum(deviation, ROUNDING), np.nan)


@compiled()
def _add_days(
    timed: FloatArray, exposed: FloatArray, benchmark: FloatArray, way_of: IntArray, met: IntArray, sums: FloatArray
) -> None:
    for day in range(met.shape[0]):
        for twin in range(met.shape[1]):
            date = met[day, twin]
            value = timed[day, date]
            sums[0, twin] += value
            sums[1, twin] += value * value
            sums[2, twin] += value * benchmark[date]
            sums[3, twin] += exposed[day, way_of[date]]
