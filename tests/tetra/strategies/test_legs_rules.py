"""Rules of legs: by hand on short prices, against a plain twin on walks with gaps, and what every rule must keep."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from itertools import pairwise
from math import exp, log

import numpy as np
import pytest

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
PAIR, THREE = (("A", "B"),), (("A", "B", "C"),)
Rows = list[list[float]]


def legs(*closes: list[float]) -> PriceBlock:
    return from_close(np.array(closes, dtype=np.float64))


def wandering_legs(n_legs: int, n_bars: int, *, seed: int, gap_share: float = 0.0) -> PriceBlock:
    """Legs that share a random walk and come apart and together again."""
    rng = np.random.default_rng(seed)
    apart = np.zeros((n_legs, n_bars))
    for bar in range(1, n_bars):
        apart[:, bar] = 0.93 * apart[:, bar - 1] + 0.01 * rng.standard_normal(n_legs)
    close = 50.0 * np.exp(np.cumsum(0.01 * rng.standard_normal(n_bars)) * rng.uniform(0.7, 1.3, (n_legs, 1)) + apart)
    close[rng.random(close.shape) < gap_share] = NAN
    return from_close(close)


# by hand


def test_distance_trades_a_parted_pair_until_the_prices_meet() -> None:
    # formation spread 0, 0.1, 0: deviation 0.0577; then 0.05 is within, 0.06 beyond: the first leg is the dear one
    first = [1.0, 1.1, 1.0, 1.05, 1.06, 1.01, 1.00]
    weights = PairsDistance(PAIR, formation=3, trading=4, entry=1.0).target_weights(legs(first, [1.0] * 7))
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
    rule = PairsCointegration(PAIR, lookback=3, **{"critical_value": 0.0, **parameters})  # type: ignore[arg-type]
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


def cointegration_twin(rule: PairsCointegration, closes: Rows) -> Rows:
    y, x = ([log(close / row[0]) for close in row] for row in closes)
    weights: Rows = [[], []]
    side, slope = 0, 0.0
    for bar in range(rule.lookback, len(y)):
        if side == 0:
            past = list(zip(x[bar - rule.lookback : bar], y[bar - rule.lookback : bar], strict=True))
            slope, intercept = statistics.linear_regression([pair[0] for pair in past], [pair[1] for pair in past])
            left = [b - intercept - slope * a for a, b in past]
            error = (sum(e * e for e in left) / (rule.lookback - 2)) ** 0.5
            pull, bias = statistics.linear_regression(left[:-1], [b - a for a, b in pairwise(left)], proportional=True)
            around = sum((b - (1 + pull) * a) ** 2 for a, b in pairwise(left)) / (rule.lookback - 2)
            statistic = pull / (around / sum(a * a for a in left[:-1])) ** 0.5 + bias
            score, since = (y[bar] - intercept - slope * x[bar]) / error, bar
            if slope > 0 and abs(score) >= rule.entry and statistic < rule.critical_value:
                side = -1 if score > 0 else 1
        else:
            score = (y[bar] - intercept - slope * x[bar]) / error
            if side * score >= -rule.exit or bar - since >= rule.max_holding:
                side = 0
        weights[0].append(side / (1 + slope) if side else 0.0)
        weights[1].append(-side * slope / (1 + slope) if side else 0.0)
    return weights


def distance_twin(rule: PairsDistance, closes: Rows) -> Rows:
    sides, side = [], 0.0
    for bar in range(rule.formation, len(closes[0])):
        start = bar - (bar - rule.formation) % rule.trading
        if bar == start:
            side = 0.0
        first, last = start - rule.formation, start - 1
        formed = [closes[0][i] / closes[0][first] - closes[1][i] / closes[1][first] for i in range(first, start)]
        spread = closes[0][bar] / closes[0][last] - closes[1][bar] / closes[1][last]
        band = rule.entry * statistics.stdev(formed)
        if side * spread >= 0:
            side = -1.0 if spread >= band else 1.0 if spread <= -band else 0.0
        sides.append(side)
    return [[0.5 * side for side in sides], [-0.5 * side for side in sides]]


def fly_twin(rule: Fly, closes: Rows) -> Rows:
    curve = [log(a) - 2 * log(b) + log(c) for a, b, c in zip(*closes, strict=True)]
    sides, side = [], 0.0
    for bar in range(rule.lookback - 1, len(curve)):
        window = curve[bar + 1 - rule.lookback : bar + 1]
        score = (curve[bar] - statistics.fmean(window)) / statistics.pstdev(window)
        if side * score >= -rule.exit:
            side = -1.0 if score >= rule.entry else 1.0 if score <= -rule.entry else 0.0
        sides.append(side)
    return [[share * side for side in sides] for share in (0.25, -0.5, 0.25)]


def switch_twin(rule: SwitchRelativeStrength, closes: Rows) -> Rows:
    held: Rows = [[], []]
    for bar in range(rule.lookback, len(closes[0])):
        if (bar - rule.lookback) % rule.decide_every == 0:
            gain = [row[bar] / row[bar - rule.lookback] - 1 for row in closes]
            best = gain.index(max(gain))
            choice = [float(leg == best and (gain[best] > 0 or not rule.absolute)) for leg in (0, 1)]
        for leg in (0, 1):
            held[leg].append(choice[leg])
    return held


TWINS: list[tuple[LegsStrategy, Callable[..., Rows]]] = [
    (PairsCointegration(PAIR, lookback=60, max_holding=20, exit=0.3), cointegration_twin),
    (PairsCointegration(PAIR, lookback=40, entry=1.5, critical_value=0.0), cointegration_twin),
    (PairsDistance(PAIR, formation=60, trading=45, entry=1.5), distance_twin),
    (Fly(THREE, lookback=30, entry=1.8, exit=0.2), fly_twin),
    (SwitchRelativeStrength(PAIR, lookback=40, decide_every=7), switch_twin),
    (SwitchRelativeStrength(PAIR, lookback=40, decide_every=7, absolute=False), switch_twin),
]


@pytest.mark.parametrize(("rule", "twin"), TWINS)
def test_a_rule_equals_its_twin_on_joint_bars_and_stands_on_the_others(
    rule: LegsStrategy, twin: Callable[..., Rows]
) -> None:
    for seed in range(4):
        prices = wandering_legs(rule.legs, 500, seed=seed, gap_share=0.05)
        joint = [bar for bar in range(500) if not np.isnan(prices.close[:, bar]).any()]
        on_joint = iter(zip(*twin(rule, prices.close[:, joint].tolist()), strict=True))
        expected, standing = np.full(prices.close.shape, NAN), np.full(rule.legs, NAN)
        for bar in range(500):
            if bar in joint[rule.warmup - 1 :]:
                standing = np.array(next(on_joint))
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
    weights = PairsDistance(PAIR, formation=3, trading=4, entry=1.0).target_weights(legs(first, [1.0] * 8))
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
