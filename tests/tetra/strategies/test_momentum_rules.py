"""Rules of momentum, and the two baselines: worked by hand, equal to a slow twin, and what every rule must pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import talib
from tests.tetra.strategies.rule_contract import CHECKS, NAN, Twin, assert_equals_twin, bars

from tetra.errors import StrategyError
from tetra.strategies.base import PriceBlock, Strategy
from tetra.strategies.buy_and_hold import BuyAndHold
from tetra.strategies.cash import Cash
from tetra.strategies.high_52_week import High52Week
from tetra.strategies.rate_of_change import RateOfChange
from tetra.strategies.time_series_momentum import TimeSeriesMomentum


def test_time_series_momentum_is_long_after_a_rise() -> None:
    # from three bars back to one bar back: bar 3 from 1 to 2, bar 4 from 3 to 0.5, bar 5 from 2 to 9
    weights = TimeSeriesMomentum(lookback=3, skip=1).target_weights(bars([1.0, 3.0, 2.0, 0.5, 9.0, 1.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, 1.0, 0.0, 1.0]])


def test_no_return_is_no_momentum() -> None:
    weights = TimeSeriesMomentum(lookback=2, skip=0).target_weights(bars([5.0, 6.0, 5.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 0.0]])


def test_rate_of_change_holds_within_the_band() -> None:
    # over 2 bars: +6 % in; +3 % and -4.7 % held; -5.8 % out; +2 % still out
    prices = bars([100.0, 100.0, 106.0, 103.0, 101.0, 97.0, 103.0])
    weights = RateOfChange(length=2, band=0.05).target_weights(prices)
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 1.0, 0.0, 0.0]])


def test_high_52_week_is_long_near_the_highest_close() -> None:
    # highest of 3: 100, 96, 96, 94, 90; 95 % of it: 95, 91.2, 91.2, 89.3, 85.5
    weights = High52Week(length=3, nearness=0.95).target_weights(bars([100.0, 90.0, 96.0, 94.0, 85.0, 86.0, 90.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 0.0, 0.0, 1.0]])


def test_nearness_of_one_is_a_new_high() -> None:
    weights = High52Week(length=2, nearness=1.0).target_weights(bars([1.0, 2.0, 2.0, 1.9]))
    np.testing.assert_array_equal(weights, [[NAN, 1.0, 1.0, 0.0]])


def test_a_high_that_is_not_positive_has_nothing_near_it() -> None:
    weights = High52Week(length=2).target_weights(bars([-3.0, -2.0, 1.0, -36.98]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 0.0]])


def momentum_twin(prices: PriceBlock) -> list[float]:
    close = prices.close[0].tolist()
    return [NAN if bar < 252 else float(close[bar - 21] > close[bar - 252]) for bar in range(len(close))]


def change_twin(prices: PriceBlock) -> list[float]:
    weights, state = [], 0.0
    for change in talib.ROCP(prices.close[0], 10).tolist():
        if change > 0.01:
            state = 1.0
        elif change < -0.01:
            state = 0.0
        weights.append(NAN if change != change else state)
    return weights


def high_twin(prices: PriceBlock) -> list[float]:
    pairs = zip(prices.close[0].tolist(), talib.MAX(prices.close[0], 252).tolist(), strict=True)
    return [NAN if highest != highest else float(close >= 0.95 * highest) for close, highest in pairs]


TWINS: list[tuple[Strategy, Twin]] = [
    (TimeSeriesMomentum(), momentum_twin),
    (RateOfChange(), change_twin),
    (High52Week(), high_twin),
]


@pytest.mark.parametrize(("strategy", "twin"), TWINS, ids=[repr(strategy) for strategy, _ in TWINS])
def test_a_rule_equals_its_slow_twin_on_series_with_gaps(strategy: Strategy, twin: Twin) -> None:
    assert_equals_twin(strategy, twin)


BASELINES: list[Strategy] = [BuyAndHold(), Cash()]


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
@pytest.mark.parametrize("strategy", [*BASELINES, *(strategy for strategy, _ in TWINS)], ids=repr)
def test_a_rule_passes_what_every_rule_must(strategy: Strategy, check: Callable[[Strategy], None]) -> None:
    assert strategy.category == ("baseline" if strategy in BASELINES else "momentum")
    assert strategy.kind == "single"
    check(strategy)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TimeSeriesMomentum(lookback=21), "skip must be at least 0 and below lookback; got 21 and 21"),
        (lambda: TimeSeriesMomentum(skip=-1), "got -1 and 252"),
        (lambda: RateOfChange(length=0), "length must be at least 1 bar; got 0"),
        (lambda: RateOfChange(band=-0.01), "band must be at least 0 and below 1; got -0.01"),
        (lambda: RateOfChange(band=1.0), "got 1.0"),
        (lambda: High52Week(length=1), "length must be at least 2 bars; got 1"),
        (lambda: High52Week(nearness=0.0), "nearness must be above 0 and at most 1; got 0.0"),
        (lambda: High52Week(nearness=1.05), "got 1.05"),
    ],
)
def test_parameters_out_of_range_raise_and_are_named(make: Callable[[], Strategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
