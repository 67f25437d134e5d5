"""A hole in one field of a bar is no reason to sell: the last decision stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from tests.tetra.strategies.rule_contract import BAR, bars, walk_block

from tetra.backtest.api import backtest
from tetra.strategies.base import Field, PriceBlock, Strategy, checked_weights
from tetra.strategies.on_balance_volume_trend import OnBalanceVolumeTrend

NAN = np.nan


@dataclass(frozen=True)
class Told(Strategy):
    """Wants what it is told."""

    weights: tuple[float, ...] = ()
    category: ClassVar[str] = "test"
    fields: ClassVar[tuple[Field, ...]] = ("close", "volume")

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        return np.array([self.weights])


@dataclass(frozen=True)
class ToldByClosesAlone(Told):
    """The same without reading volumes."""

    fields: ClassVar[tuple[Field, ...]] = ("close",)


#                 not warm, hole, warm, hole, no bar, hole, flat by its own word, hole
WANTED = (NAN, NAN, 1.0, NAN, NAN, NAN, NAN, NAN)
PRICES = bars(
    [10.0, 10.0, 10.0, 10.0, NAN, 10.0, 10.0, 10.0],
    volume=[5.0, NAN, 5.0, NAN, NAN, NAN, 5.0, NAN],
)


def test_the_last_decision_stands_on_a_bar_without_a_field_that_is_read() -> None:
    weights = checked_weights(Told(WANTED), PRICES)
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, NAN, 1.0, NAN, NAN]])


def test_a_field_that_is_not_read_is_no_hole() -> None:
    np.testing.assert_array_equal(checked_weights(ToldByClosesAlone(WANTED), PRICES), [WANTED])


def test_what_the_strategy_says_on_a_hole_is_believed() -> None:
    says = (1.0, 0.0, 1.0, 0.5, NAN, 0.0, 1.0, 1.0)
    np.testing.assert_array_equal(checked_weights(Told(says), PRICES), [says])


@pytest.mark.parametrize("seed", range(3))
def test_volumes_that_are_missing_make_no_trades(seed: int) -> None:
    whole = walk_block(1_000, seed=seed)
    is_hole = np.random.default_rng(seed).random(whole.close.shape) < 0.01
    is_hole[:, -1] = False  # an account would end a bar earlier without the bar
    holed = replace(whole, volume=np.where(is_hole, NAN, whole.volume))
    without_bars = replace(whole, **{name: np.where(is_hole, NAN, getattr(whole, name)) for name in BAR})
    strategy = OnBalanceVolumeTrend()
    of_holed, of_fewer = (backtest(strategy, prices, metrics=("trade_count",)) for prices in (holed, without_bars))
    np.testing.assert_array_equal(of_holed.metrics, of_fewer.metrics)
    wanted = strategy.target_weights(holed)
    assert np.isnan(wanted[is_hole]).all()
    assert (wanted[:, :-1][is_hole[:, 1:]] == 1.0).any()  # else nothing was held that a hole could sell
