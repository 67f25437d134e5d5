from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from arch import arch_model
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.scenarios.builders import TRADED, make_history

from tetra.scenarios.lookback import Lookback, select
from tetra.scenarios.monte_carlo import (
    FilteredReturns,
    filter_returns,
    fit_garch,
    simulate,
    simulate_volatility,
)
from tetra.typing import FloatArray, IntArray

HISTORY = make_history()


def lookback() -> Lookback:
    selected, _ = select(HISTORY, days=504)
    assert selected is not None
    return selected


LOOKBACK = lookback()
FILTERED = filter_returns(LOOKBACK)


def clustered(seed: int, days: int = 3000) -> FloatArray:
    """Log returns of a GARCH(1,1) with alpha 0.08, beta 0.90 and 1 % long-run volatility a day."""
    rng = np.random.default_rng(seed)
    omega, variance, returns = 0.02 * 1e-4, 1e-4, np.empty(days)
    for day in range(days):
        returns[day] = rng.standard_normal() * variance**0.5
        variance = omega + 0.08 * returns[day] ** 2 + 0.90 * variance
    return returns + 0.0003


def volatility_loop(filtered: FilteredReturns, draws: IntArray, start: FloatArray) -> FloatArray:
    """The slow twin of simulate_volatility for one path: the recursion as it stands in the paper."""
    residuals = (filtered.log_ratios.close - filtered.centre) / filtered.scale
    path = np.empty((start.size, draws.size))
    for series in range(start.size):
        variance = min(start[series], filtered.highest_variance[series])
        for session, day in enumerate(draws):
            path[series, session] = variance**0.5
            shock = residuals[series, day] * variance**0.5
            following = filtered.omega[series] + filtered.alpha[series] * shock**2 + filtered.beta[series] * variance
            variance = min(following, filtered.highest_variance[series])
    return path


def test_the_fit_finds_the_parameters_that_made_the_returns() -> None:
    model = fit_garch(clustered(2))
    assert model.fallback is None
    assert model.alpha == pytest.approx(0.08, abs=0.03)
    assert model.beta == pytest.approx(0.90, abs=0.04)
    assert model.unconditional_variance**0.5 == pytest.approx(0.01, rel=0.15)
    assert model.mean == pytest.approx(0.0003, abs=4 * 0.01 / 3000**0.5)


def test_the_next_variance_is_the_forecast_of_arch() -> None:
    returns = clustered(3, days=800)
    theirs = arch_model(returns * 100, vol="GARCH", p=1, q=1, rescale=False).fit(disp="off")
    forecast = theirs.forecast(horizon=1, reindex=False).variance.to_numpy()[0, 0]
    ours = fit_garch(returns)
    assert ours.next_variance == pytest.approx(forecast / 100**2, rel=1e-9)
    np.testing.assert_allclose([ours.omega * 100**2, ours.alpha, ours.beta], theirs.params.to_numpy()[1:], rtol=1e-9)


@pytest.mark.parametrize(
    ("returns", "reason"),
    [
        (np.full(504, 0.001), "returns do not vary"),
        # volatility that only grows has no level to return to
        (
            np.random.default_rng(4).standard_normal(504) * np.geomspace(0.001, 0.1, 504),
            "GARCH fit is not stationary: alpha + beta = ",
        ),
    ],
)
def test_a_symbol_without_a_usable_fit_keeps_constant_volatility_and_the_reason(
    returns: FloatArray, reason: str
) -> None:
    model = fit_garch(returns)
    assert model.fallback is not None
    assert model.fallback.startswith(reason)
    assert (model.alpha, model.beta) == (0.0, 0.0)
    assert np.ptp(model.volatility) == 0.0
    assert model.mean == pytest.approx(returns.mean())


def test_residuals_have_mean_zero_and_variance_one() -> None:
    residuals = (FILTERED.log_ratios.close - FILTERED.centre) / FILTERED.scale
    np.testing.assert_allclose(residuals.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(residuals.std(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("start", ["conditional", "unconditional"])
def test_simulated_volatility_matches_the_plain_loop(start: str) -> None:
    draws = np.random.default_rng(8).integers(0, 504, size=(3, 40))
    fast = simulate_volatility(FILTERED, draws, initial_variance=start)  # type: ignore[arg-type]
    first = FILTERED.next_variance if start == "conditional" else FILTERED.unconditional_variance
    assert fast.shape == (3, len(TRADED), 40)
    for path in range(3):
        np.testing.assert_allclose(fast[path], volatility_loop(FILTERED, draws[path], first), rtol=1e-10)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_residuals_of_each_simulated_day_are_those_of_one_real_day(seed: int) -> None:
    draws = np.random.default_rng(seed).integers(0, 504, size=60)
    volatility = simulate_volatility(FILTERED, draws[None], initial_variance="conditional")[0]
    paths = simulate(LOOKBACK, FILTERED, draws, volatility)
    close = np.concatenate([LOOKBACK.last_close[:, None], paths.close], axis=1)[LOOKBACK.is_tradable]
    met = (np.diff(np.log(close), axis=1) - FILTERED.mean[:, None]) / volatility
    real = (FILTERED.log_ratios.close - FILTERED.centre) / FILTERED.scale
    np.testing.assert_allclose(met, real[:, draws], atol=1e-8)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000))
def test_bars_keep_their_order_and_vix_its_range(seed: int) -> None:
    draws = np.random.default_rng(seed).integers(0, 504, size=252)
    volatility = simulate_volatility(FILTERED, draws[None], initial_variance="conditional")[0]
    paths = simulate(LOOKBACK, FILTERED, draws, volatility)
    full = [LOOKBACK.symbols.index(name) for name in TRADED[:4]]
    slack = 1 + 1e-12
    assert (paths.low[full] <= np.minimum(paths.open, paths.close)[full] * slack).all()
    assert (paths.high[full] * slack >= np.maximum(paths.open, paths.close)[full]).all()
    assert (paths.close > 0).all()
    assert np.isfinite(paths.close).all()
    vix = LOOKBACK.symbols.index("VIX")
    assert set(paths.close[vix]) <= set(LOOKBACK.bars.close[vix])
    assert np.isnan(paths.open[LOOKBACK.symbols.index("EEE")]).all()


def test_a_day_simulated_at_its_own_volatility_is_that_day() -> None:
    # stretched by nothing and about its own mean, the real path comes out again
    draws = np.arange(504)
    shifted = replace(FILTERED, centre=np.broadcast_to(FILTERED.mean[:, None], FILTERED.centre.shape))
    paths = simulate(LOOKBACK, shifted, draws, FILTERED.scale)
    ratio = paths.high[0] / np.concatenate([LOOKBACK.last_close[:1], paths.close[0, :-1]])
    np.testing.assert_allclose(ratio, LOOKBACK.bars.high[0] / LOOKBACK.previous_close[0], rtol=1e-10)


def test_simulated_volatility_clusters_and_stays_near_the_samples() -> None:
    draws = np.random.default_rng(9).integers(0, 504, size=(200, 252))
    volatility = simulate_volatility(FILTERED, draws, initial_variance="unconditional")
    mean_variance = (volatility**2).mean(axis=(0, 2))
    # near the sample's own: the ceiling keeps a model whose long run lies far above it from going there
    np.testing.assert_allclose(mean_variance, FILTERED.log_ratios.close.var(axis=1), rtol=0.35)
    later, earlier = volatility[:, 0, 5:].ravel(), volatility[:, 0, :-5].ravel()
    assert np.corrcoef(later, earlier)[0, 1] > 0.3


def test_a_symbol_on_the_fallback_is_resampled_as_it_is() -> None:
    flat = replace(LOOKBACK, bars=LOOKBACK.bars.map(np.copy), previous_close=LOOKBACK.previous_close.copy())
    rng = np.random.default_rng(4)
    wild = np.cumsum(rng.standard_normal(505) * np.geomspace(0.001, 0.1, 505))
    flat.bars.close[0], flat.previous_close[0] = 50 * np.exp(wild[1:]), 50 * np.exp(wild[:-1])
    filtered = filter_returns(flat)
    assert list(filtered.fallbacks) == ["AAA"]
    draws = rng.integers(0, 504, size=20)
    volatility = simulate_volatility(filtered, draws[None], initial_variance="conditional")[0]
    paths = simulate(flat, filtered, draws, volatility)
    growth = np.diff(np.log(np.concatenate([flat.last_close[:1], paths.close[0]])))
    np.testing.assert_allclose(growth, np.diff(wild)[draws], atol=1e-10)


def test_volatility_never_exceeds_the_highest_that_the_sample_knew() -> None:
    # a model that runs away if let: persistence just below one, met by the largest residuals again and again
    wild = replace(FILTERED, alpha=np.full_like(FILTERED.alpha, 0.5), beta=np.full_like(FILTERED.beta, 0.49))
    residuals = (FILTERED.log_ratios.close - FILTERED.centre) / FILTERED.scale
    draws = np.full((1, 100), int(np.abs(residuals).sum(axis=0).argmax()))
    volatility = simulate_volatility(wild, draws, initial_variance="conditional")[0]
    ceiling = np.sqrt(FILTERED.highest_variance)[:, None]
    assert (volatility <= ceiling * (1 + 1e-12)).all()
    assert (volatility[:, -1:] >= ceiling * (1 - 1e-12)).any()


def test_paths_drift_as_the_sample_did() -> None:
    returns = np.diff(np.log(np.concatenate([LOOKBACK.previous_close[:, :1], LOOKBACK.bars.close], axis=1)), axis=1)
    np.testing.assert_allclose(FILTERED.mean, returns[LOOKBACK.is_tradable].mean(axis=1), rtol=1e-10)
