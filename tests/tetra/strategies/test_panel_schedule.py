"""When panels are weighed anew, who takes part, and which rebalances are traded."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

import numpy as np
import pytest
from tests.tetra.strategies.rule_contract import NAN, panel, walk_block

from tetra.backtest.engine import simulate
from tetra.strategies.base import checked_weights
from tetra.strategies.equal_weight import EqualWeight
from tetra.strategies.inverse_volatility import InverseVolatility
from tetra.strategies.panel_schedule import PanelStrategy
from tetra.strategies.price_block import from_close


@dataclasses.dataclass(frozen=True)
class _LastClose(PanelStrategy):
    """Weighs by the last close, so that a test sees which closes it was given."""

    category: ClassVar[str] = "test"

    def weigh(self, closes: np.ndarray) -> np.ndarray:
        return closes[:, -1] / 1000.0


def test_weights_change_on_the_first_warm_bar_and_where_a_period_of_the_calendar_begins() -> None:
    # weekdays since Thursday 1 January 1970, holidays counted: periods of 3 begin on the 6th, 9th (closed) and 14th
    dates = np.array([f"1970-01-{day:02}" for day in (1, 2, 5, 6, 7, 8, 12, 13, 14)], dtype="datetime64[D]")
    prices = dataclasses.replace(panel([1.0, 2.0, 5.0, 6.0, 7.0, 8.0, 12.0, 13.0, 14.0]), sessions=dates)
    weights = _LastClose(lookback=2, rebalance_every=3).target_weights(prices)
    np.testing.assert_array_equal(weights[0] * 1000.0, [NAN, NAN, 5.0, 6.0, 6.0, 6.0, 12.0, 12.0, 14.0])


def test_without_dates_bars_are_counted_from_the_first() -> None:
    weights = _LastClose(lookback=2, rebalance_every=3).target_weights(panel([float(bar) for bar in range(1, 11)]))
    np.testing.assert_array_equal(weights[0] * 1000.0, [NAN, NAN, 3.0, 4.0, 4.0, 4.0, 7.0, 7.0, 7.0, 10.0])


def test_a_missing_bar_is_nan_and_its_close_the_last_one_known() -> None:
    prices = panel([*range(1, 24), NAN, NAN, *range(26, 31)])
    weights = _LastClose(lookback=21, rebalance_every=3).target_weights(prices)
    np.testing.assert_array_equal(weights[0, 21:] * 1000.0, [22.0, 22.0, NAN, NAN, 23.0, 23.0, 28.0, 28.0, 28.0])


def test_only_symbols_with_enough_own_bars_take_part() -> None:
    closes = np.full((5, 41), 5.0)
    closes[1, :2] = NAN  # listed a day after the look-back began
    closes[2, [3, 9, 14, 20]] = NAN  # 36 of 40 bars is nine tenths
    closes[3, [3, 9, 14, 20, 25]] = NAN  # 35 is not
    closes[4, 7] = 0.0
    weights = _LastClose(lookback=39, rebalance_every=1).target_weights(from_close(closes))
    np.testing.assert_array_equal(weights[:, -1] * 1000.0, [5.0, 0.0, 5.0, 0.0, 0.0])


def test_a_symbol_without_a_bar_in_a_week_is_out_until_the_next_rebalance() -> None:
    closes = np.full((2, 81), 5.0)
    closes[0, 67:72], closes[1, 66:72] = NAN, NAN  # at the rebalance on bar 70, four and five bars without one
    weights = _LastClose(lookback=59, rebalance_every=10).target_weights(from_close(closes)) * 1000.0
    np.testing.assert_array_equal(weights[0, 72:], [5.0] * 9)
    np.testing.assert_array_equal(weights[1, 64:], [5.0] * 2 + [NAN] * 6 + [0.0] * 8 + [5.0])


def test_a_panel_without_anyone_who_takes_part_is_flat() -> None:
    weights = _LastClose(lookback=2, rebalance_every=1).target_weights(panel([NAN, NAN, NAN, NAN, 1.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, NAN, 0.0]])


@pytest.mark.parametrize(("rule", "is_traded"), [(EqualWeight(), False), (InverseVolatility(lookback=21), True)])
def test_a_rebalance_to_the_same_vector_is_not_traded_and_one_to_another_is(
    rule: PanelStrategy, is_traded: bool
) -> None:
    prices = walk_block(200, seed=8)
    costs = []
    for n_bars in (23, 200):  # the first rebalance alone, and eight more
        known = prices.until(n_bars)
        run = simulate(
            checked_weights(rule, known),
            known.close,
            cost_rates=np.full(n_bars, 0.001),
            periods_per_year=252.0,
            account_starts=np.array([0, 8]),
        )
        costs.append(run.metric("costs_paid")[0])
    assert costs[0] > 0.0
    assert (costs[1] > costs[0]) == is_traded
