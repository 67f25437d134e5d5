"""Rules of volatility: each on prices worked by hand, against a plain twin on TA-Lib, and held to the contract."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable

import numpy as np
import pytest
import talib
from tests.tetra.strategies.rule_contract import CHECKS, NAN, bars, held, on_own_bars, walk_block

from tetra.errors import StrategyError
from tetra.strategies.atr_trailing_stop import AtrTrailingStop
from tetra.strategies.base import Strategy
from tetra.strategies.keltner_breakout import KeltnerBreakout
from tetra.strategies.vix_filter import VixFilter
from tetra.strategies.volatility_target import VolatilityTarget

RULES = (VolatilityTarget(), AtrTrailingStop(), KeltnerBreakout(), VixFilter())


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("strategy", RULES, ids=lambda strategy: type(strategy).__name__)
def test_a_volatility_rule_keeps_the_contract(strategy: Strategy, check: Callable[[Strategy], None]) -> None:
    check(strategy)


def test_volatility_rules_are_named_so_and_say_what_they_read() -> None:
    assert {(strategy.category, strategy.kind) for strategy in RULES} == {("volatility", "single")}
    assert [strategy.references for strategy in RULES] == [(), (), (), ("VIX",)]
    assert VixFilter(index="VXN").references == ("VXN",)
    assert AtrTrailingStop.fields == KeltnerBreakout.fields == ("high", "low", "close")


def test_volatility_target_follows_volatility_only_beyond_the_tolerance() -> None:
    # deviation of the last two returns is half their difference: 0.10, 0.06, 0.07, 0.  Target 0.05 wants
    # 0.5, 0.833 (67 % away: taken), 0.714 (14 % away: left), infinitely much (the maximum 1 is 20 % away: taken)
    returns = [0.1, -0.1, 0.02, 0.16, 0.16]
    strategy = VolatilityTarget(target=0.05, length=2, tolerance=0.15, periods_per_year=1.0)
    weights = strategy.target_weights(bars([100.0, *(100.0 * np.cumprod(1.0 + np.array(returns)))]))
    np.testing.assert_allclose(weights, [[NAN, NAN, 0.5, 0.05 / 0.06, 0.05 / 0.06, 1.0]], rtol=1e-12)


def test_the_target_is_a_year_s_volatility() -> None:
    # a deviation of 0.1 in each of 4 periods is 0.2 a year: half of it is 0.1
    strategy = VolatilityTarget(target=0.1, length=2, periods_per_year=4.0)
    np.testing.assert_allclose(strategy.target_weights(bars([100.0, 110.0, 99.0]))[0, -1], 0.5, rtol=1e-12)


def test_volatility_target_is_flat_where_a_price_is_not_positive() -> None:
    weights = VolatilityTarget(length=2).target_weights(bars([100.0, 110.0, 99.0, -1.0, 99.0, 110.0]))
    np.testing.assert_array_equal(np.isnan(weights), [[True, True, False, True, True, False]])


def test_a_volatility_target_trades_far_less_often_than_every_day() -> None:
    weights = VolatilityTarget().target_weights(walk_block(2000, seed=5))[:, 22:]
    changes = np.count_nonzero(np.diff(weights, axis=1), axis=1)
    assert (changes > 20).all()
    assert (changes < weights.shape[1] / 5).all()


def test_a_chandelier_hangs_from_the_highest_high_and_is_left_once() -> None:
    # highs and lows are half a point from the close; true ranges from bar 1: 1.5, 1.5, 1.5, 1.3, 1.2, 1, 1
    # bar 2: 12 is the higher of two closes, enter; range 1.5, stop 12.5 - 1.5 = 11;  bar 3: stop 13.5 - 1.5 = 12
    # bar 4: range 1.4, stop 12.1 < 12.2: held;  bar 5: range 1.3, stop 12.2 > 11.5: leave
    # bar 6: 11.4 is no high: out;  bar 7: 11.6 is one: enter again, stop 12.1 - 1.075 = 11.025
    close = np.array([10.0, 11.0, 12.0, 13.0, 12.2, 11.5, 11.4, 11.6])
    prices = bars(close.tolist(), high=(close + 0.5).tolist(), low=(close - 0.5).tolist())
    weights = AtrTrailingStop(length=2, multiple=1.0).target_weights(prices)
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0]])


def test_a_trailing_stop_does_not_fall_when_ranges_widen() -> None:
    # closes rise by 1 on ranges of 1 to bar 3: stop 13 - 1 = 12.  Bar 4 falls to 11.9 through a range of 5 (13 to 8):
    # hung anew the stop were 13 - 3 = 10 and would let it pass; the old one of 12 does not
    prices = bars(
        [10.0, 11.0, 12.0, 13.0, 11.9], high=[10.0, 11.0, 12.0, 13.0, 13.0], low=[10.0, 11.0, 12.0, 13.0, 8.0]
    )
    weights = AtrTrailingStop(length=2, multiple=1.0).target_weights(prices)
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 0.0]])


def test_keltner_buys_above_the_channel_and_sells_below_its_middle() -> None:
    # EMA(2): -, 10, 12, 12.33, 12.11; ranges are the moves: -, 0, 3, 0.5, 0.5
    # bar 2: 12 + 0.25 * 3 = 12.75 < 13: enter;  bar 3: 12.5 above the middle: held;  bar 4: 12 below it: leave
    strategy = KeltnerBreakout(length=2, range_length=1, multiple=0.25)
    weights = strategy.target_weights(bars([10.0, 10.0, 13.0, 12.5, 12.0]))
    np.testing.assert_array_equal(weights, [[NAN, 0.0, 1.0, 1.0, 0.0]])


def test_vix_filter_is_long_below_the_average_and_keeps_the_last_reading() -> None:
    # averages of two readings: -, 19, 20, none, (22 + 19) / 2 = 20.5;  a bar without a reading repeats the last one
    prices = bars([1.0, 2.0, 3.0, 4.0, 5.0], references={"VIX": np.array([20.0, 18.0, 22.0, NAN, 19.0])})
    np.testing.assert_array_equal(VixFilter(length=2).target_weights(prices), [[NAN, 1.0, 0.0, 0.0, 1.0]])


def test_vix_filter_has_no_weight_where_the_symbol_has_no_bar() -> None:
    prices = bars([1.0, 2.0, NAN, 4.0], references={"VIX": np.array([20.0, 18.0, 17.0, 16.0])})
    np.testing.assert_array_equal(VixFilter(length=2).target_weights(prices), [[NAN, 1.0, NAN, 1.0]])


def test_vix_filter_without_its_index_raises_and_names_it() -> None:
    with pytest.raises(StrategyError, match="hold no VXN"):
        VixFilter(index="VXN").target_weights(walk_block(100))


def _volatility_target(close: np.ndarray) -> list[float]:
    returns = close[1:] / close[:-1] - 1.0
    weights, in_force = [NAN] * 21, None
    for last in range(20, returns.size):
        realised = statistics.pstdev(returns[last - 20 : last + 1].tolist()) * 252.0**0.5
        wanted = min(1.0, 0.10 / realised)
        if in_force is None or abs(wanted - in_force) > 0.2 * in_force:
            in_force = wanted
        weights.append(in_force)
    return weights


def _chandelier(close: np.ndarray, high: np.ndarray, low: np.ndarray) -> list[float]:
    ranges = talib.ATR(high, low, close, 22)
    weights: list[float] = [NAN] * 22
    entered = None
    for bar in range(22, close.size):
        if entered is None and close[bar] == max(close[bar - 21 : bar + 1]):
            entered = bar
        if entered is not None:
            stops = [max(high[entered : b + 1]) - 3.0 * ranges[b] for b in range(entered, bar + 1)]
            entered = None if close[bar] < max(stops) else entered
        weights.append(0.0 if entered is None else 1.0)
    return weights


def _keltner(close: np.ndarray, high: np.ndarray, low: np.ndarray) -> list[float]:
    middle, ranges = talib.EMA(close, 20), talib.ATR(high, low, close, 10)
    enter = [price > level + 2.0 * span for price, level, span in zip(close, middle, ranges, strict=True)]
    leave = [price < level for price, level in zip(close, middle, strict=True)]
    return held(enter, leave, [level == level for level in middle])


@pytest.mark.parametrize(
    ("strategy", "rule"),
    list(zip(RULES[:3], (_volatility_target, _chandelier, _keltner), strict=True)),
    ids=lambda value: type(value).__name__ if isinstance(value, Strategy) else "",
)
def test_a_volatility_rule_equals_its_twin_on_walks_with_gaps(strategy: Strategy, rule: Callable[..., list]) -> None:
    prices = walk_block(900, seed=6, gap_share=0.05)
    others = (prices.high, prices.low) if "high" in strategy.fields else ()
    expected = on_own_bars(prices.close, rule, *others)
    assert np.unique(expected[~np.isnan(expected)]).size > 1
    np.testing.assert_allclose(strategy.target_weights(prices), expected, rtol=1e-9)


def test_vix_filter_equals_its_twin_on_walks_with_gaps() -> None:
    prices = walk_block(900, seed=6, gap_share=0.05)
    readings: list[float] = []
    calm, wanted = NAN, []
    for level in prices.reference("VIX").tolist():
        if level == level:
            readings.append(level)
            if len(readings) >= 75:
                calm = float(level < statistics.fmean(readings[-75:]))
        wanted.append(calm)
    expected = np.where(np.isnan(prices.close), NAN, np.array(wanted))
    assert (expected == 1.0).any()
    assert (expected == 0.0).any()
    np.testing.assert_array_equal(VixFilter().target_weights(prices), expected)


@pytest.mark.parametrize(
    "strategy",
    [VolatilityTarget(length=2), AtrTrailingStop(length=2), VixFilter(length=2), KeltnerBreakout(length=9)],
    ids=lambda strategy: type(strategy).__name__,
)
def test_warmup_follows_the_length(strategy: Strategy) -> None:
    weights = strategy.target_weights(walk_block(strategy.warmup, seed=8))
    assert np.isfinite(weights[:, -1]).all()
    assert np.isnan(weights[:, :-1]).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VolatilityTarget(length=1), "length must be at least 2 returns; got 1"),
        (lambda: VolatilityTarget(target=0.0), "target must be above 0 and finite; got 0.0"),
        (lambda: VolatilityTarget(maximum=NAN), "maximum must be above 0 and finite; got nan"),
        (lambda: VolatilityTarget(periods_per_year=-1.0), "periods_per_year must be above 0 and finite; got -1.0"),
        (lambda: VolatilityTarget(tolerance=-0.1), "tolerance must be at least 0 and finite; got -0.1"),
        (lambda: AtrTrailingStop(length=1), "length must be at least 2 bars; got 1"),
        (lambda: AtrTrailingStop(multiple=0.0), "multiple must be above 0 and finite; got 0.0"),
        (lambda: KeltnerBreakout(length=1), "got 1 and 10"),
        (lambda: KeltnerBreakout(range_length=0), "got 20 and 0"),
        (lambda: KeltnerBreakout(multiple=np.inf), "multiple must be above 0 and finite; got inf"),
        (lambda: VixFilter(length=1), "length must be at least 2 bars; got 1"),
        (lambda: dataclasses.replace(VixFilter(), index=""), "index must name a volatility index, such as VIX; got ''"),
    ],
)
def test_a_parameter_out_of_range_raises_and_is_named(make: Callable[[], Strategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
