"""Rules of panels, each by hand and against a plain twin, and what every rule keeps. Not their schedule."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from tests.tetra.strategies.calendar_twin import begins_period, since
from tests.tetra.strategies.rule_contract import NAN, assert_blind_to_the_scale_of_prices, panel, walk_block

from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.errors import StrategyError
from tetra.strategies.base import PriceBlock, checked_weights
from tetra.strategies.cross_sectional_momentum import CrossSectionalMomentum
from tetra.strategies.cross_sectional_reversal import CrossSectionalReversal
from tetra.strategies.equal_weight import EqualWeight
from tetra.strategies.hierarchical_risk_parity import HierarchicalRiskParity
from tetra.strategies.inverse_volatility import InverseVolatility
from tetra.strategies.low_volatility_quintile import LowVolatilityQuintile
from tetra.strategies.panel_schedule import PanelStrategy
from tetra.strategies.panel_weights import ranked_weights

# by hand


def test_momentum_holds_past_winners_and_leaves_out_the_last_bars() -> None:
    # to the bar before the last: +10, +20, +30, +40, -10 %; the last bar would say otherwise
    closes = [[1.0, 1.1, 9.0], [1.0, 1.2, 1.0], [2.0, 2.6, 1.0], [1.0, 1.4, 1.0], [1.0, 0.9, 9.0]]
    parameters = {"lookback": 2, "skip": 1, "share": 0.4}
    weights = CrossSectionalMomentum(**parameters).target_weights(panel(*closes))
    np.testing.assert_array_equal(weights[:, -1], [0.0, 0.0, 0.5, 0.5, 0.0])
    weights = CrossSectionalMomentum(**parameters, long_short=True).target_weights(panel(*closes))
    np.testing.assert_array_equal(weights[:, -1], [-0.25, 0.0, 0.25, 0.25, -0.25])


def test_reversal_holds_the_losers_of_the_whole_month() -> None:
    closes = [[1.0, 9.0, 1.1], [1.0, 1.0, 0.9], [2.0, 1.0, 2.6], [1.0, 1.0, 0.95], [1.0, 1.0, 1.0]]
    weights = CrossSectionalReversal(lookback=2, share=0.4).target_weights(panel(*closes))
    np.testing.assert_array_equal(weights[:, -1], [0.0, 0.5, 0.0, 0.5, 0.0])
    weights = CrossSectionalReversal(lookback=2, share=0.4, long_short=True).target_weights(panel(*closes))
    np.testing.assert_array_equal(weights[:, -1], [-0.25, 0.25, -0.25, 0.25, 0.0])


# returns 0 and 1; 0 and 1/2; 0 and 0; 0 and -1/4: deviations 0.71, 0.35, 0, 0.18
UNEQUAL = ([1.0, 1.0, 2.0], [2.0, 2.0, 3.0], [1.0, 1.0, 1.0], [4.0, 4.0, 3.0])


def test_low_volatility_holds_the_calmest_that_move() -> None:
    weights = LowVolatilityQuintile(lookback=2, share=0.5).target_weights(panel(*UNEQUAL))
    np.testing.assert_array_equal(weights[:, -1], [0.0, 0.5, 0.0, 0.5])


def test_inverse_volatility_weighs_one_two_four() -> None:
    weights = InverseVolatility(lookback=2).target_weights(panel(*UNEQUAL))
    np.testing.assert_allclose(weights[:, -1], [1 / 7, 2 / 7, 0.0, 4 / 7], rtol=1e-15)


def test_equal_weight_is_one_over_those_that_take_part() -> None:
    weights = EqualWeight(lookback=2).target_weights(panel([1.0] * 3, [2.0] * 3, [NAN, 1.0, 1.0], [3.0] * 3))
    np.testing.assert_array_equal(weights[:, -1], [1 / 3, 1 / 3, 0.0, 1 / 3])


@pytest.mark.parametrize(("symbols", "long_short", "expected"), [(1, True, [0.0]), (1, False, [1.0])])
def test_a_ranking_of_one_is_long_or_nothing(symbols: int, long_short: bool, expected: list[float]) -> None:
    weights = ranked_weights(np.ones(symbols), share=0.2, long_short=long_short)
    np.testing.assert_array_equal(weights, expected)


# against plain twins


def ranked(scores: list[float], share: float, *, long_short: bool = False) -> list[float]:
    count = max(1, round(share * len(scores)))
    best = sorted(range(len(scores)), key=lambda place: -scores[place])
    side = 0.5 if long_short else 1.0
    top, bottom = set(best[:count]), set(best[-count:]) if long_short else set()
    return [(side * (place in top) - side * (place in bottom)) / count for place in range(len(scores))]


def deviation(closes: list[float]) -> float:
    return statistics.stdev(after / before - 1.0 for before, after in pairwise(closes))


def shares(amounts: list[float]) -> list[float]:
    return [amount / sum(amounts) for amount in amounts]


Weigh = Callable[[list[list[float]]], list[float]]
TWINS: list[tuple[PanelStrategy, Weigh]] = [
    (EqualWeight(), lambda rows: shares([1.0 for _ in rows])),
    (CrossSectionalMomentum(lookback=60, skip=5), lambda rows: ranked([row[-6] / row[0] for row in rows], 0.2)),
    (
        CrossSectionalMomentum(lookback=60, skip=0, share=0.3, long_short=True),
        lambda rows: ranked([row[-1] / row[0] for row in rows], 0.3, long_short=True),
    ),
    (CrossSectionalReversal(), lambda rows: ranked([-row[-1] / row[0] for row in rows], 0.2)),
    (LowVolatilityQuintile(lookback=60), lambda rows: ranked([-deviation(row) for row in rows], 0.2)),
    (InverseVolatility(lookback=60), lambda rows: shares([1.0 / deviation(row) for row in rows])),
]


def by_twin(rule: PanelStrategy, weigh: Weigh, prices: PriceBlock) -> np.ndarray:
    expected = np.full(prices.close.shape, NAN)
    target: dict[int, float] = {}
    for bar in range(rule.lookback, prices.n_bars):
        if bar == rule.lookback or begins_period(prices, bar, every=rule.rebalance_every):
            windows = {}
            for row, closes in enumerate(prices.close.tolist()):
                own = [place for place in range(bar + 1) if closes[place] == closes[place]]
                recent = [place for place in own if place >= bar - rule.lookback]
                was_listed = bool(own) and own[0] <= bar - rule.lookback
                if was_listed and len(recent) >= 0.9 * (rule.lookback + 1) and own[-1] > bar - 5:
                    days = range(bar - rule.lookback, bar + 1)
                    windows[row] = [closes[max(place for place in own if place <= day)] for day in days]
            target = dict(zip(windows, weigh(list(windows.values())), strict=True)) if windows else {}
        for row in range(len(prices.symbols)):
            if not np.isnan(prices.close[row, bar]):
                expected[row, bar] = target.get(row, 0.0)
    return expected


@pytest.mark.parametrize(("rule", "weigh"), TWINS)
def test_a_rule_equals_its_twin_on_walks_with_gaps(rule: PanelStrategy, weigh: Weigh) -> None:
    for seed in range(2):
        prices = walk_block(200, seed=seed, n_series=10, gap_share=0.04)
        closes = prices.close.copy()
        closes[8, :90], closes[9, 120:] = NAN, NAN  # listed late, gone early
        prices = dataclasses.replace(prices, close=closes)
        np.testing.assert_allclose(checked_weights(rule, prices), by_twin(rule, weigh, prices), atol=1e-13)


# what every rule keeps

LONG_ONLY = [
    EqualWeight(),
    CrossSectionalMomentum(),
    CrossSectionalReversal(),
    LowVolatilityQuintile(),
    InverseVolatility(lookback=63),
    HierarchicalRiskParity(),
]
RULES = [*LONG_ONLY, CrossSectionalMomentum(long_short=True), CrossSectionalReversal(long_short=True)]


@pytest.mark.parametrize("rule", RULES)
def test_warm_up_is_exact(rule: PanelStrategy) -> None:
    weights = checked_weights(rule, walk_block(rule.warmup + 40, seed=1))
    assert np.isnan(weights[:, : rule.warmup - 1]).all()
    assert np.isfinite(weights[:, rule.warmup - 1 :]).all()


@pytest.mark.parametrize("rule", RULES[1:])  # the weights of the first are all one: a check of them could not fail
def test_the_unit_of_the_prices_moves_nothing(rule: PanelStrategy) -> None:
    assert_blind_to_the_scale_of_prices(rule)


@pytest.mark.parametrize("rule", RULES)
def test_the_order_of_the_rows_is_the_order_of_the_weights_and_nothing_else(rule: PanelStrategy) -> None:
    prices = walk_block(rule.warmup + 100, seed=3, n_series=23, gap_share=0.02)
    order = np.random.default_rng(5).permutation(23)
    np.testing.assert_array_equal(checked_weights(rule, prices.take(order)), checked_weights(rule, prices)[order])


@pytest.mark.parametrize("rule", RULES)
def test_a_day_has_the_same_weights_wherever_the_prices_begin(rule: PanelStrategy) -> None:
    prices = walk_block(rule.warmup + 120, seed=9, n_series=23)
    weights = checked_weights(rule, prices)
    n_equal_at_once = 0
    for first in range(21):
        from_bar = first + rule.lookback
        n_equal_at_once += begins_period(prices, from_bar, every=21)
        while not begins_period(prices, from_bar, every=21):
            from_bar += 1
        shorter = checked_weights(rule, since(prices, first))
        np.testing.assert_array_equal(shorter[:, from_bar - first :], weights[:, from_bar:])
    assert n_equal_at_once >= 1  # a block that is warm on the first bar of a period agrees from there


@pytest.mark.parametrize("rule", RULES[len(LONG_ONLY) :])  # the others are shipped: ``test_every_strategy`` audits them
def test_the_look_ahead_guard_passes(rule: PanelStrategy) -> None:
    require_no_look_ahead(rule, name=type(rule).__name__)


@pytest.mark.parametrize("rule", RULES)
def test_a_rebalance_uses_the_capital_and_no_more(rule: PanelStrategy) -> None:
    weights = checked_weights(rule, walk_block(rule.warmup + 100, seed=6, n_series=23))[:, rule.warmup - 1 :]
    np.testing.assert_allclose(np.abs(weights).sum(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0 if rule in LONG_ONLY else 0.0, atol=1e-12)
    assert (weights.min() >= 0.0) == (rule in LONG_ONLY)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EqualWeight(lookback=0), "lookback must be at least 1 bar; got 0"),
        (lambda: EqualWeight(rebalance_every=0), "rebalance_every must be at least 1 bar; got 0"),
        (lambda: CrossSectionalMomentum(lookback=21), "skip must be at least 0 and below lookback; got 21 and 21"),
        (lambda: CrossSectionalMomentum(share=0.6), "share must be above 0 and at most 0.5; got 0.6"),
        (lambda: CrossSectionalReversal(share=0.0), "share must be above 0 and at most 0.5; got 0.0"),
        (lambda: LowVolatilityQuintile(lookback=1), "lookback must be at least 2 bars; got 1"),
        (lambda: LowVolatilityQuintile(share=-1.0), "got -1.0"),
        (lambda: InverseVolatility(lookback=1), "lookback must be at least 2 bars; got 1"),
        (lambda: HierarchicalRiskParity(lookback=1), "lookback must be at least 2 bars; got 1"),
    ],
)
def test_a_parameter_out_of_range_raises_and_is_named(make: Callable[[], PanelStrategy], message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()
