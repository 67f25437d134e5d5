"""The engine's metrics are those that empyrical-reloaded computes from the returns the engine kept.

Left out: its Sortino ratio, which names a constant that NumPy 2 no longer has. It has no skew, kurtosis or duration.
"""

from __future__ import annotations

from collections.abc import Callable

import empyrical
import numpy as np
import pytest

from tetra.backtest.engine import Simulation, simulate

YEAR = 252
Expected = Callable[[np.ndarray, np.ndarray], float]


@pytest.fixture(scope="module")
def made() -> Simulation:
    """Forty accounts of random positions, some short, with costs: half of one instrument, half of two."""
    rng = np.random.default_rng(11)
    close = 100.0 * np.exp(np.cumsum(0.015 * rng.standard_normal((60, 3 * YEAR)), axis=1))
    weights = rng.choice([-0.5, 0.0, 0.5, np.nan], size=close.shape)
    weights[rng.random(close.shape) < 0.95] = 0.5
    return simulate(
        weights,
        close,
        open_price=close * np.exp(0.005 * rng.standard_normal(close.shape)),
        cost_rates=np.full(close.shape[1], 0.001),
        periods_per_year=float(YEAR),
        account_starts=np.array([*range(20), *range(20, 61, 2)]),
        keep=("returns",),
    )


EXPECTED: dict[str, Expected] = {
    "total_return": lambda returns, _: empyrical.cum_returns_final(returns),
    "cagr": lambda returns, _: empyrical.cagr(returns),
    "annualized_volatility": lambda returns, _: empyrical.annual_volatility(returns),
    "sharpe_ratio": lambda returns, _: empyrical.sharpe_ratio(returns),
    "calmar_ratio": lambda returns, _: empyrical.calmar_ratio(returns),
    "max_drawdown": lambda returns, _: empyrical.max_drawdown(returns),
    "value_at_risk_95": lambda returns, _: -empyrical.value_at_risk(returns, cutoff=0.05),
    "value_at_risk_99": lambda returns, _: -empyrical.value_at_risk(returns, cutoff=0.01),
    "expected_shortfall_95": lambda returns, _: -empyrical.conditional_value_at_risk(returns, cutoff=0.05),
    "expected_shortfall_99": lambda returns, _: -empyrical.conditional_value_at_risk(returns, cutoff=0.01),
    "excess_return": lambda returns, held: empyrical.cum_returns_final(returns) - empyrical.cum_returns_final(held),
    "beta": lambda returns, held: empyrical.beta(returns, held),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_metric_is_empyricals(made: Simulation, name: str) -> None:
    assert made.returns is not None
    assert made.benchmark_returns is not None
    pairs = zip(made.returns, made.benchmark_returns, strict=True)
    expected = [EXPECTED[name](returns, held) for returns, held in pairs]
    assert len(expected) == 40
    np.testing.assert_allclose(made.metric(name), expected, rtol=1e-9, atol=1e-12)
