from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from tests.tetra.scenarios.builders import TRADED, make_history
from tests.tetra.scenarios.real_lookbacks import CALM, block_draws, path_log_returns, real_lookback

from tetra.scenarios.gbm import lookback_log_returns
from tetra.scenarios.lookback import Lookback, select
from tetra.scenarios.multivariate_t import (
    FEWEST_DEGREES,
    MOST_DEGREES,
    fit_degrees_of_freedom,
    fit_multivariate_t,
    simulate_multivariate_t,
)
from tetra.typing import FloatArray


def lookback() -> Lookback:
    selected, _ = select(make_history(), days=504)
    assert selected is not None
    return selected


LOOKBACK = lookback()
MODEL = fit_multivariate_t(LOOKBACK)


def paths(count: int) -> FloatArray:
    rng, draws = np.random.default_rng(5), block_draws(1)[0]
    closes = [simulate_multivariate_t(LOOKBACK, MODEL, draws, rng=rng).close for _ in range(count)]
    return path_log_returns(LOOKBACK, np.stack(closes))


def test_degrees_of_freedom_that_made_the_returns_are_found() -> None:
    returns = stats.t.rvs(6, size=(10, 2000), random_state=1) * 0.01
    assert fit_degrees_of_freedom(returns) == pytest.approx(6, abs=0.6)
    assert fit_degrees_of_freedom(np.random.default_rng(1).standard_normal((10, 2000))) > 50
    assert fit_degrees_of_freedom(stats.t.rvs(1.5, size=(2, 500), random_state=1)) == pytest.approx(
        FEWEST_DEGREES, abs=0.01
    )


def test_degrees_of_freedom_are_the_likeliest_by_scipy() -> None:
    returns = lookback_log_returns(real_lookback(CALM))
    deviation = returns.std(axis=1, keepdims=True)

    def log_likelihood(degrees: float) -> float:
        scale = deviation * ((degrees - 2) / degrees) ** 0.5
        return float(stats.t.logpdf(returns, degrees, loc=returns.mean(axis=1, keepdims=True), scale=scale).sum())

    found = fit_degrees_of_freedom(returns)
    assert 3.0 < found < 6.0
    grid = np.arange(3.0, 12.0, 0.05)
    assert log_likelihood(found) >= max(map(log_likelihood, grid)) - 1e-3


def test_series_that_do_not_vary_have_no_say() -> None:
    returns = stats.t.rvs(6, size=(3, 500), random_state=2) * 0.01
    with_flat = np.vstack([returns, np.zeros((2, 500))])
    assert fit_degrees_of_freedom(with_flat) == fit_degrees_of_freedom(returns)
    assert fit_degrees_of_freedom(np.zeros((2, 500))) == MOST_DEGREES


def test_variances_and_correlations_are_the_lookbacks() -> None:
    # 400 years of 252 days with about five degrees of freedom: variances vary by 2 %
    returns = paths(400).swapaxes(0, 1).reshape(len(TRADED), -1)
    source = lookback_log_returns(LOOKBACK)
    np.testing.assert_allclose(returns.std(axis=1), source.std(axis=1), rtol=0.05)
    np.testing.assert_allclose(np.corrcoef(returns), np.corrcoef(source), atol=0.05)


def test_large_moves_come_on_the_same_days_for_series_without_correlation() -> None:
    # the mark of a common chi-square: two independent normals in the same mix have dependent sizes
    returns = paths(100)
    whitened = np.linalg.solve(
        np.linalg.cholesky(np.corrcoef(lookback_log_returns(LOOKBACK))),
        (returns - MODEL.mean[:, None]) / MODEL.volatility[:, None],
    )
    sizes = np.log(np.abs(whitened)).swapaxes(0, 1).reshape(len(TRADED), -1)
    assert np.corrcoef(sizes)[0, 1] > 0.1


def test_bars_keep_their_order_and_vix_its_levels() -> None:
    draws = block_draws(1)[0]
    made = simulate_multivariate_t(LOOKBACK, MODEL, draws, rng=np.random.default_rng(7))
    full = [LOOKBACK.symbols.index(name) for name in TRADED[:4]]
    slack = 1 + 1e-12
    assert (made.low[full] <= np.minimum(made.open, made.close)[full] * slack).all()
    assert (made.high[full] * slack >= np.maximum(made.open, made.close)[full]).all()
    vix = LOOKBACK.symbols.index("VIX")
    np.testing.assert_array_equal(made.close[vix], LOOKBACK.bars.close[vix, draws])
