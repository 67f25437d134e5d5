"""How many different things were tried."""

from __future__ import annotations

import numpy as np
import pytest

from tetra.luck.effective_trials import cluster_labels, effective_trials, trial_variance

DAYS = 2000


def _families(*, sizes: tuple[int, ...], share: float, seed: int = 3) -> np.ndarray:
    """Return returns of families; within one, correlation is ``share``."""
    rng = np.random.default_rng(seed)
    columns = []
    for size in sizes:
        common = rng.standard_normal((DAYS, 1))
        columns.append(np.sqrt(share) * common + np.sqrt(1.0 - share) * rng.standard_normal((DAYS, size)))
    return np.column_stack(columns)


def test_trials_that_move_together_count_once() -> None:
    labels = cluster_labels(_families(sizes=(5, 3, 1), share=0.9))
    assert [len(set(part)) for part in (labels[:5], labels[5:8], labels[8:])] == [1, 1, 1]
    assert effective_trials(labels, n_ever=9) == 3.0


def test_trials_that_share_less_than_half_count_each() -> None:
    assert effective_trials(cluster_labels(_families(sizes=(6,), share=0.3)), n_ever=6) == 6.0


def test_a_trial_and_its_mirror_image_are_two() -> None:
    one = np.random.default_rng(1).standard_normal((DAYS, 1))
    assert effective_trials(cluster_labels(np.hstack([one, -one, 2.0 * one])), n_ever=3) == 2.0


def test_dropped_trials_count_as_those_that_are_left_do() -> None:
    labels = np.array([1, 1, 2, 2])  # two of four
    assert effective_trials(labels, n_ever=10) == 5.0
    assert effective_trials(labels, n_ever=0) == 2.0  # those at hand count even where the ledger knows none


def test_one_trial_is_one() -> None:
    assert effective_trials(cluster_labels(np.ones((5, 1))), n_ever=1) == 1.0


def test_copies_do_not_vary_less_than_chance() -> None:
    assert trial_variance(np.full(50, 0.03), n_periods=1001) == pytest.approx(1e-3)
    assert trial_variance(np.array([0.0, 0.2]), n_periods=1001) == pytest.approx(0.02)
    assert trial_variance(np.array([0.1]), n_periods=1001) == pytest.approx(1e-3)
