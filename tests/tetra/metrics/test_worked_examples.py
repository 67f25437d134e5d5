"""Metrics on examples that can be checked by hand; the arithmetic is in the comments."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tetra.errors import DataError
from tetra.metrics import drawdowns, ratios, returns, tail_risk


def test_first_period_loss_counts_as_drawdown() -> None:
    # equity 1, 0.9, 0.99: the starting capital is the peak
    assert drawdowns.max_drawdown(np.array([-0.1, 0.1])) == pytest.approx(-0.1)


def test_equity_that_never_falls_has_no_drawdown() -> None:
    rising = np.array([0.0, 0.01, 0.02])
    assert drawdowns.max_drawdown(rising) == 0.0
    assert drawdowns.drawdown_duration(rising) == 0.0


def test_drawdown_duration_runs_from_peak_to_recovery() -> None:
    # equity 1, 2, 1, 1.5, 3, 1.5: peak after period 1, recovered in period 4; the last fall lasts one period
    made = np.array([1.0, -0.5, 0.5, 1.0, -0.5])
    assert drawdowns.drawdown_duration(made) == 3.0


def test_drawdown_that_has_not_recovered_lasts_to_the_end() -> None:
    # equity 1, 0.5, 0.6, 0.7, 0.8: four periods after the start
    made = np.diff(np.log([1.0, 0.5, 0.6, 0.7, 0.8]))
    assert drawdowns.drawdown_duration(np.expm1(made)) == 4.0


def test_a_price_that_is_back_exactly_at_its_peak_has_recovered() -> None:
    # 3 of a thousand such round trips through float returns end a hair below the peak they started from
    rng = np.random.default_rng(5)
    for there in rng.uniform(10.0, 200.0, size=1000):
        prices = np.array([100.0, there, 100.0, 90.0, 95.0])
        made = prices[1:] / prices[:-1] - 1.0
        # above: peak at there, never recovered, 3 periods; below: recovered after 2, then 2 periods under water
        assert drawdowns.drawdown_duration(made) == (3.0 if there > 100.0 else 2.0)


def test_drawdowns_are_measured_per_asset() -> None:
    made = np.array([[0.1, -0.2], [-0.5, 0.25]])
    np.testing.assert_allclose(drawdowns.max_drawdown(made), [-0.5, -0.2])
    np.testing.assert_allclose(drawdowns.drawdown_duration(made), [1.0, 2.0])


def test_cagr_is_geometric() -> None:
    # 1.1 * 1.1 = 1.21 over two periods at one period a year: 10 % a year
    assert returns.cagr(np.array([0.1, 0.1]), periods_per_year=1) == pytest.approx(0.1)


def test_cagr_of_a_total_loss_is_minus_one() -> None:
    assert returns.cagr(np.array([0.5, -1.0]), periods_per_year=252) == -1.0


def test_cagr_beyond_what_a_float_holds_is_undefined() -> None:
    assert math.isnan(returns.cagr(np.array([1e3, 1e3]), periods_per_year=252))


def test_sharpe_ratio_uses_the_sample_deviation() -> None:
    # mean 0.02, sample deviation 0.01 (squares 1e-4 * 2 / 2), times root 4
    assert ratios.sharpe_ratio(np.array([0.01, 0.02, 0.03]), periods_per_year=4) == pytest.approx(4.0)


def test_sortino_ratio_divides_by_shortfalls_over_all_periods() -> None:
    # mean 0.01; downside root((0.02**2) / 4) = 0.01
    made = np.array([-0.02, 0.0, 0.02, 0.04])
    assert ratios.sortino_ratio(made, periods_per_year=1) == pytest.approx(1.0)


def test_calmar_ratio_is_cagr_over_depth() -> None:
    # equity 1, 0.5, 1.21: cagr 0.1 at one period a year, depth 0.5
    assert ratios.calmar_ratio(np.array([-0.5, 1.42]), periods_per_year=1) == pytest.approx(0.2)


def test_beta_is_the_slope_on_the_benchmark() -> None:
    benchmark = np.array([0.01, -0.02, 0.03])
    assert ratios.beta(0.001 + 2.0 * benchmark, benchmark_returns=benchmark) == pytest.approx(2.0)


def test_value_at_risk_interpolates_and_is_positive_for_a_loss() -> None:
    # 21 returns -0.10 ... 0.10: 5 % of 20 steps is one step from the worst
    made = np.linspace(-0.10, 0.10, 21)
    assert tail_risk.value_at_risk(made, confidence_level=0.95) == pytest.approx(0.09)
    assert tail_risk.expected_shortfall(made, confidence_level=0.95) == pytest.approx(0.095)


def test_skew_and_kurtosis_are_population_moments() -> None:
    # -1, -1, 2: mean 0, second moment 2, third (−1−1+8)/3 = 2, fourth 18/3 = 6
    made = np.array([-1.0, -1.0, 2.0])
    assert tail_risk.skew(made) == pytest.approx(2.0 / 2.0**1.5)
    assert tail_risk.excess_kurtosis(made) == pytest.approx(6.0 / 4.0 - 3.0)


def test_simple_return_from_a_price_that_is_not_positive_is_undefined() -> None:
    # WTI, 2020-04-17 to 04-21: 18.27, -36.98, 10.01
    made = returns.simple_returns(np.array([18.27, -36.98, 10.01]))
    assert made[0] == pytest.approx(-36.98 / 18.27 - 1.0)
    assert math.isnan(made[1])
    assert np.isnan(returns.log_returns(np.array([18.27, -36.98, 10.01]))).all()


ANNUALISED = {
    "cagr": lambda made: returns.cagr(made, periods_per_year=252),
    "annualized_mean_return": lambda made: returns.annualized_mean_return(made, periods_per_year=252),
    "annualized_volatility": lambda made: ratios.annualized_volatility(made, periods_per_year=252),
    "sharpe_ratio": lambda made: ratios.sharpe_ratio(made, periods_per_year=252),
    "sortino_ratio": lambda made: ratios.sortino_ratio(made, periods_per_year=252),
    "calmar_ratio": lambda made: ratios.calmar_ratio(made, periods_per_year=252),
    "beta": lambda made: ratios.beta(made, benchmark_returns=made),
    "value_at_risk": lambda made: tail_risk.value_at_risk(made, confidence_level=0.95),
    "expected_shortfall": lambda made: tail_risk.expected_shortfall(made, confidence_level=0.95),
    "skew": tail_risk.skew,
    "excess_kurtosis": tail_risk.excess_kurtosis,
}


@pytest.mark.parametrize("name", ANNUALISED)
@pytest.mark.parametrize("length", [0, 1])
def test_fewer_than_two_periods_are_undefined(name: str, length: int) -> None:
    assert math.isnan(ANNUALISED[name](np.full(length, 0.01)))


@pytest.mark.parametrize("name", [*ANNUALISED, "total_return", "max_drawdown", "drawdown_duration"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_raise_and_are_named(name: str, value: float) -> None:
    others = {
        "total_return": returns.total_return,
        "max_drawdown": drawdowns.max_drawdown,
        "drawdown_duration": drawdowns.drawdown_duration,
    }
    with pytest.raises(DataError, match=rf"returns hold {value} at \(1,\)"):
        {**ANNUALISED, **others}[name](np.array([0.01, value, 0.02]))


@pytest.mark.parametrize("name", ["sharpe_ratio", "sortino_ratio", "calmar_ratio", "beta", "skew", "excess_kurtosis"])
@pytest.mark.parametrize("value", [0.0, 0.01])
def test_no_volatility_is_undefined_and_never_infinite(name: str, value: float) -> None:
    assert math.isnan(ANNUALISED[name](np.full(10, value)))


def test_totals_of_no_periods_are_zero() -> None:
    nothing = np.empty(0)
    assert returns.total_return(nothing) == 0.0
    assert drawdowns.max_drawdown(nothing) == 0.0
    assert drawdowns.drawdown_duration(nothing) == 0.0


def test_three_axes_raise() -> None:
    with pytest.raises(DataError, match="one or two axes"):
        returns.total_return(np.zeros((2, 2, 2)))
