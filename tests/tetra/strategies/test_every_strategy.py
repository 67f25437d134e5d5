"""What holds of every strategy in strategies.yaml, the user's own too: no peeking, no scale, no surprises.

Prices are those the look-ahead guard makes up, as the engine would hand them over: every symbol for the kinds single
and panel, group by group for legs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tetra.backtest.audit_prices import audit_blocks
from tetra.backtest.look_ahead import audit
from tetra.strategies.base import PriceBlock, Strategy, checked_weights
from tetra.strategies.registry import RegisteredStrategy, load
from tetra.typing import FloatArray

ENTRIES = load()
MOST_WEIGHT = 4.0
BARS_IN_TWO_MONTHS = 45
PRICES = ("open", "high", "low", "close")


def of_every_strategy(*kinds: str) -> pytest.MarkDecorator:
    chosen = [entry for entry in ENTRIES if not kinds or entry.strategy.kind in kinds]
    return pytest.mark.parametrize("entry", chosen, ids=lambda entry: entry.name)


def of_every_strategy_that_trades() -> pytest.MarkDecorator:
    """All but the baselines: buying once, or never, is what those are for, and a bar early it is no different."""
    chosen = [entry for entry in ENTRIES if entry.strategy.category != "baseline"]
    return pytest.mark.parametrize("entry", chosen, ids=lambda entry: entry.name)


def blocks_of(strategy: Strategy, *, seed: int = 11) -> tuple[PriceBlock, ...]:
    return audit_blocks(strategy, rng=np.random.default_rng(seed))


def without_gaps(prices: PriceBlock) -> PriceBlock:
    def bridged(values: FloatArray) -> FloatArray:
        bars = np.arange(values.shape[1])
        return np.stack([np.interp(bars, bars[np.isfinite(row)], row[np.isfinite(row)]) for row in values])

    return replace(
        prices,
        **{name: bridged(getattr(prices, name)) for name in (*PRICES, "volume")},
        references={symbol: bridged(values[None, :])[0] for symbol, values in prices.references.items()},
    )


def with_prices(prices: PriceBlock, change: Callable[[FloatArray], FloatArray]) -> PriceBlock:
    return replace(prices, **{name: np.ascontiguousarray(change(getattr(prices, name))) for name in PRICES})


def a_bar_early(strategy: Strategy) -> Strategy:
    """The same strategy with every weight a bar too soon: a look-ahead of one bar."""

    class Early(type(strategy)):
        def target_weights(self, prices: PriceBlock) -> FloatArray:
            weights: FloatArray = super().target_weights(prices)
            return np.concatenate([weights[:, 1:], weights[:, -1:]], axis=1)

    early = object.__new__(Early)
    early.__dict__.update(vars(strategy))
    return early


@of_every_strategy()
def test_no_strategy_looks_ahead(entry: RegisteredStrategy) -> None:
    for seed in range(3):
        assert audit(entry.strategy, name=entry.name, seed=seed) is None


@of_every_strategy_that_trades()
def test_the_guard_would_catch_it_if_it_did(entry: RegisteredStrategy) -> None:
    found = audit(a_bar_early(entry.strategy), name=entry.name)
    assert found is not None
    assert found.cut == found.bar + 1


@of_every_strategy_that_trades()
def test_weights_change(entry: RegisteredStrategy) -> None:
    for prices in blocks_of(entry.strategy):
        weights = checked_weights(entry.strategy, prices)
        assert np.unique(weights[np.isfinite(weights)]).size > 1, "it never trades on the guard's prices"


@of_every_strategy()
def test_weights_are_bounded(entry: RegisteredStrategy) -> None:
    for prices in blocks_of(entry.strategy):
        weights = checked_weights(entry.strategy, prices)  # no infinity
        assert np.nanmax(np.abs(weights)) <= MOST_WEIGHT


@of_every_strategy()
def test_doubling_all_prices_changes_no_weight(entry: RegisteredStrategy) -> None:
    for prices in blocks_of(entry.strategy):
        once = checked_weights(entry.strategy, prices)
        twice = checked_weights(entry.strategy, with_prices(prices, lambda values: 2.0 * values))
        np.testing.assert_allclose(twice, once, rtol=0.0, atol=1e-9)


@of_every_strategy()
def test_the_same_prices_give_the_same_weights(entry: RegisteredStrategy) -> None:
    for prices in blocks_of(entry.strategy):
        first, second = (checked_weights(entry.strategy, prices) for _ in range(2))
        np.testing.assert_array_equal(first, second)


@of_every_strategy()
def test_no_weight_before_the_bar_that_warmup_names(entry: RegisteredStrategy) -> None:
    first = entry.strategy.warmup - 1
    for prices in blocks_of(entry.strategy):
        weights = checked_weights(entry.strategy, without_gaps(prices))
        assert np.isnan(weights[:, :first]).all()
        assert np.isfinite(weights[:, first : first + BARS_IN_TWO_MONTHS]).any(), "warm-up is longer than it says"


@of_every_strategy("single")
def test_every_weight_is_there_from_the_bar_that_warmup_names(entry: RegisteredStrategy) -> None:
    (prices,) = blocks_of(entry.strategy)
    weights = checked_weights(entry.strategy, without_gaps(prices))
    assert np.isfinite(weights[:, entry.strategy.warmup - 1 :]).all()


@of_every_strategy("single")
def test_a_series_is_treated_alone_whoever_is_beside_it(entry: RegisteredStrategy) -> None:
    (prices,) = blocks_of(entry.strategy)
    together = checked_weights(entry.strategy, prices)
    for row in range(len(prices.symbols)):
        alone = checked_weights(entry.strategy, prices.take(np.array([row])))
        np.testing.assert_array_equal(alone[0], together[row])


@of_every_strategy("single", "panel")
def test_a_missing_bar_has_no_weight(entry: RegisteredStrategy) -> None:
    (prices,) = blocks_of(entry.strategy)
    weights = checked_weights(entry.strategy, prices)
    there = weights[np.isnan(prices.close)]
    assert (np.isnan(there) | (there == 0.0)).all()


@of_every_strategy()
def test_prices_that_do_not_move_are_no_error(entry: RegisteredStrategy) -> None:
    for prices in blocks_of(entry.strategy):
        flat = with_prices(without_gaps(prices), lambda values: np.full(values.shape, 20.0))
        weights = checked_weights(entry.strategy, flat)
        assert (np.isnan(weights) | (np.abs(weights) <= MOST_WEIGHT)).all()


@of_every_strategy()
def test_a_price_below_zero_is_no_error(entry: RegisteredStrategy) -> None:
    def crashed(values: FloatArray) -> FloatArray:
        changed = values.copy()
        changed[0, -100:-98] = -36.98  # oil on 2020-04-20
        return changed

    for prices in blocks_of(entry.strategy):
        weights = checked_weights(entry.strategy, with_prices(without_gaps(prices), crashed))
        assert (np.isnan(weights) | (np.abs(weights) <= MOST_WEIGHT)).all()


@of_every_strategy()
def test_series_without_any_bar_are_no_error(entry: RegisteredStrategy) -> None:
    for prices in blocks_of(entry.strategy):
        weights = checked_weights(entry.strategy, prices.map(lambda values: np.full(values.shape, np.nan)))
        assert (np.isnan(weights) | (weights == 0.0)).all()
