"""The portfolio of a strategy: the mean of its cells' returns, with their trades pooled."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tetra.backtest.columns import METRICS
from tetra.backtest.engine import simulate
from tetra.backtest.portfolio import combine
from tetra.errors import BacktestError
from tetra.typing import FloatArray

EVERY_DAY = np.ones((2, 4), dtype=np.bool_)


def cells(keep: tuple[str, ...] = ("returns",)):
    # bought at 10 on bar 1: the first doubles and is sold for it, the second halves and is sold for that
    close = np.array([[10.0, 10.0, 20.0, 20.0], [10.0, 10.0, 5.0, 5.0]])
    weights = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]])
    return simulate(weights, close, cost_rates=np.zeros(4), periods_per_year=252, keep=keep)


def test_returns_are_the_mean_of_the_cells_each_day() -> None:
    portfolio = combine(cells(), EVERY_DAY, periods_per_year=252)
    # bar 2: +100 % and -50 %
    np.testing.assert_allclose(portfolio.returns, [0.0, 0.0, 0.25, 0.0])
    np.testing.assert_allclose(portfolio.equity, [1.0, 1.0, 1.25, 1.25])


def test_trades_are_pooled_and_exposure_is_a_mean() -> None:
    made = dict(zip(METRICS, combine(cells(), EVERY_DAY, periods_per_year=252).metrics, strict=True))
    assert made["total_return"] == pytest.approx(0.25)
    assert made["trade_count"] == 2.0
    assert made["win_rate"] == 0.5
    assert made["expected_value"] == pytest.approx((1.0 - 0.5) / 2.0)
    assert made["profit_factor"] == pytest.approx(1.0 / 0.5)
    # the first is held after bar 1, the second after bars 1 and 2, of four bars each
    assert made["exposure"] == pytest.approx((1.0 / 4.0 + 2.0 / 4.0) / 2.0)
    assert made["turnover"] == pytest.approx(2.0)


def test_buy_and_hold_of_the_portfolio_is_the_mean_of_the_cells() -> None:
    made = dict(zip(METRICS, combine(cells(), EVERY_DAY, periods_per_year=252).metrics, strict=True))
    assert made["excess_return"] == pytest.approx(0.0)
    assert made["beta"] == pytest.approx(1.0)


def test_a_simulation_without_returns_raises() -> None:
    with pytest.raises(BacktestError, match="a portfolio needs returns per bar"):
        combine(cells(keep=()), EVERY_DAY, periods_per_year=252)


def held(close: FloatArray):
    """Buy and hold of each series, bought on its second bar."""
    weights = np.ones_like(close)
    return simulate(weights, close, cost_rates=np.zeros(close.shape[1]), periods_per_year=252, keep=("returns",))


def walks(seed: int, *, series: int, bars: int) -> FloatArray:
    steps = np.random.default_rng(seed).normal(0.0, 0.02, (series, bars))
    return np.ascontiguousarray(100.0 * np.exp(np.cumsum(steps, axis=1)))


def test_capital_of_a_day_goes_to_the_cells_that_have_a_bar() -> None:
    # bought at 10 on bar 1; the second is not listed before bar 2, bought there on the bar after
    close = np.array([[10.0, 10.0, 20.0, 20.0, 30.0], [np.nan, np.nan, 10.0, 10.0, 5.0]])
    portfolio = combine(held(close), np.isfinite(close), periods_per_year=252)
    # bar 2: +100 % and no trade yet, of two; bar 4: +50 % and -50 %
    np.testing.assert_allclose(portfolio.returns, [0.0, 0.0, 0.5, 0.0, 0.0])
    # one that has ended takes nothing with it
    close = np.array([[10.0, 10.0, 20.0, 40.0], [10.0, 10.0, np.nan, np.nan]])
    portfolio = combine(held(close), np.isfinite(close), periods_per_year=252)
    np.testing.assert_allclose(portfolio.returns, [0.0, 0.0, 1.0, 1.0])
    made = dict(zip(METRICS, portfolio.metrics, strict=True))
    assert made["excess_return"] == pytest.approx(0.0)


def test_a_day_without_any_bar_leaves_the_portfolio_as_it_was() -> None:
    close = np.array([[10.0, 10.0, np.nan, 20.0], [10.0, 10.0, np.nan, 10.0]])
    portfolio = combine(held(close), np.isfinite(close), periods_per_year=252)
    np.testing.assert_allclose(portfolio.equity, [1.0, 1.0, 1.0, 1.5])


@given(seed=st.integers(0, 2**32 - 1), series=st.integers(1, 6), bars=st.integers(2, 40))
def test_on_a_complete_panel_it_is_the_plain_mean_to_the_last_bit(seed: int, series: int, bars: int) -> None:
    close = walks(seed, series=series, bars=bars)
    simulation = held(close)
    portfolio = combine(simulation, np.isfinite(close), periods_per_year=252)
    assert simulation.returns is not None
    assert portfolio.returns.tobytes() == simulation.returns.mean(axis=0).tobytes()


@given(seed=st.integers(0, 2**32 - 1), series=st.integers(1, 5), begins=st.integers(0, 39), ends=st.integers(1, 40))
def test_a_cell_changes_nothing_on_days_on_which_it_has_no_bar(seed: int, series: int, begins: int, ends: int) -> None:
    close = walks(seed, series=series + 1, bars=40)
    close[-1, :begins] = np.nan
    close[-1, ends:] = np.nan
    with_it = combine(held(close), np.isfinite(close), periods_per_year=252)
    others = np.ascontiguousarray(close[:-1])
    without = combine(held(others), np.isfinite(others), periods_per_year=252)
    absent = np.isnan(close[-1])
    np.testing.assert_array_equal(with_it.returns[absent], without.returns[absent])


@given(seed=st.integers(0, 2**32 - 1), day=st.integers(1, 38))
def test_the_past_of_a_portfolio_does_not_depend_on_who_ends_later(seed: int, day: int) -> None:
    close = walks(seed, series=3, bars=40)
    ended = close.copy()
    ended[0, day + 1 :] = np.nan
    whole, cut = (combine(held(panel), np.isfinite(panel), periods_per_year=252) for panel in (close, ended))
    np.testing.assert_array_equal(whole.returns[: day + 1], cut.returns[: day + 1])


def test_exposure_turnover_and_costs_are_per_day_that_a_cell_lives() -> None:
    # both are bought on the second bar of their life; the second is listed for the last two of four bars only
    close = np.array([[10.0, 10.0, 10.0, 10.0], [np.nan, np.nan, 10.0, 10.0]])
    made = dict(zip(METRICS, combine(held(close), np.isfinite(close), periods_per_year=252).metrics, strict=True))
    # held after three of four and after one of two bars: four of six
    assert made["exposure"] == pytest.approx(4.0 / 6.0)
    # two purchases of all capital, by one and a half cells on an average day
    assert made["turnover"] == pytest.approx(2.0 / 1.5)


def test_bars_of_another_shape_raise() -> None:
    with pytest.raises(BacktestError, match=r"has_bar has shape \(2, 3\), expected \(2, 4\)"):
        combine(cells(), EVERY_DAY[:, :3], periods_per_year=252)
