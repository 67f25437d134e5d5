"""What must hold for any returns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tetra.metrics import drawdowns, ratios, returns, tail_risk

daily_returns = arrays(np.float64, st.integers(2, 60), elements=st.floats(-0.3, 0.3).map(lambda value: round(value, 6)))


@settings(deadline=None)
@given(daily_returns)
def test_drawdown_stays_within_minus_one_and_zero(made: np.ndarray) -> None:
    assert -1.0 <= drawdowns.max_drawdown(made) <= 0.0
    assert 0.0 <= drawdowns.drawdown_duration(made) <= made.size


@settings(deadline=None)
@given(daily_returns, st.integers(0, 60))
def test_a_longer_history_never_improves_max_drawdown(made: np.ndarray, length: int) -> None:
    assert drawdowns.max_drawdown(made) <= drawdowns.max_drawdown(made[:length])


@settings(deadline=None)
@given(daily_returns.filter(lambda made: made.std() > 1e-6), st.floats(0.1, 3.0))
def test_sharpe_ratio_ignores_positive_scaling(made: np.ndarray, scale: float) -> None:
    before = ratios.sharpe_ratio(made, periods_per_year=252)
    assert ratios.sharpe_ratio(made * scale, periods_per_year=252) == pytest.approx(before, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(daily_returns, st.sampled_from([0.9, 0.95, 0.99]))
def test_expected_shortfall_is_never_below_value_at_risk(made: np.ndarray, level: float) -> None:
    shortfall = tail_risk.expected_shortfall(made, confidence_level=level)
    assert shortfall >= tail_risk.value_at_risk(made, confidence_level=level) - 1e-12


@settings(deadline=None)
@given(arrays(np.float64, (20, 3), elements=st.floats(-0.2, 0.2).map(lambda value: round(value, 6))))
def test_several_assets_are_measured_as_each_alone(made: np.ndarray) -> None:
    for metric in (
        lambda values: returns.cagr(values, periods_per_year=252),
        lambda values: ratios.sharpe_ratio(values, periods_per_year=252),
        lambda values: ratios.sortino_ratio(values, periods_per_year=252),
        lambda values: tail_risk.expected_shortfall(values, confidence_level=0.95),
        drawdowns.max_drawdown,
        drawdowns.drawdown_duration,
        tail_risk.skew,
    ):
        together = metric(made)
        alone = [metric(np.ascontiguousarray(made[:, asset])) for asset in range(3)]
        np.testing.assert_allclose(together, alone, rtol=1e-6, atol=1e-9)


def test_kernels_leave_their_arguments_alone() -> None:
    made = np.linspace(-0.05, 0.05, 30)
    kept = made.copy()
    drawdowns.max_drawdown(made)
    tail_risk.expected_shortfall(made, confidence_level=0.95)
    ratios.sortino_ratio(made, periods_per_year=252)
    np.testing.assert_array_equal(made, kept)
