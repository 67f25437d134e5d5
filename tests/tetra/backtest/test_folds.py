"""Splits into train and test bars: worked by hand, against skfolio, and the properties that keep them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tetra.backtest.folds import Fold, purged_k_folds, walk_forward_folds
from tetra.errors import BacktestError

UNHURRIED = settings(deadline=None)
"""Importing skfolio takes seconds."""


def bars(n_bars: int) -> Any:
    return np.zeros((n_bars, 1))


def test_the_train_part_rolls_and_the_last_test_part_takes_what_is_left() -> None:
    # 10 bars: train 4, leave 1 out, test 2; then 2 on
    assert walk_forward_folds(10, train_size=4, test_size=2, purged_size=1) == (
        Fold(((0, 4),), (5, 7)),
        Fold(((2, 6),), (7, 9)),
        Fold(((4, 8),), (9, 10)),
    )


def test_an_expanding_train_part_begins_at_the_first_bar() -> None:
    folds = walk_forward_folds(10, train_size=4, test_size=3, is_expanding=True)
    assert folds == (Fold(((0, 4),), (4, 7)), Fold(((0, 7),), (7, 10)))


def test_k_folds_train_on_both_sides_less_purge_and_embargo() -> None:
    # 11 bars in folds of 3, 3 and 5; 1 is purged on either side, 1 more is under embargo after
    assert purged_k_folds(11, test_size=3, purged_size=1, embargo_size=1) == (
        Fold(((5, 11),), (0, 3)),
        Fold(((0, 2), (8, 11)), (3, 6)),
        Fold(((0, 5),), (6, 11)),
    )


def test_train_bars_are_those_of_all_spans() -> None:
    np.testing.assert_array_equal(Fold(((0, 2), (8, 10)), (3, 6)).train_bars, [0, 1, 8, 9])


@UNHURRIED
@given(
    n_bars=st.integers(2, 120),
    train_size=st.integers(1, 60),
    test_size=st.integers(1, 40),
    purged_size=st.integers(0, 10),
    is_expanding=st.booleans(),
)
def test_walk_forward_is_skfolios(
    n_bars: int, train_size: int, test_size: int, purged_size: int, is_expanding: bool
) -> None:
    from skfolio.model_selection import WalkForward

    assume(train_size + purged_size < n_bars)
    made = walk_forward_folds(
        n_bars, train_size=train_size, test_size=test_size, purged_size=purged_size, is_expanding=is_expanding
    )
    theirs = WalkForward(
        train_size=train_size,
        test_size=test_size,
        purged_size=purged_size,
        expand_train=is_expanding,
        reduce_test=True,
    )
    splits = list(theirs.split(bars(n_bars)))
    assert len(made) == len(splits)
    for fold, (train, test) in zip(made, splits, strict=True):
        np.testing.assert_array_equal(fold.train_bars, train)
        np.testing.assert_array_equal(np.arange(*fold.test), test)


@UNHURRIED
@given(
    n_folds=st.integers(4, 8),
    test_size=st.integers(8, 14),
    rest=st.integers(0, 7),
    purged_size=st.integers(0, 3),
    embargo_size=st.integers(0, 3),
)
def test_what_k_folds_train_on_is_skfolios_around_the_same_test_bars(
    n_folds: int, test_size: int, rest: int, purged_size: int, embargo_size: int
) -> None:
    # skfolio tests at least two folds at once and trains on what two of ours both train on; it divides bars as we do
    # while less than a bar per fold is left over
    from skfolio.model_selection import CombinatorialPurgedCV

    n_bars = n_folds * test_size + min(rest, n_folds - 1)
    made = purged_k_folds(n_bars, test_size=test_size, purged_size=purged_size, embargo_size=embargo_size)
    theirs = CombinatorialPurgedCV(n_folds=n_folds, n_test_folds=2, purged_size=purged_size, embargo_size=embargo_size)
    compared = 0
    for train, tests in theirs.split(bars(n_bars)):
        pair = [fold for fold in made if any(np.array_equal(np.arange(*fold.test), test) for test in tests)]
        assert len(pair) == 2
        both = np.intersect1d(pair[0].train_bars, pair[1].train_bars)
        np.testing.assert_array_equal(both, train)
        compared += 1
    assert compared == n_folds * (n_folds - 1) // 2


@given(
    n_bars=st.integers(10, 300),
    train_size=st.integers(1, 100),
    test_size=st.integers(1, 60),
    purged_size=st.integers(0, 20),
    is_expanding=st.booleans(),
)
def test_no_train_bar_is_later_than_the_purge_allows_and_every_later_bar_is_tested_once(
    n_bars: int, train_size: int, test_size: int, purged_size: int, is_expanding: bool
) -> None:
    assume(train_size + purged_size < n_bars)
    folds = walk_forward_folds(
        n_bars, train_size=train_size, test_size=test_size, purged_size=purged_size, is_expanding=is_expanding
    )
    for fold in folds:
        assert fold.train_bars[-1] + purged_size + 1 == fold.test[0]
        assert fold.train_bars.size >= train_size
    tested = np.concatenate([np.arange(*fold.test) for fold in folds])
    np.testing.assert_array_equal(tested, np.arange(train_size + purged_size, n_bars))


@given(
    n_bars=st.integers(40, 300),
    test_size=st.integers(4, 20),
    purged_size=st.integers(0, 6),
    embargo_size=st.integers(0, 6),
)
def test_every_bar_is_tested_once_and_none_near_it_is_trained_on(
    n_bars: int, test_size: int, purged_size: int, embargo_size: int
) -> None:
    folds = purged_k_folds(n_bars, test_size=test_size, purged_size=purged_size, embargo_size=embargo_size)
    np.testing.assert_array_equal(np.concatenate([np.arange(*fold.test) for fold in folds]), np.arange(n_bars))
    for fold in folds:
        start, stop = fold.test
        near = np.arange(start - purged_size, stop + purged_size + embargo_size)
        assert np.intersect1d(fold.train_bars, near).size == 0
        assert set(range(n_bars)) == {*fold.train_bars.tolist(), *near.tolist()} & set(range(n_bars))


def test_a_new_bar_moves_no_fold_that_was_there() -> None:
    before = walk_forward_folds(1000, train_size=252, test_size=126, purged_size=5)
    after = walk_forward_folds(1001, train_size=252, test_size=126, purged_size=5)
    assert after[: len(before) - 1] == before[:-1]
    assert after[len(before) - 1].train == before[-1].train


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"train_size": 252, "test_size": 21}, "100 bars are too few for a fold: train_size 252 .* lower them to 99"),
        ({"train_size": 90, "test_size": 5, "purged_size": 10}, "train_size 90 and purged_size 10 leave none"),
        ({"train_size": 0, "test_size": 5}, "train_size is 0; it counts bars and is at least 1"),
        ({"train_size": 5, "test_size": 0}, "test_size is 0; it counts bars and is at least 1"),
        ({"train_size": 5, "test_size": 5, "purged_size": -1}, "purged_size is -1; it counts bars and is at least 0"),
    ],
)
def test_a_walk_that_cannot_be_is_named(sizes: dict[str, int], message: str) -> None:
    with pytest.raises(BacktestError, match=message):
        walk_forward_folds(100, **sizes)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"test_size": 51}, "100 bars are too few for two folds of test_size 51; lower it to 50"),
        ({"test_size": 50, "purged_size": 40, "embargo_size": 10}, "nothing is left to train on around .* 0 to 49"),
        ({"test_size": 0}, "test_size is 0"),
        ({"test_size": 10, "embargo_size": -1}, "embargo_size is -1"),
    ],
)
def test_k_folds_that_cannot_be_are_named(sizes: dict[str, int], message: str) -> None:
    with pytest.raises(BacktestError, match=message):
        purged_k_folds(100, **sizes)
