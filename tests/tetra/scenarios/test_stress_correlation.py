from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tetra.errors import ScenarioError
from tetra.scenarios.stress_correlation import (
    mean_correlation,
    nearest_correlation,
    raised_correlation,
    recolour,
    set_correlation,
)
from tetra.typing import FloatArray

SIZES = st.integers(2, 12)
SEEDS = st.integers(0, 10_000)


def sample_correlation(series: int, seed: int, *, days: int = 60) -> FloatArray:
    """Correlation of series with a common part; singular with fewer days than series."""
    rng = np.random.default_rng(seed)
    returns = 0.5 * rng.standard_normal(days) + rng.standard_normal((series, days))
    return np.corrcoef(returns)


def smallest_eigenvalue(matrix: FloatArray) -> float:
    return float(np.linalg.eigvalsh(matrix)[0])


def test_an_impossible_matrix_becomes_a_near_one_that_is_possible() -> None:
    # three series cannot all have -0.9 with each other: the least mean is -1 / 2
    wanted = np.full((3, 3), -0.9) + 1.9 * np.eye(3)
    assert smallest_eigenvalue(wanted) < -0.7
    made = nearest_correlation(wanted)
    np.testing.assert_allclose(made, np.full((3, 3), -0.5) + 1.5 * np.eye(3), atol=1e-12)


@given(size=SIZES, seed=SEEDS)
def test_any_symmetric_matrix_becomes_positive_semi_definite_with_a_unit_diagonal(size: int, seed: int) -> None:
    wanted = np.random.default_rng(seed).uniform(-1, 1, (size, size))
    wanted = (wanted + wanted.T) / 2
    np.fill_diagonal(wanted, 1.0)
    made = nearest_correlation(wanted)
    assert smallest_eigenvalue(made) > -1e-10
    np.testing.assert_array_equal(np.diag(made), 1.0)
    assert (np.abs(made) <= 1 + 1e-12).all()


@given(size=SIZES, seed=SEEDS)
def test_a_correlation_matrix_is_its_own_nearest(size: int, seed: int) -> None:
    correlation = sample_correlation(size, seed)
    np.testing.assert_allclose(nearest_correlation(correlation), correlation, atol=1e-10)


@given(size=SIZES, seed=SEEDS, target=st.floats(0, 0.99), days=st.sampled_from([5, 60]))
def test_raised_correlations_have_the_target_as_their_mean_and_stay_possible(
    size: int, seed: int, target: float, days: int
) -> None:
    correlation = sample_correlation(size, seed, days=days)
    signs = np.where(np.arange(size) % 3 == 2, -1.0, 1.0)
    raised = raised_correlation(correlation, signs, target)
    before = mean_correlation(correlation, signs)
    assert mean_correlation(raised, signs) == pytest.approx(max(target, before), abs=1e-8)
    assert smallest_eigenvalue(raised) > -1e-10


def test_a_bond_that_falls_when_shares_rise_is_drawn_further_apart_from_them() -> None:
    correlation = np.array([[1.0, 0.3, -0.2], [0.3, 1.0, -0.2], [-0.2, -0.2, 1.0]])
    raised = raised_correlation(correlation, np.array([1.0, 1.0, -1.0]), 0.7)
    assert raised[0, 1] > 0.6
    assert raised[0, 2] < -0.6


@given(size=SIZES, seed=SEEDS, target=st.floats(0.4, 0.95))
def test_recoloured_noise_has_the_correlation_asked_for(size: int, seed: int, target: float) -> None:
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((size, 400))
    noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, keepdims=True)
    before = noise @ noise.T / 400
    after = raised_correlation(before, np.ones(size), target)
    coloured = recolour(noise, before, after)
    np.testing.assert_allclose(coloured @ coloured.T / 400, after, atol=1e-8)


def test_noise_of_fewer_days_than_series_can_be_recoloured() -> None:
    noise = np.random.default_rng(1).standard_normal((30, 10))
    noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, keepdims=True)
    before = noise @ noise.T / 10
    coloured = recolour(noise, before, raised_correlation(before, np.ones(30), 0.8))
    assert np.isfinite(coloured).all()
    assert np.abs(coloured).max() < 10.0


@given(
    days=st.integers(3, 30),
    seed=SEEDS,
    target=st.floats(-0.95, 0.95),
    scale=st.floats(1e-4, 10.0),
)
def test_the_correlation_of_two_series_is_set_exactly(days: int, seed: int, target: float, scale: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.normal(0.001, 0.01, days), rng.normal(-0.002, 0.01 * scale, days)
    made = set_correlation(first, second, target, rng=rng)
    assert np.corrcoef(first, made)[0, 1] == pytest.approx(target, abs=1e-9)
    assert made.mean() == pytest.approx(second.mean(), abs=1e-12)
    assert made.std() == pytest.approx(second.std(), rel=1e-9)


def test_a_series_that_is_the_other_is_given_a_part_of_its_own() -> None:
    first = np.array([0.01, -0.02, 0.03, 0.0, -0.01])
    made = set_correlation(first, 2 * first, -0.3, rng=np.random.default_rng(1))
    assert np.corrcoef(first, made)[0, 1] == pytest.approx(-0.3, abs=1e-9)


def test_nothing_correlates_with_a_series_that_does_not_vary() -> None:
    with pytest.raises(ScenarioError, match="5 returns that do not vary have no correlation"):
        set_correlation(np.full(5, 0.01), np.arange(5.0), 0.5, rng=np.random.default_rng(1))
