"""The guard catches every way of peeking we know, names the bar, and lets the honest pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from tetra.backtest.look_ahead import find_movement, random_walks, require_no_look_ahead
from tetra.errors import LookAheadError, StrategyError
from tetra.indicators.averages import simple_moving_average
from tetra.strategies import registry
from tetra.strategies.base import PriceBlock, Strategy


@dataclass(frozen=True)
class _Rule(Strategy):
    category: ClassVar[str] = "test"

    @property
    def warmup(self) -> int:
        return 1


class _TomorrowsClose(_Rule):
    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        tomorrow = np.concatenate([prices.close[:, 1:], prices.close[:, -1:]], axis=1)
        return np.where(tomorrow > prices.close, 1.0, 0.0)


class _CentredWindow(_Rule):
    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        filled = np.nan_to_num(prices.close, nan=100.0)
        centred = np.stack([np.convolve(row, np.ones(5) / 5, mode="same") for row in filled])
        return np.where(filled > centred, 1.0, 0.0)


class _FullSampleScore(_Rule):
    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        mean = np.nanmean(prices.close, axis=1, keepdims=True)
        return np.where(prices.close < mean, 1.0, 0.0)


class _BackfilledGaps(_Rule):
    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        filled = prices.close.copy()
        for bar in range(filled.shape[1] - 2, -1, -1):
            filled[:, bar] = np.where(np.isnan(filled[:, bar]), filled[:, bar + 1], filled[:, bar])
        return np.where(filled > simple_moving_average(filled, length=3), 1.0, 0.0)


class _LateJoin(_Rule):
    """Peeks on a single bar of a single series, far ahead."""

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        weights = np.zeros(prices.close.shape)
        if prices.n_bars > 390:
            weights[3, 150] = np.nan_to_num(prices.close[3, 390], nan=1.0)
        return weights


@pytest.mark.parametrize("rule", [_TomorrowsClose, _CentredWindow, _FullSampleScore, _BackfilledGaps, _LateJoin])
def test_a_peeking_rule_is_caught(rule: type[_Rule]) -> None:
    with pytest.raises(LookAheadError, match=r"strategy 'peeking' looks ahead: the weight of WALK\d on bar \d+ moved"):
        require_no_look_ahead(rule(), name="peeking")


def test_the_first_bar_that_moved_is_named() -> None:
    prices = random_walks(401, rng=np.random.default_rng(0))
    moved = find_movement(_LateJoin(), prices, name="late", rng=np.random.default_rng(1))
    assert moved is not None
    assert (moved.symbol, moved.bar) == ("WALK3", 150)
    assert moved.cut > 150


def test_a_full_sample_score_moves_from_the_first_bars() -> None:
    prices = random_walks(401, rng=np.random.default_rng(0))
    moved = find_movement(_FullSampleScore(), prices, name="score", rng=np.random.default_rng(1))
    assert moved is not None
    assert moved.bar < 50


@pytest.mark.parametrize("name", [entry.name for entry in registry.load()])
def test_every_registered_strategy_passes(name: str) -> None:
    require_no_look_ahead(registry.find(name).strategy, name=name)


class _ChangesPrices(_Rule):
    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        prices.close[:, 0] = 1.0
        return np.zeros(prices.close.shape)


def test_a_rule_that_changes_the_prices_it_is_given_raises() -> None:
    with pytest.raises(StrategyError, match="'careless' changes the close prices"):
        require_no_look_ahead(_ChangesPrices(), name="careless")


class _NeverWarm(_Rule):
    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        return np.full(prices.close.shape, np.nan)


def test_a_rule_that_is_never_warm_cannot_be_audited() -> None:
    with pytest.raises(StrategyError, match="'silent' gives no weight on 401 bars"):
        require_no_look_ahead(_NeverWarm(), name="silent")
