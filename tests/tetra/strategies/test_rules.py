"""The rules themselves, on prices where the answer is plain."""

from __future__ import annotations

import numpy as np
import pytest

from tetra.errors import StrategyError
from tetra.strategies.base import PriceBlock, Strategy, checked_weights
from tetra.strategies.buy_and_hold import BuyAndHold
from tetra.strategies.cash import Cash
from tetra.strategies.rsi_reversion import RsiReversion
from tetra.strategies.sma_cross import SmaCross
from tetra.strategies.time_series_momentum import TimeSeriesMomentum

NAN = np.nan


def block(*closes: list[float]) -> PriceBlock:
    close = np.array(closes, dtype=np.float64)
    missing = np.full(close.shape, np.nan)
    return PriceBlock(tuple(f"S{row}" for row in range(len(closes))), missing, missing, missing, close, missing)


def test_buy_and_hold_wants_everything_wherever_there_is_a_bar() -> None:
    np.testing.assert_array_equal(BuyAndHold().target_weights(block([1.0, NAN, 2.0])), [[1.0, NAN, 1.0]])


def test_cash_wants_nothing() -> None:
    np.testing.assert_array_equal(Cash().target_weights(block([1.0, NAN, 2.0])), [[0.0, NAN, 0.0]])


def test_sma_cross_is_long_while_the_fast_average_is_above() -> None:
    # averages of 2: -, 1.5, 2.5, 3, 2;  of 3: -, -, 2, 2.67, 2.33
    weights = SmaCross(fast=2, slow=3).target_weights(block([1.0, 2.0, 3.0, 3.0, 1.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 0.0]])


def test_equal_averages_are_flat() -> None:
    weights = SmaCross(fast=2, slow=3).target_weights(block([5.0] * 4))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 0.0, 0.0]])


def test_rsi_reversion_holds_from_oversold_to_overbought() -> None:
    # RSI(2) of: fall, fall -> 0; up 1 -> 50 at Wilder's smoothing of (0, 1); further rises -> above 70
    weights = RsiReversion(length=2).target_weights(block([10.0, 9.0, 8.0, 8.9, 11.0, 11.1]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, 1.0, 1.0, 0.0, 0.0]])


def test_time_series_momentum_leaves_out_the_last_bars() -> None:
    # at bar 3 from bar 0 (1.0) to bar 2 (2.0): up, though bar 3 fell; at bar 4 from 3.0 to 0.5
    weights = TimeSeriesMomentum(lookback=3, skip=1).target_weights(block([1.0, 3.0, 2.0, 0.5, 9.0]))
    np.testing.assert_array_equal(weights, [[NAN, NAN, NAN, 1.0, 0.0]])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SmaCross(fast=50, slow=20), "got 50 and 20"),
        (lambda: SmaCross(fast=0, slow=20), "got 0 and 20"),
        (lambda: RsiReversion(length=1), "got 1"),
        (lambda: RsiReversion(oversold=80.0), "got 80.0 and 70.0"),
        (lambda: TimeSeriesMomentum(lookback=10, skip=10), "got 10 and 10"),
    ],
)
def test_parameters_out_of_range_raise_and_are_named(make: object, message: str) -> None:
    with pytest.raises(StrategyError, match=message):
        make()


class _Unusable(Strategy):
    category = "test"

    def __init__(self, weights: np.ndarray) -> None:
        object.__setattr__(self, "weights", weights)

    @property
    def warmup(self) -> int:
        return 1

    def target_weights(self, prices: PriceBlock) -> np.ndarray:
        return self.weights


def test_weights_of_the_wrong_shape_raise() -> None:
    with pytest.raises(StrategyError, match=r"float64 weights of shape \(1, 2\); expected float64 of shape \(1, 3\)"):
        checked_weights(_Unusable(np.zeros((1, 2))), block([1.0, 2.0, 3.0]))


def test_an_infinite_weight_raises_and_is_named() -> None:
    with pytest.raises(StrategyError, match="infinite weight of S0 on bar 1"):
        checked_weights(_Unusable(np.array([[0.0, np.inf, 0.0]])), block([1.0, 2.0, 3.0]))


def test_a_block_whose_fields_differ_in_shape_raises() -> None:
    whole, short = np.ones((1, 3)), np.ones((1, 2))
    with pytest.raises(StrategyError, match="open has shape"):
        PriceBlock(("A",), short, whole, whole, whole, whole)
