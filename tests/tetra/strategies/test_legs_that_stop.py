"""Legs whose prices stop or pause while a trade is open: nobody is left with the other half of it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.tetra.strategies.legs_twin import PAIR, THREE, WEEK, wandering_legs

from tetra.strategies.base import LegsStrategy, PriceBlock, checked_weights
from tetra.strategies.fly import Fly
from tetra.strategies.pairs_cointegration import PairsCointegration
from tetra.strategies.pairs_distance import PairsDistance
from tetra.strategies.price_block import from_close
from tetra.strategies.switch_relative_strength import SwitchRelativeStrength
from tetra.strategies.template_legs import TemplateLegs

NAN = np.nan
TRADED: list[LegsStrategy] = [
    PairsCointegration(PAIR, lookback=60, entry=1.5, critical_value=0.0, exit=0.0),
    PairsDistance(PAIR, formation=60, trading=400, entry=1.0),
    Fly(THREE, lookback=60, entry=1.2),
    SwitchRelativeStrength(PAIR, lookback=60, absolute=False),
    TemplateLegs(PAIR),
]


def open_trade(rule: LegsStrategy) -> tuple[PriceBlock, int]:
    """Walks, and a bar on which the rule has a trade that stays open for three weeks from there."""
    prices = wandering_legs(rule.legs, 900, seed=5)
    weights = checked_weights(rule, prices)[0]
    held = [bar for bar in range(rule.warmup, 800) if weights[bar] != 0.0 and len(set(weights[bar : bar + 15])) == 1]
    return prices, held[0]


@pytest.mark.parametrize("rule", TRADED)
def test_a_leg_that_ends_with_the_trade_open_leaves_the_group_flat_within_a_week_for_good(rule: LegsStrategy) -> None:
    prices, bar = open_trade(rule)
    for leg in range(rule.legs):
        close = prices.close.copy()
        close[leg, bar + 1 :] = NAN
        weights = checked_weights(rule, from_close(close))
        others = [row for row in range(rule.legs) if row != leg]
        stands = np.repeat(weights[others, bar : bar + 1], WEEK - 1, axis=1)
        np.testing.assert_array_equal(weights[others, bar + 1 : bar + WEEK], stands)
        assert (weights[:, bar] != 0.0).any()
        assert (weights[others, bar + WEEK :] == 0.0).all()
        assert np.isnan(weights[leg, bar + 1 :]).all()


@pytest.mark.parametrize("rule", TRADED[:3])  # the others decide anew when all are back
@pytest.mark.parametrize(("away", "is_over"), [(WEEK - 1, False), (WEEK, True)])
def test_a_trade_is_over_when_a_leg_is_back_after_a_week_and_goes_on_before(
    rule: LegsStrategy, away: int, is_over: bool
) -> None:
    prices, bar = open_trade(rule)
    close = prices.close.copy()
    close[0, bar + 1 : bar + 1 + away] = NAN
    weights = checked_weights(rule, from_close(close))
    back = weights[:, bar + 1 + away]
    np.testing.assert_array_equal(back, np.zeros(rule.legs) if is_over else weights[:, bar])


def test_a_bar_on_which_no_leg_has_a_price_is_none_of_the_group() -> None:
    prices, bar = open_trade(TRADED[0])
    close = np.insert(prices.close, [bar + 1] * 20, NAN, axis=1)
    weights = checked_weights(TRADED[0], from_close(close))
    np.testing.assert_array_equal(
        np.delete(weights, range(bar + 1, bar + 21), axis=1), checked_weights(TRADED[0], prices)
    )
