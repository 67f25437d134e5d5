"""The probability of backtest overfitting: ffn's numbers, a plain twin, and what it must say of noise and skill."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata
from tests.tetra.luck.made import made_returns

from tetra.errors import DataError
from tetra.luck.overfitting import probability_of_backtest_overfitting


def _twin(returns: np.ndarray, n_blocks: int) -> float:
    """Return the same, read off the paper."""
    size = returns.shape[0] // n_blocks
    blocks = returns[: size * n_blocks].reshape(n_blocks, size, -1)
    logits = []
    for chosen in itertools.combinations(range(n_blocks), n_blocks // 2):
        others = [block for block in range(n_blocks) if block not in chosen]
        halves = [np.concatenate(blocks[list(part)]) for part in (chosen, others)]
        within, beyond = (half.mean(axis=0) / half.std(axis=0, ddof=1) for half in halves)
        rank = rankdata(beyond)[np.argmax(within)] / (returns.shape[1] + 1)
        logits.append(math.log(rank / (1.0 - rank)))
    return float(np.mean(np.array(logits) <= 0.0))


def test_the_same_numbers_as_ffn() -> None:
    # ffn 1.4.1, calc_prob_backtest_overfitting
    returns = made_returns(1000, 20, seed=7)
    noise = np.random.default_rng(11).standard_normal((510, 9)) * 0.01
    assert probability_of_backtest_overfitting(returns) == pytest.approx(0.07334887334887336, abs=1e-12)
    assert probability_of_backtest_overfitting(returns[:999], n_blocks=8) == pytest.approx(
        0.04285714285714286, abs=1e-12
    )
    assert probability_of_backtest_overfitting(noise, n_blocks=10) == pytest.approx(0.5198412698412699, abs=1e-12)


def test_equal_strategies_share_their_rank_as_in_ffn() -> None:
    returns = made_returns(1000, 20, seed=7)
    with_copies = np.column_stack([returns[:, :5], returns[:, 2], returns[:, 4], returns[:, 4]])
    found = probability_of_backtest_overfitting(with_copies, n_blocks=8)
    assert found == pytest.approx(0.44285714285714284, abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 9), st.sampled_from([2, 4, 6, 8]), st.integers(0, 11), st.integers(0, 1000))
def test_the_plain_twin_agrees(n_strategies: int, n_blocks: int, left_over: int, seed: int) -> None:
    returns = made_returns(n_blocks * 12 + left_over, n_strategies, seed=seed)
    assert probability_of_backtest_overfitting(returns, n_blocks=n_blocks) == _twin(returns, n_blocks)


def test_skill_repeats_and_noise_does_not() -> None:
    noise = np.random.default_rng(4).standard_normal((1600, 30)) * 0.01
    skilled = noise + np.where(np.arange(30) == 7, 0.002, 0.0)
    assert probability_of_backtest_overfitting(skilled) < 0.01
    assert probability_of_backtest_overfitting(noise) > 0.3


def test_what_has_no_meaning_is_nan() -> None:
    flat = made_returns(400, 3, seed=1)
    flat[:, 1] = 0.001
    assert math.isnan(probability_of_backtest_overfitting(flat))
    assert math.isnan(probability_of_backtest_overfitting(flat[:, :1]))
    assert math.isnan(probability_of_backtest_overfitting(flat[:31]))


def test_an_odd_number_of_blocks_is_refused() -> None:
    with pytest.raises(DataError, match="7 blocks"):
        probability_of_backtest_overfitting(made_returns(100, 2, seed=1), n_blocks=7)
