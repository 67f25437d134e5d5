"""Metrics of a return series in one compiled call; ``tetra.metrics`` defines them and is the slow twin."""

from __future__ import annotations

import math

import numpy as np

from tetra.backtest.columns import (
    BENCHMARK,
    DRAWDOWN,
    DURATION,
    EVERY_PART,
    GROWTH,
    RETURN_METRICS,
    SHAPE,
    SPREAD,
    TAIL,
)
from tetra.backtest.tails import tail
from tetra.compiled import compiled
from tetra.metrics.checks import PEAK_ROUNDING, ROUNDING
from tetra.typing import FloatArray


@compiled(inline=True)
def returns_of(equity: FloatArray, returns: FloatArray) -> None:
    """Write the return of each bar from equity at closes, starting from 1; 0 once nothing is left."""
    returns[0] = equity[0] - 1.0
    before, after, made = equity[:-1], equity[1:], returns[1:]
    for place in range(made.size):
        made[place] = after[place] / before[place] - 1.0 if before[place] > 0.0 else 0.0


@compiled(inline=True)
def growth(final: float, n_periods: int, periods_per_year: float, metrics: FloatArray) -> None:
    """Write total return and cagr, from what equity grew to."""
    metrics[0] = final - 1.0
    if n_periods >= 2 and final >= 0.0:
        rate = final ** (periods_per_year / n_periods) - 1.0
        metrics[1] = rate if math.isfinite(rate) else np.nan


@compiled(inline=True)
def drawdown(equity: FloatArray, room: FloatArray, metrics: FloatArray) -> None:
    """Write the maximum drawdown; ``room``, at least as long as ``equity``, is written over.

    In three passes without a branch: whether a bar is a new peak, or a new low, cannot be predicted.
    """
    peak = 1.0
    for place in range(equity.size):
        peak = equity[place] if equity[place] > peak else peak
        room[place] = peak
    for place in range(equity.size):
        room[place] = equity[place] / room[place]
    deepest = lowest(room[: equity.size], 1.0)
    metrics[7] = deepest - 1.0 if deepest < 1.0 - PEAK_ROUNDING else 0.0


@compiled(inline=True)
def lowest(values: FloatArray, limit: float) -> float:
    """Return the lowest of the values and a limit."""
    a = b = c = d = limit  # four at once: a comparison waits for the one before it
    whole = values.size - values.size % 4
    for place in range(0, whole, 4):
        a = values[place] if values[place] < a else a
        b = values[place + 1] if values[place + 1] < b else b
        c = values[place + 2] if values[place + 2] < c else c
        d = values[place + 3] if values[place + 3] < d else d
    for place in range(whole, values.size):
        a = values[place] if values[place] < a else a
    return min(min(a, b), min(c, d))


@compiled(inline=True)
def duration(equity: FloatArray, metrics: FloatArray) -> None:
    """Write the longest time from a peak to the recovery of its level, or to the end without one."""
    level = 1.0 - PEAK_ROUNDING  # at which the peak is reached again
    below = longest = 0  # periods below the level: up to now, and at most before a recovery
    for place in range(equity.size):  # selections, not branches: what comes next cannot be predicted
        is_back = equity[place] >= level
        recovered = below if is_back else 0
        longest = recovered if recovered > longest else longest
        below = 0 if is_back else below + 1
        reached = equity[place] * (1.0 - PEAK_ROUNDING)
        level = reached if reached > level else level
    metrics[8] = max(longest + 1 if longest > 0 else 0, below)


@compiled(inline=True)
def spread(returns: FloatArray, n_periods: int, periods_per_year: float, metrics: FloatArray) -> tuple[float, float]:
    """Write mean, volatility and Sharpe ratio; return the mean and the sum of squares around it."""
    mean = total(returns) / n_periods
    second = squares_around(returns, mean) + (n_periods - returns.size) * mean * mean
    deviation = math.sqrt(second / (n_periods - 1))
    root_year = math.sqrt(periods_per_year)
    metrics[2] = mean * periods_per_year
    metrics[3] = deviation * root_year
    if deviation >= ROUNDING:
        metrics[4] = mean / deviation * root_year
    return mean, second


@compiled(inline=True, reorders=True)
def total(values: FloatArray) -> float:
    """Return the sum."""
    added = 0.0
    for place in range(values.size):
        added += values[place]
    return added


@compiled(inline=True, reorders=True)
def squares_around(values: FloatArray, mean: float) -> float:
    """Return the sum of squared deviations from ``mean``."""
    added = 0.0
    for place in range(values.size):
        added += (values[place] - mean) ** 2
    return added


@compiled()
def shape(
    returns: FloatArray, n: int, mean: float, second: float, periods_per_year: float, metrics: FloatArray
) -> None:
    """Write Sortino ratio, skew and excess kurtosis of ``n`` periods."""
    third, fourth, shortfall = higher_sums(returns, mean)
    third -= (n - returns.size) * mean**3
    fourth += (n - returns.size) * mean**4
    downside = math.sqrt(shortfall / n)
    if downside >= ROUNDING:
        metrics[5] = mean / downside * math.sqrt(periods_per_year)
    population = math.sqrt(second / n)
    if population >= ROUNDING:
        metrics[13] = third / n / population**3
        metrics[14] = fourth / n / population**4 - 3.0


@compiled(inline=True, reorders=True)
def higher_sums(values: FloatArray, mean: float) -> tuple[float, float, float]:
    """Return the sums of third and fourth powers around ``mean``, and of squares of what is below zero."""
    third = fourth = loss = 0.0
    for place in range(values.size):
        deviation = values[place] - mean
        square = deviation * deviation
        third += square * deviation
        fourth += square * square
        loss += values[place] * values[place] if values[place] < 0.0 else 0.0
    return third, fourth, loss


@compiled()
def against_benchmark(returns: FloatArray, benchmark: FloatArray, held: float, metrics: FloatArray) -> None:
    """Write excess return over what holding grew to, and beta; needs the total return there already."""
    metrics[15] = metrics[0] - (held - 1.0)
    if returns.size < 2:
        return
    mean = total(benchmark) / benchmark.size
    variance = squares_around(benchmark, mean)
    if math.sqrt(variance / benchmark.size) >= ROUNDING:
        metrics[16] = products_around(benchmark, mean, returns) / variance


@compiled(inline=True, reorders=True)
def products_around(values: FloatArray, mean: float, others: FloatArray) -> float:
    """Return the sum of deviations from ``mean`` times the others."""
    added = 0.0
    for place in range(values.size):
        added += (values[place] - mean) * others[place]
    return added


@compiled(inline=True)
def summarize_row(
    equity: FloatArray,
    returns: FloatArray,
    benchmark: FloatArray,
    held: float,
    n_periods: int,
    periods_per_year: float,
    parts: int,
    room: FloatArray,
    metrics: FloatArray,
) -> None:
    """Write the return metrics of one series into the first ``RETURN_METRICS`` places of ``metrics``.

    Parameters
    ----------
    equity, returns, benchmark : ndarray of shape (n_periods,)
        Equity after each period from a capital of 1, its returns, and those of buy and hold, read if a part needs them.
        Periods in which equity stood still may be left out of the first two where duration, tail and benchmark are not
        asked for.
    held : float
        What buy and hold grew to.
    n_periods : int
    periods_per_year : float
    parts : int
        What is computed; see ``columns.PARTS``. The rest is NaN.
    room : ndarray of shape (at least n_periods,)
        Scratch.
    metrics : ndarray of shape (at least RETURN_METRICS,)
    """
    metrics[:RETURN_METRICS] = np.nan
    if parts & GROWTH:
        growth(equity[-1], n_periods, periods_per_year, metrics)
    if parts & DRAWDOWN:
        drawdown(equity, room, metrics)
        if -metrics[7] >= ROUNDING:
            metrics[6] = metrics[1] / -metrics[7]
    if parts & DURATION:
        duration(equity, metrics)
    if parts & BENCHMARK:
        against_benchmark(returns, benchmark, held, metrics)
    if parts & SPREAD and n_periods >= 2:
        mean, second = spread(returns, n_periods, periods_per_year, metrics)
        if parts & SHAPE:
            shape(returns, n_periods, mean, second, periods_per_year, metrics)
        if parts & TAIL:
            tail(returns, mean, math.sqrt(second / returns.size), metrics)


@compiled()
def growth_of(returns: FloatArray) -> float:
    """Return what returns compound to."""
    grown = 1.0
    for value in returns:
        grown *= 1.0 + value
    return grown


@compiled()
def summarize(returns: FloatArray, benchmark: FloatArray, periods_per_year: float, metrics: FloatArray) -> None:
    """Write the return metrics of many series.

    Parameters
    ----------
    returns, benchmark : ndarray of shape (n_series, n_periods)
        Simple returns, finite, C-contiguous.
    periods_per_year : float
        252 for stock sessions.
    metrics : ndarray of shape (n_series, at least RETURN_METRICS)
        Written to, in the order of ``METRICS``; NaN where undefined.
    """
    room = np.empty(returns.shape[1])
    for row in range(returns.shape[0]):
        equity = np.cumprod(1.0 + returns[row])
        held = growth_of(benchmark[row])
        summarize_row(
            equity,
            returns[row],
            benchmark[row],
            held,
            returns.shape[1],
            periods_per_year,
            EVERY_PART,
            room,
            metrics[row],
        )
