"""How the bars of a history are split into parts to choose parameters on and parts to judge the choice in.

Every split is of bar numbers alone and knows no prices. Spans are half-open: ``(0, 252)`` is the first 252 bars.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.errors import BacktestError
from tetra.typing import IntArray

Span = tuple[int, int]
"""Bars from the first to before the second."""


@dataclass(frozen=True)
class Fold:
    """One split.

    Parameters
    ----------
    train : tuple of Span
        In order; one, or two where the test part lies between them. None is empty.
    test : Span
    """

    train: tuple[Span, ...]
    test: Span

    @property
    def train_bars(self) -> IntArray:
        """Bar numbers of the train part, in order."""
        return np.concatenate([np.arange(*span, dtype=np.int64) for span in self.train])


def walk_forward_folds(
    n_bars: int, *, train_size: int, test_size: int, purged_size: int = 0, is_expanding: bool = False
) -> tuple[Fold, ...]:
    """Return folds whose train part lies before the test part, one test part after the other.

    Parameters
    ----------
    n_bars : int
    train_size : int
        Bars of the train part; of the first one where it expands.
    test_size : int
        Bars of a test part. The last one takes the bars that are left, be they fewer: they are the newest.
    purged_size : int
        Bars left out between the two.
    is_expanding : bool
        Whether every train part begins at the first bar; else it rolls along.

    Returns
    -------
    tuple of Fold
        The test parts adjoin and end at the last bar.

    Raises
    ------
    BacktestError
        If a size is out of range, or there are too few bars for one fold.

    Notes
    -----
    Agrees with ``skfolio.model_selection.WalkForward`` (``reduce_test=True``).
    """
    _check_size("train_size", train_size, least=1)
    _check_size("test_size", test_size, least=1)
    _check_size("purged_size", purged_size, least=0)
    first_test = train_size + purged_size
    if first_test >= n_bars:
        raise BacktestError(
            f"{n_bars} bars are too few for a fold: train_size {train_size} and purged_size {purged_size} leave none to"
            f" test on; lower them to {n_bars - 1} together, or bring a longer history"
        )
    folds = []
    for start in range(first_test, n_bars, test_size):
        train_stop = start - purged_size
        train_start = 0 if is_expanding else train_stop - train_size
        folds.append(Fold(((train_start, train_stop),), (start, min(start + test_size, n_bars))))
    return tuple(folds)


def purged_k_folds(n_bars: int, *, test_size: int, purged_size: int = 0, embargo_size: int = 0) -> tuple[Fold, ...]:
    """Return folds that test each bar once and train on the bars on both sides, less what is too near the test part.

    Parameters
    ----------
    n_bars : int
    test_size : int
        Bars of a test part; the last one takes what is left beside it, so it is longer by up to ``test_size - 1``.
    purged_size : int
        Bars left out of the train part before the test part, and after it.
    embargo_size : int
        Bars left out after the test part beyond these: what follows a test part remembers it.

    Returns
    -------
    tuple of Fold
        The test parts adjoin and cover every bar.

    Raises
    ------
    BacktestError
        If a size is out of range, there are too few bars for two folds, or one has nothing to train on.

    Notes
    -----
    Train parts agree with those of ``skfolio.model_selection.CombinatorialPurgedCV`` around the same test bars.

    References
    ----------
    .. [1] Lopez de Prado (2018), "Advances in Financial Machine Learning", sections 7.4.1 and 7.4.2.
    """
    _check_size("test_size", test_size, least=1)
    _check_size("purged_size", purged_size, least=0)
    _check_size("embargo_size", embargo_size, least=0)
    n_folds = n_bars // test_size
    if n_folds < 2:
        raise BacktestError(
            f"{n_bars} bars are too few for two folds of test_size {test_size}; lower it to {max(n_bars // 2, 1)}, or"
            " bring a longer history"
        )
    starts = [fold * test_size for fold in range(n_folds)]
    tests = zip(starts, [*starts[1:], n_bars], strict=True)
    return tuple(
        Fold(_train_around(test, n_bars, before=purged_size, after=purged_size + embargo_size), test) for test in tests
    )


def _train_around(test: Span, n_bars: int, *, before: int, after: int) -> tuple[Span, ...]:
    sides = ((0, test[0] - before), (test[1] + after, n_bars))
    train = tuple((start, stop) for start, stop in sides if start < stop)
    if not train:
        raise BacktestError(
            f"nothing is left to train on around the test part of bars {test[0]} to {test[1] - 1} of {n_bars}: purge"
            f" and embargo take {before} before and {after} after it; lower purged_size or embargo_size"
        )
    return train


def _check_size(name: str, value: int, *, least: int) -> None:
    if value < least:
        raise BacktestError(f"{name} is {value}; it counts bars and is at least {least}")
