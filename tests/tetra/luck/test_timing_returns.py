"""What is left after the exposure a strategy held on average, and who cannot be tested."""

from __future__ import annotations

import numpy as np
import pytest

from tetra.errors import DataError
from tetra.luck.observations import LEAST_SESSIONS, has_constant_weights, reason_not_tested
from tetra.luck.timing_returns import timing_returns

MARKET = np.array([0.02, -0.01, 0.03, -0.02])


def test_mean_exposure_is_taken_off() -> None:
    # weights 1 0 1 0 earn 2, 0, 3, 0 %; half of buy and hold is 1, -0.5, 1.5, -1 %
    weights = np.array([1.0, 0.0, 1.0, 0.0])
    timed = timing_returns(weights * MARKET, weights=weights, buy_and_hold=MARKET)
    np.testing.assert_allclose(timed, [0.01, 0.005, 0.015, 0.01], atol=1e-15)


@pytest.mark.parametrize("weight", [1.0, 0.5, 1.5, -1.0, 0.0])
def test_a_constant_weight_of_any_size_leaves_nothing(weight: float) -> None:
    timed = timing_returns(weight * MARKET, weights=np.full(4, weight), buy_and_hold=MARKET)
    np.testing.assert_allclose(timed, 0.0, atol=1e-17)


def test_leverage_scales_timing_returns_and_nothing_else() -> None:
    weights = np.array([1.0, 0.0, 0.5, 0.0])
    plain = timing_returns(weights * MARKET, weights=weights, buy_and_hold=MARKET)
    levered = timing_returns(3.0 * weights * MARKET, weights=3.0 * weights, buy_and_hold=MARKET)
    np.testing.assert_allclose(levered, 3.0 * plain, atol=1e-16)


def test_days_that_do_not_count_stay_out_of_the_mean_weight() -> None:
    weights = np.array([9.0, 0.0, 1.0, 0.0])
    returns = np.array([np.nan, 0.0, 0.03, 0.0])
    timed = timing_returns(returns, weights=weights, buy_and_hold=MARKET)
    # mean weight 1/3 of the last three days
    np.testing.assert_allclose(timed, [np.nan, 0.01 / 3, 0.02, 0.02 / 3])


def test_returns_of_other_days_than_the_weights_are_refused() -> None:
    with pytest.raises(DataError, match=r"returns \(4,\), weights \(3,\)"):
        timing_returns(MARKET, weights=np.ones(3), buy_and_hold=MARKET)


def test_weights_are_constant_if_each_row_has_one_on_its_own_days() -> None:
    has_bar = np.array([[True, True, True], [False, True, True]])
    held = np.array([[1.0, 1.0, 1.0 + 1e-12], [0.0, 1.0, 1.0]])  # the second is listed later
    assert has_constant_weights(held, has_bar=has_bar)
    assert has_constant_weights(np.full((2, 3), np.nan), has_bar=has_bar)  # flat throughout: cash
    assert not has_constant_weights(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]), has_bar=has_bar)
    # net exposure is 1 on all days, but it was moved from one to the other
    assert not has_constant_weights(np.array([[1.0, 0.0], [0.0, 1.0]]), has_bar=np.ones((2, 2), dtype=bool))


def test_why_a_strategy_is_not_tested() -> None:
    varied = np.random.default_rng(1).standard_normal(LEAST_SESSIONS) * 0.01
    assert reason_not_tested(varied) is None
    assert reason_not_tested(varied, has_constant_weights=True) == "constant weights"
    short = np.where(np.arange(LEAST_SESSIONS) < 5, np.nan, varied)
    assert reason_not_tested(short) == f"{LEAST_SESSIONS - 5} sessions, fewer than {LEAST_SESSIONS}"
    assert "no volatility" in str(reason_not_tested(np.zeros(LEAST_SESSIONS)))
