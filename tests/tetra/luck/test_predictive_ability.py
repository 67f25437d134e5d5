"""SPA and StepM: arch's own numbers, and what resampling must respect."""

from __future__ import annotations

import numpy as np
import pytest
from arch.bootstrap import SPA, StepM
from tests.tetra.luck.made import made_returns

from tetra.errors import DataError
from tetra.luck.predictive_ability import predictive_ability, resamples_for, scale

RESAMPLES = 500


@pytest.mark.parametrize("seed", range(6))
def test_spa_p_values_are_archs(seed: int) -> None:
    returns = made_returns(600, 8, seed=seed) - 0.0002 * seed
    found = predictive_ability(returns, rng=np.random.default_rng(seed), n_resamples=RESAMPLES)
    spa = SPA(np.zeros(600), -scale(returns), block_size=20, reps=RESAMPLES, seed=np.random.default_rng(seed))
    spa.compute()
    assert {"lower": found.lower, "consistent": found.consistent, "upper": found.upper} == dict(spa.pvalues)


@pytest.mark.parametrize("seed", range(6))
def test_stepm_finds_whom_archs_does(seed: int) -> None:
    # from none to several with skill, so that later steps matter
    returns = made_returns(600, 8, seed=seed) + np.where(np.arange(8) < seed, 0.0013, 0.0)
    found = predictive_ability(returns, rng=np.random.default_rng(seed), n_resamples=RESAMPLES)
    step = StepM(
        np.zeros(600), -scale(returns), size=0.05, block_size=20, reps=RESAMPLES, seed=np.random.default_rng(seed)
    )
    step.compute()
    assert np.flatnonzero(found.stepwise_p_values <= 0.05).tolist() == step.superior_models


def test_resamples_worked_out_in_parts_are_those_of_one_go() -> None:
    returns = made_returns(300, 4, seed=3)
    found = predictive_ability(returns, rng=np.random.default_rng(3), n_resamples=2300)
    spa = SPA(np.zeros(300), -scale(returns), block_size=20, reps=2300, seed=np.random.default_rng(3))
    spa.compute()
    assert {"lower": found.lower, "consistent": found.consistent, "upper": found.upper} == dict(spa.pvalues)


@pytest.mark.parametrize(("level", "n_resamples"), [(0.05, 1000), (0.02, 1000), (0.004, 5000), (1e-6, 20_000)])
def test_a_lower_level_takes_more_resamples(level: float, n_resamples: int) -> None:
    assert resamples_for(level) == n_resamples


def test_leverage_changes_nothing() -> None:
    returns = made_returns(400, 5, seed=2)
    levered = returns * np.array([1.0, 3.0, 0.5, 10.0, 1.0])
    plain, other = (
        predictive_ability(made, rng=np.random.default_rng(1), n_resamples=200) for made in (returns, levered)
    )
    np.testing.assert_array_equal(plain.stepwise_p_values, other.stepwise_p_values)
    assert plain.consistent == other.consistent


def test_a_better_strategy_never_has_a_larger_p_value() -> None:
    returns = made_returns(400, 12, seed=5)
    found = predictive_ability(returns, rng=np.random.default_rng(1), n_resamples=200).stepwise_p_values
    best_first = np.argsort(-scale(returns).mean(axis=0))
    assert (np.diff(found[best_first]) >= 0.0).all()
    assert found.min() >= 1 / 201


def test_company_makes_a_finding_harder() -> None:
    skilled = made_returns(600, 1, seed=5) + 0.0012
    crowd = np.random.default_rng(6).standard_normal((600, 100)) * 0.01
    alone = predictive_ability(skilled, rng=np.random.default_rng(1)).stepwise_p_values[0]
    among = predictive_ability(np.hstack([skilled, crowd]), rng=np.random.default_rng(1)).stepwise_p_values[0]
    assert alone < among


def test_a_strategy_with_fewer_days_is_judged_on_its_own() -> None:
    # 300 days of skill among 600: found no more easily than on these 300 days alone, but found
    returns = np.random.default_rng(3).standard_normal((600, 2)) * 0.01
    returns[300:, 1] += 0.004
    shorter = returns.copy()
    shorter[:300, 1] = np.nan
    found = predictive_ability(shorter, rng=np.random.default_rng(1), n_resamples=RESAMPLES)
    alone = predictive_ability(returns[300:, 1:], rng=np.random.default_rng(1), n_resamples=RESAMPLES)
    assert found.stepwise_p_values[1] <= 0.01
    assert alone.stepwise_p_values[0] <= 0.01
    np.testing.assert_allclose(
        scale(shorter)[300:, 1].sum() / 600, np.sqrt(0.5) * scale(returns[300:, 1:]).mean(), rtol=1e-12
    )


def test_one_that_does_not_vary_is_refused() -> None:
    flat = made_returns(300, 3, seed=1)
    flat[:, 1] = 0.0
    with pytest.raises(DataError, match="strategy 1 do not vary"):
        predictive_ability(flat, rng=np.random.default_rng(1))
    with pytest.raises(DataError, match="at least two days"):
        predictive_ability(np.empty((300, 0)), rng=np.random.default_rng(1))
