"""All metrics of a return series in one compiled call; ``tetra.metrics`` defines them and is the slow twin."""

from __future__ import annotations

import math

import numba
import numpy as np

from tetra.backtest.columns import RETURN_METRICS
from tetra.compiled import compiled
from tetra.metrics.checks import PEAK_ROUNDING, ROUNDING
from tetra.typing import FloatArray


@compiled()
def growth(returns: FloatArray, periods_per_year: float, metrics: FloatArray) -> None:
    """Write total return, cagr, drawdown, its duration and the Calmar ratio of one series."""
    equity = 1.0
    peak = 1.0
    peak_period = 0
    deepest = 0.0
    longest = 0
    for period in range(returns.size):
        equity *= 1.0 + returns[period]
        if equity >= peak * (1.0 - PEAK_ROUNDING):
            if peak_period < period:  # below the peak until now: this period is the recovery
                longest = max(longest, period + 1 - peak_period)
            peak = max(peak, equity)
            peak_period = period + 1
        else:
            deepest = min(deepest, equity / peak - 1.0)
            longest = max(longest, period + 1 - peak_period)
    metrics[0] = equity - 1.0
    metrics[7] = deepest
    metrics[8] = longest
    if returns.size >= 2 and equity >= 0.0:
        rate = equity ** (periods_per_year / returns.size) - 1.0
        metrics[1] = rate if math.isfinite(rate) else np.nan
        metrics[6] = metrics[1] / -deepest if -deepest >= ROUNDING else np.nan


@compiled()
def moments(returns: FloatArray, periods_per_year: float, metrics: FloatArray) -> None:
    """Write mean, volatility, Sharpe, Sortino, skew and kurtosis of one series into ``metrics``."""
    n = returns.size
    mean = returns.sum() / n
    second = 0.0
    third = 0.0
    fourth = 0.0
    shortfall = 0.0
    for value in returns:
        centred = value - mean
        square = centred * centred
        second += square
        third += square * centred
        fourth += square * square
        if value < 0.0:
            shortfall += value * value
    deviation = math.sqrt(second / (n - 1))
    root_year = math.sqrt(periods_per_year)
    metrics[2] = mean * periods_per_year
    metrics[3] = deviation * root_year
    if deviation >= ROUNDING:
        metrics[4] = mean / deviation * root_year
    downside = math.sqrt(shortfall / n)
    if downside >= ROUNDING:
        metrics[5] = mean / downside * root_year
    population = math.sqrt(second / n)
    if population >= ROUNDING:
        metrics[13] = third / n / population**3
        metrics[14] = fourth / n / population**4 - 3.0


@compiled()
def tail(returns: FloatArray, metrics: FloatArray) -> None:
    """Write value at risk and expected shortfall at 95 and 99 % of one series into ``metrics``."""
    n = returns.size
    last = min(int((n - 1) * (1.0 - 0.95)) + 1, n - 1)
    # only the worst returns are ever looked at: select them, then sort those few
    worst = np.sort(np.partition(returns, last)[: last + 1])
    for place, confidence_level in enumerate((0.95, 0.99)):
        position = (n - 1) * (1.0 - confidence_level)
        below = int(position)
        above = min(below + 1, n - 1)
        metrics[9 + place] = -(worst[below] + (position - below) * (worst[above] - worst[below]))
        metrics[11 + place] = -worst[: below + 1].sum() / (below + 1)


@compiled()
def against_benchmark(returns: FloatArray, benchmark: FloatArray, metrics: FloatArray) -> None:
    """Write excess return and beta of one series into ``metrics``; needs the total return there already."""
    held = 1.0
    for value in benchmark:
        held *= 1.0 + value
    metrics[15] = metrics[0] - (held - 1.0)
    if returns.size < 2:
        return
    mean = benchmark.sum() / benchmark.size
    covariance = 0.0
    variance = 0.0
    for period in range(returns.size):
        centred = benchmark[period] - mean
        covariance += centred * returns[period]
        variance += centred * centred
    if math.sqrt(variance / benchmark.size) >= ROUNDING:
        metrics[16] = covariance / variance


@compiled()
def summarize_row(returns: FloatArray, benchmark: FloatArray, periods_per_year: float, metrics: FloatArray) -> None:
    """Write the return metrics of one series into the first ``RETURN_METRICS`` places of ``metrics``."""
    metrics[:RETURN_METRICS] = np.nan
    growth(returns, periods_per_year, metrics)
    against_benchmark(returns, benchmark, metrics)
    if returns.size >= 2:
        moments(returns, periods_per_year, metrics)
        tail(returns, metrics)


@compiled(parallel=True)
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
    for row in numba.prange(returns.shape[0]):
        summarize_row(returns[row], benchmark[row], periods_per_year, metrics[row])
