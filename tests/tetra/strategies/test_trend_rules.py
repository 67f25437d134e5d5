"""Rules that follow a trend: worked by hand, equal to a slow twin on TA-Lib's indicators, passing what every rule must.

A gap is no bar: the twins know nothing of gaps and are given each series without them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import talib
from tests.tetra.strategies.rule_contract import CHECKS, NAN, Twin, assert_equals_twin, bars

from tetra.errors import StrategyError
from tetra.strategies.adx_trend import AdxTrend
from tetra.strategies.base import PriceBlock, Strategy
from tetra.strategies.donchian_breakout import DonchianBreakout
from tetra.strategies.ema_cross import EmaCross
from tetra.strategies.macd_cross import MacdCross
from tetra.strategies.on_balance_volume_trend import OnBalanceVolumeTrend
from tetra.strategies.parabolic_sar import ParabolicSar
from tetra.strategies.sma_cross_long_short import SmaCrossLongShort


def test_ema_cross_is_long_while_the_fast_average_is_above() -> None:
    # EMA 2 (2/3 of the way each bar): -, 10.5, 11.5, 9.83, 7.28, 10.43;  EMA 3 (half): -, -, 11, 10, 8, 10
    weights = EmaCross(fast=2, slow=3).target_weights(bars([10.0, 11.0, 12.0, 9.0, 6.0, 12.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 0.0, 0.0, 1.0]])


def test_macd_cross_is_long_while_the_line_is_above_its_signal() -> None:
    # the averages above differ by 0.5, -0.17, -0.72, 0.43 from bar 2 on;
    # their EMA 2: mean(0.5, -0.17) = 0.17 on bar 3, then -0.43, 0.14
    weights = MacdCross(fast=2, slow=3, signal=2).target_weights(bars([10.0, 11.0, 12.0, 9.0, 6.0, 12.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, 0.0, 0.0, 1.0]])


CHANNEL_CLOSES = np.array([10.0, 11.0, 10.0, 12.0, 10.8, 10.0, 9.0, 10.0, 10.6])
CHANNEL = bars(CHANNEL_CLOSES.tolist(), high=(CHANNEL_CLOSES + 0.5).tolist(), low=(CHANNEL_CLOSES - 0.5).tolist())


def test_donchian_breakout_holds_from_one_channel_to_the_other() -> None:
    # bar 3: 12 above the three highs before it (11.5); bar 4: 10.8 above the two lows before it (9.5): held
    # bar 5: 10 below min(11.5, 10.3): out; bar 8: 10.6 above max(10.5, 9.5, 10.5): in again
    weights = DonchianBreakout(entry_length=3, exit_length=2).target_weights(CHANNEL)
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0]])


def test_donchian_breakout_sells_short_below_the_channel_if_told_to() -> None:
    # bar 6: 9 below min(11.5, 10.3, 9.5): short; bar 7: 10 below max(10.5, 9.5): held; bar 8 turns it
    weights = DonchianBreakout(entry_length=3, exit_length=2, with_shorts=True).target_weights(CHANNEL)
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, 1.0, 1.0, 0.0, -1.0, -1.0, 1.0]])


def test_a_bar_that_only_touches_the_channel_changes_nothing() -> None:
    flat = bars([10.0] * 6, high=[10.0] * 6, low=[10.0] * 6)
    weights = DonchianBreakout(entry_length=3, exit_length=2, with_shorts=True).target_weights(flat)
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, 0.0, 0.0, 0.0]])


DIRECTIONAL = bars(
    [9.5, 10.5, 11.5, 12.5, 10.5, 16.0],
    high=[10.0, 11.0, 12.0, 13.0, 12.0, 17.0],
    low=[9.0, 10.0, 11.0, 12.0, 10.0, 15.0],
)


@pytest.mark.parametrize(("threshold", "last"), [(25.0, 1.0), (70.0, 0.0)])
def test_adx_trend_is_long_while_a_strong_trend_goes_up(threshold: float, last: float) -> None:
    # smoothed +DM: 1, 1.5, 1.75, 0.875, 5.4375 on bars 1 to 5; -DM: 0, 0, 0, 2, 1
    # DX: 100 on bars 2 and 3, 39.1 on 4, 68.9 on 5; ADX: 100 on bar 3, 69.6 on 4 (but -DI leads), 69.2 on 5
    weights = AdxTrend(length=2, threshold=threshold).target_weights(DIRECTIONAL)
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, 1.0, 0.0, last]])


PARABOLIC = bars(
    [9.0, 11.0, 13.0, 12.0, 11.0, 12.0, 13.5],
    high=[10.0, 12.0, 14.0, 13.0, 12.0, 12.5, 14.0],
    low=[8.0, 10.0, 12.0, 11.0, 10.0, 11.0, 13.0],
)


@pytest.mark.parametrize(("with_shorts", "below"), [(False, 0.0), (True, -1.0)])
def test_parabolic_sar_is_long_above_its_stop(with_shorts: bool, below: float) -> None:
    # half of the way to the extreme each bar, never beyond the last two lows: 8, 10, 10; bar 4's low (10) meets 11,
    # so the stop turns to the extreme, 14; then half of the way to 10, not below the last two highs: 13; turned by 14
    strategy = ParabolicSar(acceleration=0.5, maximum=0.5, with_shorts=with_shorts)
    np.testing.assert_array_equal(strategy.target_weights(PARABOLIC), [[NAN, 1.0, 1.0, 1.0, below, below, 1.0]])


def test_on_balance_volume_trend_is_long_above_the_average() -> None:
    # on balance: 5, 8, 4, 10, 10 (an unchanged close counts for neither side); mean of 2: -, 6.5, 6, 7, 10
    prices = bars([10.0, 11.0, 10.0, 12.0, 12.0], volume=[5.0, 3.0, 4.0, 6.0, 9.0])
    weights = OnBalanceVolumeTrend(length=2).target_weights(prices)
    np.testing.assert_array_equal(weights, [[NAN, 1.0, 0.0, 1.0, 0.0]])


def test_sma_cross_long_short_is_always_on_one_side() -> None:
    # averages of 2: -, 1.5, 2.5, 3, 2;  of 3: -, -, 2, 2.67, 2.33
    weights = SmaCrossLongShort(fast=2, slow=3).target_weights(bars([1.0, 2.0, 3.0, 3.0, 1.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, -1.0]])


def test_equal_averages_take_no_side() -> None:
    weights = SmaCrossLongShort(fast=2, slow=3).target_weights(bars([5.0] * 4))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 0.0, 0.0]])


def above(line: np.ndarray, level: np.ndarray, *, otherwise: float = 0.0) -> list[float]:
    pairs = zip(line.tolist(), level.tolist(), strict=True)
    return [NAN if x != x or y != y else 1.0 if x > y else otherwise for x, y in pairs]


def ema_twin(prices: PriceBlock) -> list[float]:
    return above(talib.EMA(prices.close[0], 12), talib.EMA(prices.close[0], 26))


def macd_twin(prices: PriceBlock) -> list[float]:
    line, signal, _ = talib.MACD(prices.close[0], 12, 26, 9)
    return above(line, signal)


def adx_twin(prices: PriceBlock) -> list[float]:
    ranges = prices.high[0], prices.low[0], prices.close[0]
    plus, minus, average = talib.PLUS_DI(*ranges, 14), talib.MINUS_DI(*ranges, 14), talib.ADX(*ranges, 14)
    triples = zip(plus.tolist(), minus.tolist(), average.tolist(), strict=True)
    return [NAN if adx != adx else 1.0 if up > down and adx > 25.0 else 0.0 for up, down, adx in triples]


def sar_twin(otherwise: float) -> Twin:
    def twin(prices: PriceBlock) -> list[float]:
        stop = talib.SAR(prices.high[0], prices.low[0], 0.02, 0.2)
        return above(prices.close[0], stop, otherwise=otherwise)

    return twin


def volume_twin(prices: PriceBlock) -> list[float]:
    balance = talib.OBV(prices.close[0], prices.volume[0])
    return above(balance, talib.SMA(balance, 50))


def long_short_twin(prices: PriceBlock) -> list[float]:
    return above(talib.SMA(prices.close[0], 20), talib.SMA(prices.close[0], 50), otherwise=-1.0)


def channel_twin(entry: int, leave: int, *, with_shorts: bool) -> Twin:
    def twin(prices: PriceBlock) -> list[float]:
        high, low, close = (values[0].tolist() for values in (prices.high, prices.low, prices.close))
        weights = [NAN] * min(entry, len(close))
        state = 0.0
        for bar in range(entry, len(close)):
            price = close[bar]
            is_out = price < min(low[bar - leave : bar]) if state > 0.0 else price > max(high[bar - leave : bar])
            state = 0.0 if is_out else state
            if price > max(high[bar - entry : bar]):
                state = 1.0
            elif with_shorts and price < min(low[bar - entry : bar]):
                state = -1.0
            weights.append(state)
        return weights

    return twin


TWINS: list[tuple[Strategy, Twin]] = [
    (EmaCross(), ema_twin),
    (MacdCross(), macd_twin),
    (DonchianBreakout(), channel_twin(20, 10, with_shorts=False)),
    (DonchianBreakout(55, 20, with_shorts=True), channel_twin(55, 20, with_shorts=True)),
    (DonchianBreakout(15, 15, with_shorts=True), channel_twin(15, 15, with_shorts=True)),
    (AdxTrend(), adx_twin),
    (ParabolicSar(), sar_twin(0.0)),
    (ParabolicSar(with_shorts=True), sar_twin(-1.0)),
    (OnBalanceVolumeTrend(), volume_twin),
    (SmaCrossLongShort(), long_short_twin),
]


@pytest.mark.parametrize(("strategy", "twin"), TWINS, ids=[repr(strategy) for strategy, _ in TWINS])
def test_a_rule_equals_its_slow_twin_on_series_with_gaps(strategy: Strategy, twin: Twin) -> None:
    assert_equals_twin(strategy, twin)


@pytest.mark.parametrize("check", CHECKS, ids=[check.__name__ for check in CHECKS])
@pytest.mark.parametrize("strategy", [strategy for strategy, _ in TWINS], ids=repr)
def test_a_rule_passes_what_every_rule_must(strategy: Strategy, check: Callable[[Strategy], None]) -> None:
    assert strategy.category == "trend"
    assert strategy.kind == "single"
    check(strategy)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EmaCross(fast=26, slow=12), "fast must be at least 1 and below slow; got 26 and 12"),
        (lambda: EmaCross(fast=0), "got 0 and 26"),
        (lambda: MacdCross(fast=26), "fast must be at least 2 and below slow; got 26 and 26"),
        (lambda: MacdCross(fast=1), "got 1 and 26"),
        (lambda: MacdCross(signal=1), "signal must be at least 2 bars; got 1"),
        (lambda: DonchianBreakout(exit_length=21), "exit_length must be .* not above entry_length; got 21 and 20"),
        (lambda: DonchianBreakout(exit_length=0), "got 0 and 20"),
        (lambda: AdxTrend(length=1), "length must be at least 2 bars; got 1"),
        (lambda: AdxTrend(threshold=100.0), "threshold must be at least 0 and below 100; got 100.0"),
        (lambda: AdxTrend(threshold=NAN), "got nan"),
        (lambda: ParabolicSar(acceleration=0.3), "acceleration <= maximum <= 1 must hold; got 0.3 and 0.2"),
        (lambda: ParabolicSar(acceleration=0.0), "got 0.0 and 0.2"),
        (lambda: ParabolicSar(maximum=1.5), "got 0.02 and 1.5"),
        (lambda: OnBalanceVolumeTrend(length=1), "length must be at least 2 bars; got 1"),
        (lambda: SmaCrossLongShort(fast=50), "fast must be at least 1 and below slow; got 50 and 50"),
    ],
)
def test_parameters_out_of_range_raise_and_are_named(make: Callable[[], Strategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
