"""Probability of backtest overfitting (PBO): how often the best half the time is below the median the other half.

Combinatorially symmetric cross-validation: the days are cut into blocks, every choice of half of the blocks is once
the sample on which the best Sharpe ratio is picked, and the rest is where its rank is looked up. It judges the
choosing, not a strategy: near 0 the best stays good, at one half it could as well be drawn.

References
----------
.. [1] Bailey, Borwein, Lopez de Prado and Zhu (2017), "The Probability of Backtest Overfitting", Journal of
   Computational Finance 20(4), 39-69.
"""

from __future__ import annotations

import itertools

import numpy as np

from tetra.compiled import compiled
from tetra.errors import DataError
from tetra.metrics.checks import ROUNDING, finite
from tetra.typing import BoolArray, FloatArray

N_BLOCKS = 16
"""12,870 ways to choose half of them."""


def probability_of_backtest_overfitting(returns: FloatArray, *, n_blocks: int = N_BLOCKS) -> float:
    """Return the share of splits in which the best in sample is at or below the median out of sample.

    Parameters
    ----------
    returns : ndarray of shape (n_days, n_strategies)
        Finite. Days beyond a multiple of ``n_blocks`` are left off at the end.
    n_blocks : int
        Even.

    Returns
    -------
    float
        In [0, 1]; NaN with fewer than two strategies or two days a block, or where a strategy has no volatility in one
        of the halves.

    Raises
    ------
    DataError
        If ``n_blocks`` is odd or not positive, or a return is not finite.

    Notes
    -----
    Of equal Sharpe ratios the first is the best in sample, and they share their mean rank out of sample. Equals
    ``ffn.calc_prob_backtest_overfitting``. Sums per block are all a Sharpe ratio needs, so each split costs additions
    of ``n_blocks`` rows.
    """
    checked = finite(returns)
    if n_blocks < 2 or n_blocks % 2:
        raise DataError(f"{n_blocks} blocks cannot be halved; pass an even number")
    n_days, n_strategies = checked.shape
    size = n_days // n_blocks
    if size < 2 or n_strategies < 2:
        return float("nan")
    used = checked[: size * n_blocks]
    mean = used.mean(axis=0)
    # sums of squares around the mean, not around zero, keep their digits
    blocks = (used - mean).reshape(n_blocks, size, n_strategies)
    is_first_half = _halves(n_blocks)
    low = _count_at_or_below_median(blocks.sum(axis=1), (blocks**2).sum(axis=1), mean, size, is_first_half)
    return float("nan") if low < 0 else low / (2 * is_first_half.shape[0])


def _halves(n_blocks: int) -> BoolArray:
    """Return the choices that hold block 0, shape (n_splits / 2, n_blocks): each stands for its complement too."""
    chosen = list(itertools.combinations(range(1, n_blocks), n_blocks // 2 - 1))
    halves = np.zeros((len(chosen), n_blocks), dtype=np.bool_)
    halves[:, 0] = True
    halves[np.arange(len(chosen))[:, None], np.array(chosen, dtype=np.int64).reshape(len(chosen), -1)] = True
    return halves


@compiled()
def _count_at_or_below_median(
    sums: FloatArray, squares: FloatArray, mean: FloatArray, size: int, is_first_half: BoolArray
) -> int:
    # plain loops, not a matrix product: equal columns must give equal sums, or ties would be broken by rounding
    n_strategies = sums.shape[1]
    first = np.empty(n_strategies)
    second = np.empty(n_strategies)
    low = 0
    for split in range(is_first_half.shape[0]):
        is_defined = _sharpe_ratios(sums, squares, mean, size, is_first_half[split], True, first)
        if not (is_defined and _sharpe_ratios(sums, squares, mean, size, is_first_half[split], False, second)):
            return -1
        low += _is_at_or_below_median(second, int(np.argmax(first)))
        low += _is_at_or_below_median(first, int(np.argmax(second)))
    return low


@compiled()
def _sharpe_ratios(
    sums: FloatArray,
    squares: FloatArray,
    mean: FloatArray,
    size: int,
    is_chosen: BoolArray,
    which: bool,
    sharpe_ratios: FloatArray,
) -> bool:
    n_days = size * (sums.shape[0] // 2)
    total = np.zeros(sums.shape[1])
    square = np.zeros(sums.shape[1])
    for block in range(sums.shape[0]):
        if is_chosen[block] == which:
            total += sums[block]
            square += squares[block]
    for strategy in range(sums.shape[1]):
        centre = total[strategy] / n_days
        variance = (square[strategy] - n_days * centre * centre) / (n_days - 1)
        if not variance > ROUNDING * ROUNDING:
            return False
        sharpe_ratios[strategy] = (mean[strategy] + centre) / np.sqrt(variance)
    return True


@compiled()
def _is_at_or_below_median(sharpe_ratios: FloatArray, chosen: int) -> int:
    below = 0
    equal = 0
    for strategy in range(sharpe_ratios.size):
        below += sharpe_ratios[strategy] < sharpe_ratios[chosen]
        equal += sharpe_ratios[strategy] == sharpe_ratios[chosen]
    # its mean rank is below + (equal + 1) / 2, the median's (n + 1) / 2
    return 1 if 2 * below + equal + 1 <= sharpe_ratios.size + 1 else 0
