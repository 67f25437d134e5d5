"""The same numbers as empyrical-reloaded where the definitions agree.

Left out: its Sortino ratio, which names a constant that NumPy 2 no longer has (worked example instead).
"""

from __future__ import annotations

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tetra.metrics import drawdowns, ratios, returns, tail_risk

daily_returns = arrays(np.float64, st.integers(3, 60), elements=st.floats(-0.2, 0.2).map(lambda value: round(value, 6)))


@settings(deadline=None)
@given(daily_returns)
def test_totals_and_drawdowns_agree(made: np.ndarray) -> None:
    assert returns.total_return(made) == pytest.approx(empyrical.cum_returns_final(made), abs=1e-12)
    assert returns.cagr(made, periods_per_year=252) == pytest.approx(empyrical.cagr(made), rel=1e-9, abs=1e-12)
    assert drawdowns.max_drawdown(made) == pytest.approx(empyrical.max_drawdown(made), abs=1e-12)


@settings(deadline=None)
@given(daily_returns)
def test_tail_risk_is_the_opposite_sign_of_empyricals(made: np.ndarray) -> None:
    for level in (0.95, 0.99):
        cutoff = 1.0 - level
        assert tail_risk.value_at_risk(made, confidence_level=level) == pytest.approx(
            -empyrical.value_at_risk(made, cutoff=cutoff), abs=1e-12
        )
        assert tail_risk.expected_shortfall(made, confidence_level=level) == pytest.approx(
            -empyrical.conditional_value_at_risk(made, cutoff=cutoff), abs=1e-12
        )


@settings(deadline=None)
@given(daily_returns.filter(lambda made: made.std() > 1e-6))
def test_ratios_agree(made: np.ndarray) -> None:
    year = {"periods_per_year": 252}
    assert ratios.annualized_volatility(made, **year) == pytest.approx(empyrical.annual_volatility(made))
    assert ratios.sharpe_ratio(made, **year) == pytest.approx(empyrical.sharpe_ratio(made), rel=1e-9, abs=1e-9)
    assert ratios.beta(made[::-1], benchmark_returns=made) == pytest.approx(
        empyrical.beta(made[::-1], made), rel=1e-9, abs=1e-9
    )
    if drawdowns.max_drawdown(made) < 0.0:
        assert ratios.calmar_ratio(made, **year) == pytest.approx(empyrical.calmar_ratio(made), rel=1e-9)
