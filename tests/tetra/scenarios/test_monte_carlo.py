from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.scenarios.builders import TRADED, make_history
from tests.tetra.scenarios.real_lookbacks import CRISIS, block_draws, path_log_returns, real_lookback

from tetra.scenarios.garch import fit_garch, highest_persistence, targeted_variance
from tetra.scenarios.garch_paths import Dynamics
from tetra.scenarios.lookback import Lookback, select
from tetra.scenarios.market_split import split_market
from tetra.scenarios.monte_carlo import (
    FilteredReturns,
    InitialVariance,
    filter_returns,
    log_returns,
    simulate,
    simulate_many,
    simulate_volatility,
    standardised_days,
    total_volatility,
)
from tetra.typing import FloatArray, IntArray

HISTORY = make_history()


def lookback() -> Lookback:
    selected, _ = select(HISTORY, days=504)
    assert selected is not None
    return selected


LOOKBACK = lookback()
FILTERED = filter_returns(LOOKBACK)
COMPONENTS = len(TRADED) + 1


def draw(seed: int, sessions: int = 252) -> IntArray:
    return np.random.default_rng(seed).integers(0, 504, size=sessions)


def volatility_of(
    draws: IntArray, filtered: FilteredReturns = FILTERED, start: InitialVariance = "conditional"
) -> FloatArray:
    return simulate_volatility(filtered, draws[None], initial_variance=start)[0]


def growing(seed: int = 4) -> FloatArray:
    """Returns whose volatility only grows: it has no level to return to."""
    return np.random.default_rng(seed).standard_normal(504) * np.geomspace(0.001, 0.1, 504)


def volatility_loop(filtered: FilteredReturns, draws: IntArray, start: FloatArray) -> FloatArray:
    """The slow twin of simulate_volatility for one path: the recursion as it stands in the paper."""
    model = filtered.dynamics
    path = np.empty((start.size, draws.size))
    for series in range(start.size):
        variance = min(start[series], model.highest_variance[series])
        for session, day in enumerate(draws):
            path[series, session] = variance**0.5
            shock = filtered.residuals[series, day] * variance**0.5
            following = model.omega[series] + model.alpha[series] * shock**2 + model.beta[series] * variance
            variance = min(following, model.highest_variance[series])
    return path


def test_a_flat_series_keeps_constant_volatility_and_the_reason() -> None:
    model = fit_garch(np.full(504, 0.001))
    assert model.fallback == "returns do not vary"
    assert (model.alpha, model.beta) == (0.0, 0.0)
    assert np.ptp(model.volatility) == 0.0
    assert model.mean == pytest.approx(0.001)


def test_a_fit_without_a_level_is_refitted_at_the_highest_persistence_with_the_reason() -> None:
    returns = growing()
    model = fit_garch(returns)
    assert model.fallback is None
    assert model.refit == "alpha + beta = 1.0000 cannot be told from 1 by 504 days"
    # a shock halves within 126 days, a quarter of the sample
    assert (model.alpha + model.beta) ** 126 == pytest.approx(0.5)
    assert model.unconditional_variance == pytest.approx(returns.var())
    assert model.volatility[-50:].mean() > 3 * model.volatility[:50].mean()


def test_the_refitted_alpha_is_the_likeliest() -> None:
    returns = growing()
    squared = (returns - returns.mean()) ** 2

    def log_likelihood(alpha: float) -> float:
        variance = targeted_variance(squared, alpha=alpha, persistence=highest_persistence(504))[:-1]
        return float(-np.sum(np.log(variance) + squared / variance))

    everywhere = [log_likelihood(alpha) for alpha in np.linspace(0.0, highest_persistence(504), 400)]
    assert log_likelihood(fit_garch(returns).alpha) >= max(everywhere) - 1e-6


def test_targeted_variances_by_hand() -> None:
    # mean of squares 2, so variance starts at 2; alpha 0.1, beta 0.7, omega 2 * 0.2 = 0.4
    # then 0.4 + 0.1 * 1 + 0.7 * 2 = 1.9, and 0.4 + 0.1 * 3 + 0.7 * 1.9 = 2.03
    variance = targeted_variance(np.array([1.0, 3.0]), alpha=0.1, persistence=0.8)
    np.testing.assert_allclose(variance, [2.0, 1.9, 2.03])


def test_the_market_is_of_equal_risk_and_leaves_nothing_in_common_with_it() -> None:
    returns = FILTERED.log_ratios.close
    market, exposure = split_market(returns)
    specific = returns - returns.mean(axis=1, keepdims=True) - exposure[:, None] * market
    np.testing.assert_allclose(specific @ market, 0.0, atol=1e-12)
    assert market.std() == pytest.approx(returns.std(axis=1).mean())
    # one symbol a hundred times as wild moves its own exposure, not the market's direction
    wild = returns * np.array([100.0, 1.0, 1.0, 1.0, 1.0])[:, None]
    assert np.corrcoef(split_market(wild)[0], market)[0, 1] == pytest.approx(1.0)


@pytest.mark.parametrize("returns", [growing()[None], np.zeros((3, 504)), np.stack([growing(), -growing()])])
def test_series_with_nothing_in_common_have_no_market(returns: FloatArray) -> None:
    market, exposure = split_market(returns)
    np.testing.assert_allclose(market * exposure[:, None], 0.0, atol=1e-12)


def test_residuals_have_mean_zero_and_variance_one() -> None:
    assert FILTERED.residuals.shape == (COMPONENTS, 504)
    np.testing.assert_allclose(FILTERED.residuals.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(FILTERED.residuals.std(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("start", ["conditional", "unconditional"])
def test_simulated_volatility_matches_the_plain_loop(start: InitialVariance) -> None:
    draws = np.random.default_rng(8).integers(0, 504, size=(3, 40))
    fast = simulate_volatility(FILTERED, draws, initial_variance=start)
    first = FILTERED.next_variance if start == "conditional" else FILTERED.unconditional_variance
    assert fast.shape == (3, COMPONENTS, 40)
    for path in range(3):
        np.testing.assert_allclose(fast[path], volatility_loop(FILTERED, draws[path], first), rtol=1e-10)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_residuals_of_each_simulated_day_are_those_of_one_real_day(seed: int) -> None:
    draws = draw(seed, 60)
    volatility = volatility_of(draws)
    paths = simulate(LOOKBACK, FILTERED, draws, volatility)
    met = path_log_returns(LOOKBACK, paths.close[None])[0] - FILTERED.mean[:, None]
    shocks = volatility * FILTERED.residuals[:, draws] - FILTERED.mean_shock[:, None]
    np.testing.assert_allclose(met, shocks[:-1] + FILTERED.exposure[:, None] * shocks[-1], atol=1e-10)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_bars_keep_their_order_and_vix_its_range(seed: int) -> None:
    draws = draw(seed)
    paths = simulate(LOOKBACK, FILTERED, draws, volatility_of(draws))
    full = [LOOKBACK.symbols.index(name) for name in TRADED[:4]]
    slack = 1 + 1e-12
    assert (paths.low[full] <= np.minimum(paths.open, paths.close)[full] * slack).all()
    assert (paths.high[full] * slack >= np.maximum(paths.open, paths.close)[full]).all()
    assert (paths.close > 0).all()
    assert np.isfinite(paths.close).all()
    vix = LOOKBACK.symbols.index("VIX")
    np.testing.assert_array_equal(paths.close[vix], LOOKBACK.bars.close[vix, draws])
    assert np.isnan(paths.open[LOOKBACK.symbols.index("EEE")]).all()
    np.testing.assert_array_equal(paths.volume[full], LOOKBACK.bars.volume[full][:, draws])


def test_the_range_of_a_day_scales_with_its_volatility() -> None:
    draws = draw(3, 100)
    volatility = volatility_of(draws)
    paths = simulate(LOOKBACK, FILTERED, draws, volatility)
    stretch = total_volatility(FILTERED, volatility) / total_volatility(FILTERED, FILTERED.volatility[:, draws])
    real = np.log(LOOKBACK.bars.high[0] / LOOKBACK.bars.low[0])[draws]
    np.testing.assert_allclose(np.log(paths.high[0] / paths.low[0]), stretch[0] * real, rtol=1e-9)


def test_days_in_their_order_at_their_own_volatility_are_those_days() -> None:
    draws = np.arange(504)
    unbiased = replace(FILTERED, mean_shock=np.zeros(COMPONENTS))
    simulated = log_returns(unbiased, draws, FILTERED.volatility)
    # a residual is taken about its mean, which differs a little from that of the returns
    bound = 0.1 * FILTERED.log_ratios.close.std()
    np.testing.assert_allclose(simulated, FILTERED.log_ratios.close, atol=bound)


def test_many_paths_are_the_same_as_one_by_one() -> None:
    draws = block_draws(70, sessions=30)
    batches = list(simulate_many(LOOKBACK, FILTERED, draws, initial_variance="conditional"))
    assert [batch.shape[0] for batch in batches] == [64, 6]
    together = np.concatenate(batches)
    for path in (0, 63, 64, 69):
        alone = simulate(LOOKBACK, FILTERED, draws[path], volatility_of(draws[path]))
        np.testing.assert_allclose(together[path], alone.close, rtol=1e-12)


def test_a_symbol_whose_volatility_only_grew_is_kept_with_the_reason() -> None:
    wild = replace(LOOKBACK, bars=LOOKBACK.bars.map(np.copy), previous_close=LOOKBACK.previous_close.copy())
    path = np.cumsum(np.append(0.0, growing()))
    wild.bars.close[0], wild.previous_close[0] = 50 * np.exp(path[1:]), 50 * np.exp(path[:-1])
    wild.bars.close[1], wild.previous_close[1] = 50.0, 50.0
    filtered = filter_returns(wild)
    assert filtered.refits["AAA"] == "alpha + beta = 1.0000 cannot be told from 1 by 504 days"
    assert filtered.fallbacks == {"BBB": "returns do not vary"}
    draws = draw(4)
    closes = simulate(wild, filtered, draws, volatility_of(draws, filtered)).close
    assert np.isfinite(closes).all()
    np.testing.assert_allclose(closes[1], 50.0)


def test_volatility_never_exceeds_the_highest_that_the_sample_knew() -> None:
    # a model that runs away if let: persistence just below one, met by the largest residuals again and again
    half = np.full(COMPONENTS, 0.5)
    highest = FILTERED.dynamics.highest_variance
    wild = replace(FILTERED, dynamics=Dynamics(FILTERED.dynamics.omega, half, half - 0.01, highest))
    draws = np.full(100, int(np.abs(FILTERED.residuals).sum(axis=0).argmax()))
    volatility = volatility_of(draws, wild)
    ceiling = np.sqrt(highest)[:, None]
    assert (volatility <= ceiling * (1 + 1e-12)).all()
    assert (volatility[:, -1:] >= ceiling * (1 - 1e-12)).any()


def test_paths_drift_and_vary_as_the_sample_did() -> None:
    # 1,000 paths after a crash: their mean varies by 0.025 a year, the mean of volatility by 1 %
    crisis = real_lookback(CRISIS)
    filtered = filter_returns(crisis)
    draws = block_draws(1000, seed=3)
    returns = log_returns(filtered, draws, simulate_volatility(filtered, draws, initial_variance="unconditional"))
    sample = filtered.log_ratios.close
    np.testing.assert_allclose(filtered.mean, sample.mean(axis=1))
    drift = (returns.mean(axis=(0, 2)) - sample.mean(axis=1)) * 252
    assert np.abs(drift).max() < 0.1
    assert abs(drift.mean()) < 0.05
    volatility = returns.std(axis=2).mean(axis=0) / sample.std(axis=1)
    assert volatility.mean() == pytest.approx(1.0, abs=0.05)


def test_volatility_of_the_market_clusters_on_the_paths() -> None:
    # with a model per symbol and none of the market it was 0.02 as of this date, of 0.18 in the source
    crisis = real_lookback(date(2009, 6, 30))
    filtered = filter_returns(crisis)
    draws = block_draws(50)
    paths = log_returns(filtered, draws, simulate_volatility(filtered, draws, initial_variance="unconditional"))
    squared = (paths.mean(axis=1) - paths.mean(axis=(1, 2))[:, None]) ** 2
    autocorrelation = [np.corrcoef(path[1:], path[:-1])[0, 1] for path in squared]
    assert np.mean(autocorrelation) > 0.05


def test_standardised_days_are_the_returns_of_a_day_at_long_run_volatility() -> None:
    days = standardised_days(FILTERED)
    long_run = np.broadcast_to(np.sqrt(FILTERED.unconditional_variance)[:, None], (COMPONENTS, 504))
    unbiased = replace(FILTERED, mean=np.zeros(len(TRADED)), mean_shock=np.zeros(COMPONENTS))
    returns = log_returns(unbiased, np.arange(504), long_run)
    np.testing.assert_allclose(days * FILTERED.log_ratios.close.std(axis=1)[:, None], returns, atol=1e-12)
    np.testing.assert_allclose(days.std(axis=1), 1.0, atol=0.1)
