"""Mean reversion: each rule on prices worked by hand, against a plain twin on TA-Lib, and held to the contract."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import talib
from tests.tetra.strategies.rule_contract import CHECKS, NAN, bars, held, on_own_bars, walk_block

from tetra.errors import StrategyError
from tetra.strategies.base import Strategy
from tetra.strategies.bollinger_reversion import BollingerReversion
from tetra.strategies.connors_rsi import ConnorsRsi
from tetra.strategies.rsi_reversion import RsiReversion
from tetra.strategies.stochastic_reversion import StochasticReversion
from tetra.strategies.z_score_reversion import ZScoreReversion

RULES = (RsiReversion(), ConnorsRsi(), BollingerReversion(), ZScoreReversion(), StochasticReversion())


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_a_reversion_rule_keeps_the_contract(strategy: Strategy, check: Callable[[Strategy], None]) -> None:
    check(strategy)


@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_a_reversion_rule_is_named_so(strategy: Strategy) -> None:
    assert (strategy.category, strategy.kind, strategy.references) == ("mean_reversion", "single", ())


def test_rsi_keeps_its_position_over_a_missing_bar() -> None:
    # changes -1, -1: RSI(2) 0, enter; the missing bar has no weight; +0.5 -> 0.25 / (0.25 + 0.5) = 33, still held
    weights = RsiReversion(length=2).target_weights(bars([10.0, 9.0, 8.0, NAN, 8.5]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, NAN, 1.0]])


def test_two_period_rsi_buys_a_pullback_above_the_long_average_and_sells_the_recovery() -> None:
    # bar 5: gain (1 + 7) / 2 / 2 = 2, loss 6 / 2 = 3, RSI 40; mean of 6 is 13.33, of 2 is 17: enter
    # bar 6: 13.5 is below the mean of 6 (13.92), but that ends nothing; mean of 2 is 13.75: held
    # bar 7: 15 is above the mean of 2 (14.25): leave;  bar 8: RSI 13.7, but 8 is below the mean of 6: stay out
    close = [10.0, 11.0, 12.0, 13.0, 20.0, 14.0, 13.5, 15.0, 8.0]
    weights = ConnorsRsi(oversold=45.0, trend_length=6, exit_length=2).target_weights(bars(close))
    np.testing.assert_array_equal(weights, [[NAN] * 5 + [1.0, 1.0, 0.0, 0.0]])


def test_bollinger_buys_below_the_lower_band_and_sells_above_the_middle() -> None:
    # bar 2: mean 9, deviation sqrt(6 / 3) = 1.41, lower 7.59 > 7: enter;  bar 3: mean 8.33 > 8: held
    # bar 4: mean 8 < 9: leave;  bar 5: lower 8.67 - 0.47 = 8.20 < 9: stay out
    weights = BollingerReversion(length=3, deviations=1.0).target_weights(bars([10.0, 10.0, 7.0, 8.0, 9.0, 9.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 0.0, 0.0]])


def test_z_score_buys_far_below_the_mean_and_sells_on_the_way_back() -> None:
    # scores: (7 - 9) / 1.41 = -1.41, enter;  (8 - 8.33) / 1.25 = -0.27, held;  (8.5 - 7.83) / 0.62 = 1.07, leave
    close = [10.0, 10.0, 7.0, 8.0, 8.5, 8.5]
    weights = ZScoreReversion(length=3, entry=-1.2, leave=0.5).target_weights(bars(close))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 0.0, 0.0]])


def test_stochastic_waits_for_the_turn_on_both_sides() -> None:
    # the range is 0 to 10, so %K is ten times the close: -, 20, 10, 30, 90, 80;  %D of 2: -, -, 15, 20, 60, 85
    # bar 2 oversold but falling: out;  bar 3 turned up: enter;  bar 4 overbought but rising: held;  bar 5: leave
    strategy = StochasticReversion(length=2, smooth=1, signal=2, oversold=40.0, overbought=59.0)
    prices = bars([2.0, 2.0, 1.0, 3.0, 9.0, 8.0], high=[10.0] * 6, low=[0.0] * 6)
    np.testing.assert_array_equal(strategy.target_weights(prices), [[NAN, NAN, 0.0, 1.0, 1.0, 0.0]])


def _rsi(close: np.ndarray) -> list[float]:
    index = talib.RSI(close, 14)
    return held([x < 30.0 for x in index], [x > 70.0 for x in index], [x == x for x in index])


def _connors(close: np.ndarray) -> list[float]:
    index, trend, recent = talib.RSI(close, 2), talib.SMA(close, 200), talib.SMA(close, 5)
    enter = [x < 10.0 and price > level for x, price, level in zip(index, close, trend, strict=True)]
    leave = [price > level for price, level in zip(close, recent, strict=True)]
    return held(enter, leave, [level == level for level in trend])


def _bollinger(close: np.ndarray) -> list[float]:
    _, middle, lower = talib.BBANDS(close, 20, 2.0, 2.0)
    enter = [price < level for price, level in zip(close, lower, strict=True)]
    leave = [price > level for price, level in zip(close, middle, strict=True)]
    return held(enter, leave, [level == level for level in middle])


def _z_score(close: np.ndarray) -> list[float]:
    score = (close - talib.SMA(close, 60)) / talib.STDDEV(close, 60)
    return held([x < -1.25 for x in score], [x > -0.5 for x in score], [x == x for x in score])


def _stochastic(close: np.ndarray, high: np.ndarray, low: np.ndarray) -> list[float]:
    pairs = list(zip(*talib.STOCH(high, low, close, 14, 3, 0, 3, 0), strict=True))
    enter = [k > d and d < 20.0 for k, d in pairs]
    leave = [k < d and d > 80.0 for k, d in pairs]
    return held(enter, leave, [d == d for _, d in pairs])


@pytest.mark.parametrize(
    ("strategy", "rule"),
    list(zip(RULES, (_rsi, _connors, _bollinger, _z_score, _stochastic), strict=True)),
    ids=lambda value: type(value).__name__ if isinstance(value, Strategy) else "",
)
def test_a_reversion_rule_equals_its_twin_on_walks_with_gaps(strategy: Strategy, rule: Callable[..., list]) -> None:
    prices = walk_block(900, seed=7, gap_share=0.05)
    others = (prices.high, prices.low) if "high" in strategy.fields else ()
    expected = on_own_bars(prices.close, rule, *others)
    assert (expected == 1.0).any()
    assert (expected == 0.0).any()
    np.testing.assert_array_equal(strategy.target_weights(prices), expected)


@pytest.mark.parametrize("length", [2, 3, 14])
@pytest.mark.parametrize("make", [RsiReversion, ConnorsRsi, BollingerReversion, ZScoreReversion, StochasticReversion])
def test_warmup_follows_the_length(make: type[Strategy], length: int) -> None:
    strategy = make(length=length)
    weights = strategy.target_weights(walk_block(strategy.warmup, seed=8))
    assert np.isfinite(weights[:, -1]).all()
    assert np.isnan(weights[:, :-1]).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RsiReversion(length=1), "length must be at least 2 bars; got 1"),
        (lambda: RsiReversion(oversold=80.0), "got 80.0 and 70.0"),
        (lambda: ConnorsRsi(length=1), "length must be at least 2 bars; got 1"),
        (lambda: ConnorsRsi(oversold=0.0), "oversold must lie between 0 and 100; got 0.0"),
        (lambda: ConnorsRsi(oversold=NAN), "oversold must lie between 0 and 100; got nan"),
        (lambda: ConnorsRsi(exit_length=200), "exit_length .* got 200 and 200"),
        (lambda: BollingerReversion(length=1), "length must be at least 2 bars; got 1"),
        (lambda: BollingerReversion(deviations=0.0), "deviations must be above 0; got 0.0"),
        (lambda: ZScoreReversion(length=1), "length must be at least 2 bars; got 1"),
        (lambda: ZScoreReversion(entry=-0.5, leave=-0.5), "got -0.5 and -0.5"),
        (lambda: ZScoreReversion(entry=0.5, leave=1.0), "got 0.5 and 1.0"),
        (lambda: StochasticReversion(signal=1), "got 14, 1 and 3"),
        (lambda: StochasticReversion(oversold=80.0, overbought=20.0), "got 80.0 and 20.0"),
    ],
)
def test_a_parameter_out_of_range_raises_and_is_named(make: Callable[[], Strategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
