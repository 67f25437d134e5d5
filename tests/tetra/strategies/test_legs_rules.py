"""Rules of legs: by hand on short prices, against a plain twin on walks with gaps, and what every rule must keep."""

from __future__ import annotations

from collections.abc import Callable
from math import exp

import numpy as np
import pytest
from tests.tetra.strategies.calendar_twin import begins_period, since
from tests.tetra.strategies.legs_twin import (
    PAIR,
    THREE,
    WEEK,
    Rows,
    cointegration_twin,
    distance_twin,
    fly_twin,
    joint_of,
    switch_twin,
    wandering_legs,
)
from tests.tetra.strategies.rule_contract import walk_block

from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.errors import StrategyError
from tetra.strategies.base import LegsStrategy, PriceBlock, checked_weights
from tetra.strategies.fly import Fly
from tetra.strategies.pairs_cointegration import PairsCointegration
from tetra.strategies.pairs_distance import PairsDistance
from tetra.strategies.pairs_regression import fit_line, reversion_statistic
from tetra.strategies.price_block import from_close
from tetra.strategies.switch_relative_strength import SwitchRelativeStrength

NAN = np.nan


def legs(*closes: list[float]) -> PriceBlock:
    return from_close(np.array(closes, dtype=np.float64))


# by hand


def test_distance_trades_a_parted_pair_until_the_prices_meet() -> None:
    # formation spread 0, 0.1, 0: deviation 0.0577; then 0.05 is within, 0.06 beyond: the first leg is the dear one
    first = [1.0, 1.1, 1.0, 1.05, 1.06, 1.01, 1.00]
    weights = PairsDistance(PAIR, formation=3, trading=9, entry=1.0).target_weights(legs(first, [1.0] * 7))
    np.testing.assert_array_equal(weights[0], [NAN, NAN, NAN, 0.0, -0.5, -0.5, 0.0])
    np.testing.assert_array_equal(weights[1], -weights[0])


def test_distance_starts_each_period_flat_and_from_one() -> None:
    # the second period forms on 1.05, 1.06, 1.07 (deviation 0.0095) and starts at 1.07: 1.07 again is no distance
    first = [1.0, 1.1, 1.0, 1.05, 1.06, 1.07, 1.07, 1.09]
    weights = PairsDistance(PAIR, formation=3, trading=3, entry=1.0).target_weights(legs(first, [1.0] * 8))
    np.testing.assert_array_equal(weights[0], [NAN, NAN, NAN, 0.0, -0.5, -0.5, 0.0, -0.5])


# logs 0, 2, 1 on 0, 1, 2: slope 0.5, intercept 0.5, residuals -0.5, 1, -0.5, standard error sqrt(1.5) = 1.22;
# pull -2.25 / 1.25 = -1.8, what it leaves 0.6 and 0.3: statistic -1.8 / sqrt(0.45 / 1.25) = -3.0
FITTED = ([0.0, 2.0, 1.0], [0.0, 1.0, 2.0])


def by_regression(y: list[float], x: list[float], **parameters: float) -> np.ndarray:
    rule = PairsCointegration(PAIR, lookback=3, **{"critical_value": 0.0, **parameters})
    prices = legs(*([exp(value) for value in FITTED[leg] + more] for leg, more in enumerate((y, x))))
    return rule.target_weights(prices)[:, 3:]


def test_cointegration_freezes_the_hedge_ratio_while_the_trade_is_open() -> None:
    # -2 is (-2 - 0.5) / 1.22 = -2.04 errors from the line; then -0.4 errors; then above it: out
    weights = by_regression([-2.0, 1.0, 0.6], [0.0, 2.0, 0.0])
    np.testing.assert_allclose(weights, [[2 / 3, 2 / 3, 0.0], [-1 / 3, -1 / 3, 0.0]], atol=1e-15)
    assert (weights[:, 0] == weights[:, 1]).all()


def test_cointegration_leaves_after_the_longest_holding() -> None:
    np.testing.assert_allclose(by_regression([-2.0, -2.0, -2.0], [0.0, 0.0, 0.0], max_holding=1)[0, :2], [2 / 3, 0.0])


def test_cointegration_exits_at_the_level_asked_for() -> None:
    np.testing.assert_allclose(by_regression([-2.0, 1.0], [0.0, 2.0], exit=0.5)[0], [2 / 3, 0.0])


@pytest.mark.parametrize(("critical_value", "weight"), [(-2.99, 2 / 3), (-3.01, 0.0)])
def test_cointegration_asks_residuals_to_revert(critical_value: float, weight: float) -> None:
    assert by_regression([-2.0], [0.0], critical_value=critical_value)[0, 0] == pytest.approx(weight)


def test_a_hedge_ratio_below_zero_is_not_traded() -> None:
    falling = [-value for value in FITTED[1]]
    prices = legs([exp(value) for value in [*FITTED[0], -9.0]], [exp(value) for value in [*falling, 0.0]])
    np.testing.assert_array_equal(PairsCointegration(PAIR, lookback=3).target_weights(prices)[:, 3], [0.0, 0.0])


def test_fly_is_short_dear_wings_and_turns_with_them() -> None:
    # curvature 0, 0, 1, 1, 0; z of 3: sqrt 2, then (1 - 2/3) / 0.471 = 0.71, then -sqrt 2
    wing = [1.0, 1.0, exp(1.0), exp(1.0), 1.0]
    weights = Fly(THREE, lookback=3, entry=1.4).target_weights(legs(wing, [1.0] * 5, [1.0] * 5))
    np.testing.assert_array_equal(weights[0], [NAN, NAN, -0.25, -0.25, 0.25])
    np.testing.assert_array_equal(weights[1:], [-2.0 * weights[0], weights[0]])


def test_switch_holds_the_stronger_leg_from_decision_to_decision_and_none_that_fell() -> None:
    # over 2 bars: 2x and 3x; then (bar 4) 0.5x and 1/3x: both fell; without the absolute test the first is held
    pair = legs([1.0, 1.0, 2.0, 9.0, 1.0], [1.0, 1.0, 3.0, 1.0, 1.0])
    weights = SwitchRelativeStrength(PAIR, lookback=2, decide_every=2).target_weights(pair)
    np.testing.assert_array_equal(weights, [[NAN, NAN, 0.0, 0.0, 0.0], [NAN, NAN, 1.0, 1.0, 0.0]])
    always = SwitchRelativeStrength(PAIR, lookback=2, decide_every=2, absolute=False).target_weights(pair)
    np.testing.assert_array_equal(always[:, 4], [1.0, 0.0])


# against others


def test_the_regression_is_that_of_numpy_and_the_test_that_of_statsmodels() -> None:
    from statsmodels.tsa.stattools import coint

    y, x = np.log(wandering_legs(2, 200, seed=3).close)
    (intercept, slope), squares, *_ = np.linalg.lstsq(np.column_stack([np.ones(200), x]), y)
    np.testing.assert_allclose(fit_line(y, x), [intercept, slope, np.sqrt(squares[0] / 198)], rtol=1e-10)
    statistic = coint(y, x, trend="c", maxlag=0, autolag=None)[0]
    assert reversion_statistic(y - intercept - slope * x) == pytest.approx(statistic, rel=1e-9)


TWINS: list[tuple[LegsStrategy, Callable[..., Rows]]] = [
    (PairsCointegration(PAIR, lookback=60, max_holding=20, exit=0.3), cointegration_twin),
    (PairsCointegration(PAIR, lookback=40, entry=1.5, critical_value=0.0), cointegration_twin),
    (PairsDistance(PAIR, formation=60, trading=45, entry=1.5), distance_twin),
    (Fly(THREE, lookback=30, entry=1.8, exit=0.2), fly_twin),
    (SwitchRelativeStrength(PAIR, lookback=40, decide_every=7), switch_twin),
    (SwitchRelativeStrength(PAIR, lookback=40, decide_every=7, absolute=False), switch_twin),
]


@pytest.mark.parametrize(("rule", "twin"), TWINS)
def test_a_rule_equals_its_twin_on_joint_bars_and_stands_for_a_week_on_the_others(
    rule: LegsStrategy, twin: Callable[..., Rows]
) -> None:
    for seed in range(4):
        close = wandering_legs(rule.legs, 500, seed=seed, gap_share=0.05).close
        for start in range(120, 480, 40):
            close[start % rule.legs, start : start + start // 40] = NAN  # away for 3 to 11 days
        prices = from_close(close)
        joint = joint_of(prices)
        on_joint = iter(zip(*twin(rule, close[:, joint.places].tolist(), joint), strict=True))
        expected, standing, n_incomplete = np.full(close.shape, NAN), np.full(rule.legs, NAN), 0
        for bar in range(500):
            n_incomplete = 0 if bar in joint.places else n_incomplete + (not np.isnan(close[:, bar]).all())
            if bar in joint.places[rule.warmup - 1 :]:
                standing = np.array(next(on_joint))
            elif n_incomplete == WEEK:
                standing = 0.0 * standing
            expected[:, bar] = np.where(np.isnan(prices.close[:, bar]), NAN, standing)
        weights = checked_weights(rule, prices)
        np.testing.assert_allclose(weights, expected, atol=1e-12)
        assert len(np.unique(np.round(weights[0][np.isfinite(weights[0])], 9))) > 1  # it did trade


# what every rule keeps

RULES = [
    PairsCointegration(PAIR),
    PairsCointegration(PAIR, critical_value=0.0),
    PairsDistance(PAIR),
    Fly(THREE),
    SwitchRelativeStrength(PAIR),
]


@pytest.mark.parametrize("rule", RULES)
def test_warm_up_is_exact(rule: LegsStrategy) -> None:
    weights = checked_weights(rule, wandering_legs(rule.legs, rule.warmup + 40, seed=1))
    assert np.isnan(weights[:, : rule.warmup - 1]).all()
    assert np.isfinite(weights[:, rule.warmup - 1 :]).all()


@pytest.mark.parametrize("rule", RULES)
def test_the_unit_of_the_prices_moves_nothing_and_no_more_than_the_capital_is_used(rule: LegsStrategy) -> None:
    prices = wandering_legs(rule.legs, 900, seed=2, gap_share=0.02)
    weights = checked_weights(rule, prices)
    np.testing.assert_array_equal(checked_weights(rule, prices.map(lambda values: 2.0 * values)), weights)
    used = np.nansum(np.abs(weights), axis=0)
    assert 0.9 < used.max() <= 1.0 + 1e-12


def test_the_longest_holding_counts_bars_on_which_a_leg_is_missing() -> None:
    parameters = {"max_holding": 4}
    on_joint = by_regression([-2.0] * 6, [0.0] * 6, **parameters)[0]
    np.testing.assert_allclose(on_joint[:5], [2 / 3] * 4 + [0.0])
    with_gap = by_regression([-2.0] * 6, [0.0, NAN, NAN, 0.0, 0.0, 0.0], **parameters)[0]
    np.testing.assert_allclose(with_gap[:5], [2 / 3] * 4 + [0.0])


@pytest.mark.parametrize(
    ("rule", "every"),
    [(SwitchRelativeStrength(PAIR, lookback=60), 21), (PairsDistance(PAIR, formation=60, trading=21, entry=1.0), 21)],
)
def test_a_day_has_the_same_weights_wherever_the_prices_begin(rule: LegsStrategy, every: int) -> None:
    prices = walk_block(rule.warmup + 120, seed=9, n_series=2)
    weights = checked_weights(rule, prices)
    n_equal_at_once = 0
    for first in range(21):
        from_bar = first + rule.warmup - 1
        n_equal_at_once += begins_period(prices, from_bar, every=every)
        while not begins_period(prices, from_bar, every=every):
            from_bar += 1
        shorter = checked_weights(rule, since(prices, first))
        np.testing.assert_array_equal(shorter[:, from_bar - first :], weights[:, from_bar:])
    assert n_equal_at_once >= 1


@pytest.mark.parametrize("rule", RULES)
def test_the_look_ahead_guard_passes(rule: LegsStrategy) -> None:
    require_no_look_ahead(rule, name=type(rule).__name__)


@pytest.mark.parametrize("rule", RULES)
def test_legs_that_move_as_one_or_never_meet_are_not_traded(rule: LegsStrategy) -> None:
    walk = wandering_legs(1, 600, seed=4).close[0]
    same = checked_weights(rule, from_close(np.array([walk, 3.0 * walk, 0.7 * walk])[: rule.legs]))
    if not isinstance(rule, SwitchRelativeStrength):
        assert set(np.unique(same[:, rule.warmup - 1 :])) == {0.0}
    halves = np.full((rule.legs, 600), NAN)
    halves[0, :300], halves[1:, 300:] = walk[:300], walk[300:]
    assert np.isnan(checked_weights(rule, from_close(halves))).all()


def test_a_price_that_is_not_positive_is_no_joint_bar() -> None:
    first = [1.0, 1.1, 1.0, 1.05, 1.06, -1.0, 1.01, 1.00]
    weights = PairsDistance(PAIR, formation=3, trading=9, entry=1.0).target_weights(legs(first, [1.0] * 8))
    np.testing.assert_array_equal(weights[0], [NAN, NAN, NAN, 0.0, -0.5, -0.5, -0.5, 0.0])


def test_more_rows_than_legs_raise() -> None:
    with pytest.raises(StrategyError, match="Fly takes one group of 3 legs at a time, got 2 rows"):
        Fly(THREE).target_weights(legs([1.0], [1.0]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Fly(PAIR), r"a group has 3 different symbols; got \['A', 'B'\]"),
        (lambda: Fly(THREE, lookback=1), "lookback must be at least 2 bars; got 1"),
        (lambda: Fly(THREE, entry=1.0, exit=1.0), "got 1.0 and 1.0"),
        (lambda: PairsDistance(PAIR, formation=1), "formation must be at least 2 bars; got 1"),
        (lambda: PairsDistance(PAIR, trading=0), "trading must be at least 1 bar; got 0"),
        (lambda: PairsDistance(PAIR, entry=0.0), "entry must be above 0 standard deviations; got 0.0"),
        (lambda: PairsCointegration(PAIR, lookback=2), "lookback must be at least 3 bars; got 2"),
        (lambda: PairsCointegration(PAIR, exit=-0.1), "got -0.1 and 2.0"),
        (lambda: PairsCointegration(PAIR, max_holding=0), "max_holding must be at least 1 bar; got 0"),
        (lambda: PairsCointegration(PAIR, critical_value=1.0), "critical_value must be at most 0; got 1.0"),
        (lambda: SwitchRelativeStrength(PAIR, lookback=0), "lookback must be at least 1 bar; got 0"),
        (lambda: SwitchRelativeStrength(PAIR, decide_every=0), "decide_every must be at least 1 bar; got 0"),
    ],
)
def test_a_parameter_out_of_range_raises_and_is_named(make: Callable[[], LegsStrategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
