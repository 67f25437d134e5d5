from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tetra.scenarios.builders import TRADED, make_history
from tests.tetra.scenarios.real_lookbacks import CALM, block_draws, path_log_returns, real_lookback

from tetra.errors import ScenarioError
from tetra.scenarios.bar_shapes import bars_of_closes, nearest_days
from tetra.scenarios.correlations import shrunk_correlation, square_root, standardise
from tetra.scenarios.gbm import fit_gbm, lookback_log_returns, simulate_gbm
from tetra.scenarios.lookback import Lookback, select
from tetra.typing import FloatArray


def lookback() -> Lookback:
    selected, _ = select(make_history(), days=504)
    assert selected is not None
    return selected


LOOKBACK = lookback()
MODEL = fit_gbm(LOOKBACK)
DRAWS = block_draws(1)[0]


def shrinkage_loop(log_returns: FloatArray) -> float:
    """The slow twin: the formulas of Ledoit and Wolf (2004), appendix B, entry by entry, for variances of 1."""
    series = standardise(log_returns)
    count, days = series.shape
    sample = series @ series.T / days
    mean = np.mean([sample[i, j] for i in range(count) for j in range(i + 1, count)])
    pi = rho = gamma = 0.0
    for i in range(count):
        for j in range(count):
            deviation = series[i] * series[j] - sample[i, j]
            pi += np.mean(deviation**2)
            if i == j:
                rho += np.mean(deviation**2)
                continue
            gamma += (mean - sample[i, j]) ** 2
            of_first = np.mean((series[i] ** 2 - sample[i, i]) * deviation)
            of_second = np.mean((series[j] ** 2 - sample[j, j]) * deviation)
            rho += mean / 2 * (of_first + of_second)
    return float((pi - rho) / gamma / days)


def test_shrinkage_is_that_of_the_paper() -> None:
    returns = lookback_log_returns(real_lookback(CALM))[:, -60:]
    _, share = shrunk_correlation(returns)
    assert 0.1 < share < 0.9
    assert share == pytest.approx(shrinkage_loop(returns), rel=1e-9)


def test_shrinking_keeps_the_mean_correlation_and_makes_the_matrix_positive_definite() -> None:
    returns = np.random.default_rng(1).standard_normal((80, 60)) + np.random.default_rng(2).standard_normal(60)
    correlation, share = shrunk_correlation(returns)
    sample = np.corrcoef(returns)
    assert np.linalg.eigvalsh(sample)[0] < 1e-12  # 80 series over 60 days
    assert np.linalg.eigvalsh(correlation)[0] > 0.1 * share
    assert correlation.mean() == pytest.approx(sample.mean())
    np.testing.assert_allclose(np.diag(correlation), 1.0)


def test_more_days_are_shrunk_less() -> None:
    rng = np.random.default_rng(3)
    returns = rng.standard_normal((5, 4000)) + np.array([0.0, 0.5, 1.0, 2.0, 3.0])[:, None] * rng.standard_normal(4000)
    assert shrunk_correlation(returns)[1] < 0.05 < shrunk_correlation(returns[:, :60])[1]


def test_a_square_root_of_a_singular_correlation_squares_to_it() -> None:
    sample = np.corrcoef(np.random.default_rng(4).standard_normal((30, 10)))
    np.testing.assert_allclose(square_root(sample) @ square_root(sample), sample, atol=1e-10)


def test_the_model_is_of_the_lookback_and_its_correlation_of_the_last_60_days() -> None:
    returns = lookback_log_returns(LOOKBACK)
    np.testing.assert_allclose(MODEL.mean, returns.mean(axis=1))
    np.testing.assert_allclose(MODEL.volatility, returns.std(axis=1, ddof=1))
    np.testing.assert_array_equal(MODEL.correlation, shrunk_correlation(returns[:, -60:])[0])


def test_paths_have_the_models_drift_volatility_and_correlation() -> None:
    # 100 years of 252 days: means vary by 0.001, deviations by 0.5 % and correlations by 0.006
    rng = np.random.default_rng(5)
    closes = np.stack([simulate_gbm(LOOKBACK, MODEL, DRAWS, rng=rng).close for _ in range(100)])
    returns = path_log_returns(LOOKBACK, closes).swapaxes(0, 1).reshape(len(TRADED), -1)
    np.testing.assert_allclose(returns.mean(axis=1), MODEL.mean, atol=4 * MODEL.volatility.max() / 25200**0.5)
    np.testing.assert_allclose(returns.std(axis=1), MODEL.volatility, rtol=0.02)
    np.testing.assert_allclose(np.corrcoef(returns), MODEL.correlation, atol=0.03)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_bars_keep_their_order_and_make_nothing_up(seed: int) -> None:
    paths = simulate_gbm(LOOKBACK, MODEL, DRAWS, rng=np.random.default_rng(seed))
    full = [LOOKBACK.symbols.index(name) for name in TRADED[:4]]
    slack = 1 + 1e-12
    assert (paths.low[full] <= np.minimum(paths.open, paths.close)[full] * slack).all()
    assert (paths.high[full] * slack >= np.maximum(paths.open, paths.close)[full]).all()
    assert set(paths.volume[full].ravel()) <= set(LOOKBACK.bars.volume[full].ravel())
    closes_only = LOOKBACK.symbols.index("EEE")
    assert np.isnan(paths.high[closes_only]).all()
    assert np.isnan(paths.volume[closes_only]).all()
    vix = LOOKBACK.symbols.index("VIX")
    np.testing.assert_array_equal(paths.close[vix], LOOKBACK.bars.close[vix, DRAWS])
    np.testing.assert_array_equal(paths.volume[vix], LOOKBACK.bars.volume[vix, DRAWS])


def test_the_nearest_day_is_found_at_and_beyond_the_ends() -> None:
    real = np.array([[0.03, -0.01, 0.01]])
    wanted = np.array([[-0.5, -0.01, 0.004, 0.021, 0.9, 0.0]])
    np.testing.assert_array_equal(nearest_days(real, wanted), [[1, 1, 2, 0, 0, 1]])


def test_closes_are_the_simulated_ones_and_not_those_of_the_nearest_days() -> None:
    # beyond any real day, on one, and between two
    wanted = np.array([[-0.4, 0.3, 0.0, 1e-5]] * len(TRADED))
    paths = bars_of_closes(LOOKBACK, wanted, np.array([5, 6, 7, 8]))
    traded = LOOKBACK.last_close[LOOKBACK.is_tradable, None]
    np.testing.assert_allclose(paths.close[LOOKBACK.is_tradable], traded * np.exp(np.cumsum(wanted, axis=1)))


def test_a_day_with_a_real_days_return_has_its_bar() -> None:
    real = LOOKBACK.ratios()
    draws = np.array([7, 300, 41])
    paths = simulate_gbm(LOOKBACK, MODEL, draws, rng=np.random.default_rng(6))
    previous = np.concatenate([LOOKBACK.last_close[:1], paths.close[0, :-1]])
    days = nearest_days(np.log(real.close[:1]), np.log(paths.close[0] / previous)[None])[0]
    # the whole bar is shifted in logs, so high over low and close over open are the real day's
    np.testing.assert_allclose(paths.high[0] / paths.low[0], (real.high / real.low)[0, days])
    np.testing.assert_allclose(paths.close[0] / paths.open[0], (real.close / real.open)[0, days])


@pytest.mark.parametrize("days", [1, 505])
def test_correlation_over_days_that_are_not_there_is_an_error(days: int) -> None:
    with pytest.raises(ScenarioError, match=f"correlation_days is {days}; give 2 to 504"):
        fit_gbm(LOOKBACK, correlation_days=days)
