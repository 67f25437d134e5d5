"""The portfolio of a strategy: the mean of its cells' returns, with their trades pooled."""

from __future__ import annotations

import numpy as np
import pytest

from tetra.backtest.columns import METRICS
from tetra.backtest.engine import simulate
from tetra.backtest.portfolio import combine
from tetra.errors import BacktestError


def cells(keep_returns: bool = True):
    # bought at 10 on bar 1: the first doubles and is sold for it, the second halves and is sold for that
    close = np.array([[10.0, 10.0, 20.0, 20.0], [10.0, 10.0, 5.0, 5.0]])
    weights = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    return simulate(weights, close, cost_rates=np.zeros(4), periods_per_year=252, keep_returns=keep_returns)


def test_returns_are_the_mean_of_the_cells_each_day() -> None:
    portfolio = combine(cells(), periods_per_year=252)
    # bar 2: +100 % and -50 %
    np.testing.assert_allclose(portfolio.returns, [0.0, 0.0, 0.25, 0.0])
    np.testing.assert_allclose(portfolio.equity, [1.0, 1.0, 1.25, 1.25])


def test_trades_are_pooled_and_exposure_is_a_mean() -> None:
    made = dict(zip(METRICS, combine(cells(), periods_per_year=252).metrics, strict=True))
    assert made["total_return"] == pytest.approx(0.25)
    assert made["trade_count"] == 2.0
    assert made["win_rate"] == 0.5
    assert made["expected_value"] == pytest.approx((1.0 - 0.5) / 2.0)
    assert made["profit_factor"] == pytest.approx(1.0 / 0.5)
    # the first is held after bar 1, the second after bars 1 and 2, of four bars each
    assert made["exposure"] == pytest.approx((1.0 / 4.0 + 2.0 / 4.0) / 2.0)
    assert made["turnover"] == pytest.approx(2.0)


def test_buy_and_hold_of_the_portfolio_is_the_mean_of_the_cells() -> None:
    made = dict(zip(METRICS, combine(cells(), periods_per_year=252).metrics, strict=True))
    assert made["excess_return"] == pytest.approx(0.0)
    assert made["beta"] == pytest.approx(1.0)


def test_a_simulation_without_returns_raises() -> None:
    with pytest.raises(BacktestError, match="keep_returns=True"):
        combine(cells(keep_returns=False), periods_per_year=252)
