"""What scenarios are drawn with, beside the libraries that do the same; each tolerance says what it allows for."""

from __future__ import annotations

import numpy as np
import pytest
from arch import arch_model
from arch.bootstrap import CircularBlockBootstrap
from hmmlearn.hmm import GaussianHMM
from tests.tetra.scenarios.builders import make_history
from tests.tetra.scenarios.real_lookbacks import CALM, CRISIS, real_lookback
from threadpoolctl import threadpool_limits

from tetra.scenarios.bootstrap import draw_blocks
from tetra.scenarios.garch import fit_garch, targeted_variance
from tetra.scenarios.gbm import lookback_log_returns
from tetra.scenarios.lookback import select
from tetra.scenarios.market_split import split_market
from tetra.scenarios.regime_switching import fit_market_regimes
from tetra.typing import FloatArray


def clustered(seed: int, days: int = 3000) -> FloatArray:
    """Log returns of a GARCH(1,1) with alpha 0.08, beta 0.90 and 1 % long-run volatility a day."""
    rng = np.random.default_rng(seed)
    omega, variance, returns = 0.02 * 1e-4, 1e-4, np.empty(days)
    for day in range(days):
        returns[day] = rng.standard_normal() * variance**0.5
        variance = omega + 0.08 * returns[day] ** 2 + 0.90 * variance
    return returns + 0.0003


def first_series() -> FloatArray:
    selected, _ = select(make_history(), days=504)
    assert selected is not None
    return np.log(selected.bars.close / selected.previous_close)[0]


def test_blocks_are_those_of_arch_from_the_same_random_numbers() -> None:
    theirs = CircularBlockBootstrap(20, np.arange(504.0), seed=np.random.default_rng(3))
    ours = draw_blocks(504, 504, block_length=20, rng=np.random.default_rng(3))
    np.testing.assert_array_equal(ours, theirs.update_indices())


@pytest.mark.parametrize("as_of", [CALM, CRISIS])
def test_moments_of_block_bootstraps_agree_with_arch(as_of: object) -> None:
    # spread of the mean and of the volatility over 2,000 resamples; both estimates vary by about 1.6 %
    returns = lookback_log_returns(real_lookback(as_of))[0]
    rng = np.random.default_rng(5)
    ours = np.array([returns[draw_blocks(504, 504, block_length=20, rng=rng)] for _ in range(2000)])
    theirs = CircularBlockBootstrap(20, returns, seed=np.random.default_rng(6))
    mean, deviation = theirs.apply(lambda x: np.array([x.mean(), x.std()]), 2000).T
    np.testing.assert_allclose(ours.mean(axis=1).std(), mean.std(), rtol=0.08)
    np.testing.assert_allclose(ours.std(axis=1).std(), deviation.std(), rtol=0.08)
    np.testing.assert_allclose(ours.mean(axis=1).mean(), mean.mean(), atol=4 * mean.std() / 2000**0.5 * 2**0.5)
    np.testing.assert_allclose(ours.std(axis=1).mean(), deviation.mean(), rtol=0.01)


@pytest.mark.parametrize("seed", [2, 3])
def test_the_garch_fit_finds_the_parameters_that_made_the_returns(seed: int) -> None:
    model = fit_garch(clustered(seed))
    assert (model.fallback, model.refit) == (None, None)
    assert model.alpha == pytest.approx(0.08, abs=0.03)
    assert model.beta == pytest.approx(0.90, abs=0.04)
    assert model.unconditional_variance**0.5 == pytest.approx(0.01, rel=0.15)
    assert model.mean == pytest.approx(0.0003, abs=4 * 0.01 / 3000**0.5)


def test_garch_parameters_variances_and_forecast_are_those_of_arch() -> None:
    returns = clustered(3, days=800)
    theirs = arch_model(returns * 100, vol="GARCH", p=1, q=1, rescale=False).fit(disp="off")
    forecast = theirs.forecast(horizon=1, reindex=False).variance.to_numpy()[0, 0]
    ours = fit_garch(returns)
    assert ours.next_variance == pytest.approx(forecast / 100**2, rel=1e-9)
    np.testing.assert_allclose([ours.omega * 100**2, ours.alpha, ours.beta], theirs.params.to_numpy()[1:], rtol=1e-9)
    np.testing.assert_allclose(ours.volatility * 100, theirs.conditional_volatility, rtol=1e-9)


def test_the_market_and_specific_returns_of_real_stocks_are_fitted_as_arch_fits_them() -> None:
    returns = lookback_log_returns(real_lookback(CALM))
    market, exposure = split_market(returns)
    for series in (market, returns[0] - returns[0].mean() - exposure[0] * market):
        theirs = arch_model(series * 100, vol="GARCH", p=1, q=1, rescale=False).fit(disp="off").params.to_numpy()
        ours = fit_garch(series)
        assert ours.refit is None
        np.testing.assert_allclose([ours.omega * 100**2, ours.alpha, ours.beta], theirs[1:], rtol=1e-9)


def test_targeted_variances_are_those_of_arch_with_the_same_parameters() -> None:
    # arch starts from a backcast, ours from the long run: after 100 days at beta 0.8 nothing is left of it
    returns = first_series() - first_series().mean()
    long_run, alpha, beta = (returns**2).mean(), 0.1, 0.8
    model = arch_model(returns * 100, mean="Zero", vol="GARCH", p=1, q=1, rescale=False)
    fixed = model.fix([long_run * 100**2 * 0.1, alpha, beta])
    ours = targeted_variance(returns**2, alpha=alpha, persistence=alpha + beta)
    np.testing.assert_allclose(np.sqrt(ours[:-1][100:]) * 100, fixed.conditional_volatility[100:], rtol=1e-6)


def test_regimes_are_those_of_hmmlearn_started_its_own_way() -> None:
    # it starts from k-means, ours from half and twice the variance: both end at the same optimum
    returns = lookback_log_returns(real_lookback(CALM))
    market, _ = split_market(returns)
    ours = fit_market_regimes(market)
    with threadpool_limits(limits=1):
        theirs = GaussianHMM(2, covariance_type="full", covars_prior=0.0, n_iter=2000, tol=1e-8, random_state=1).fit(
            market[:, None] * 100
        )
        probabilities = theirs.predict_proba(market[:, None] * 100)
    order = np.argsort(theirs.covars_[:, 0, 0])
    np.testing.assert_allclose(ours.volatility * 100, np.sqrt(theirs.covars_[order, 0, 0]), rtol=1e-3)
    np.testing.assert_allclose(ours.mean * 100, theirs.means_[order, 0], atol=1e-3)
    np.testing.assert_allclose(ours.probabilities, probabilities[:, order], atol=2e-3)
    # leaving a state is as likely as fitted, or likelier where closing the sample adds a switch
    fitted = theirs.transmat_[np.ix_(order, order)]
    assert ours.transitions[0, 1] == pytest.approx(fitted[0, 1], abs=0.01)
    assert ours.transitions[1, 0] == pytest.approx(fitted[1, 0], abs=0.03)
