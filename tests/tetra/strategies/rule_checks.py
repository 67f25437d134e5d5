"""What every rule on prices must pass, and the prices to try it on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.strategies.base import PriceBlock, Strategy, checked_weights

NAN = np.nan
Twin = Callable[[PriceBlock], Sequence[float]]
"""A rule in plain Python on one series without gaps (a block of one row): a weight for each bar."""


def bars(close: Sequence[float], **fields: Sequence[float]) -> PriceBlock:
    """Return one series; a field that is not given is missing."""
    rows = {name: np.array([values], dtype=np.float64) for name, values in {"close": close, **fields}.items()}
    missing = np.full((1, len(close)), np.nan)
    return PriceBlock(("S",), *(rows.get(name, missing) for name in ("open", "high", "low", "close", "volume")))


def walks(n_bars: int, *, n_series: int = 4, seed: int = 0) -> PriceBlock:
    """Return random walks with all fields and no gap."""
    rng = np.random.default_rng(seed)
    shape = (n_series, n_bars)
    close = 100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal(shape), axis=1))
    opened = close * np.exp(0.01 * rng.standard_normal(shape))
    high = np.maximum(opened, close) * (1.0 + 0.01 * rng.random(shape))
    low = np.minimum(opened, close) / (1.0 + 0.01 * rng.random(shape))
    volume = np.floor(1e6 * rng.lognormal(size=shape))
    return PriceBlock(tuple(f"S{row}" for row in range(n_series)), opened, high, low, close, volume)


def walks_with_gaps(n_bars: int, *, seed: int = 0) -> PriceBlock:
    """Return walks: one whole, two with single bars missing, one that starts late and ends early, one of no bar."""
    block = walks(n_bars, n_series=5, seed=seed)
    missing = np.random.default_rng(seed + 1).random(block.close.shape) < 0.05
    missing[0] = False
    missing[3, : n_bars // 10] = missing[3, -n_bars // 10 :] = True
    missing[4] = True
    return block.map(lambda values: np.where(missing, np.nan, values))


def assert_equals_twin(strategy: Strategy, twin: Twin, *, n_bars: int = 700, seeds: range = range(4)) -> None:
    """Raise unless the strategy is the twin on each series without its gaps, and NaN in the gaps."""
    for seed in seeds:
        prices = walks_with_gaps(n_bars, seed=seed)
        expected = np.full(prices.close.shape, np.nan)
        for row in range(len(prices.symbols)):
            own = np.flatnonzero(~np.isnan(prices.close[row]))
            if own.size:
                series = prices.take(np.array([row])).map(lambda values, own=own: values[:, own])
                expected[row, own] = twin(series)
        weights = checked_weights(strategy, prices)
        np.testing.assert_array_equal(weights, expected)
        assert len(np.unique(weights[np.isfinite(weights)])) > 1  # the rule really changed its mind


def assert_warm_up_is_exact(strategy: Strategy) -> None:
    """Raise unless the first weight of a complete series is on bar ``warmup - 1`` and none is missing after it."""
    weights = checked_weights(strategy, walks(strategy.warmup + 60))
    assert np.isnan(weights[:, : strategy.warmup - 1]).all()
    assert np.isfinite(weights[:, strategy.warmup - 1 :]).all()


def assert_doubled_prices_change_nothing(strategy: Strategy) -> None:
    """Raise unless the rule is free of the unit of the prices."""
    prices = walks_with_gaps(strategy.warmup + 400, seed=5)
    doubled = PriceBlock(
        prices.symbols, 2 * prices.open, 2 * prices.high, 2 * prices.low, 2 * prices.close, prices.volume
    )
    np.testing.assert_array_equal(checked_weights(strategy, doubled), checked_weights(strategy, prices))


def assert_rows_are_independent(strategy: Strategy) -> None:
    """Raise unless a series has the same weights alone, and among others in any order."""
    prices = walks_with_gaps(strategy.warmup + 200, seed=6)
    weights = checked_weights(strategy, prices)
    order = np.array([3, 0, 4, 2, 1])
    np.testing.assert_array_equal(checked_weights(strategy, prices.take(order)), weights[order])
    for row in range(len(prices.symbols)):
        alone = checked_weights(strategy, prices.take(np.array([row])))
        np.testing.assert_array_equal(alone, weights[row : row + 1])


def assert_reads_its_fields_only(strategy: Strategy) -> None:
    """Raise unless the fields that the strategy does not name can be missing."""
    prices = walks_with_gaps(strategy.warmup + 200, seed=7)
    named = [
        prices.field(name) if name in strategy.fields else np.full(prices.close.shape, np.nan)
        for name in ("open", "high", "low", "close", "volume")
    ]
    weights = checked_weights(strategy, PriceBlock(prices.symbols, *named))
    np.testing.assert_array_equal(weights, checked_weights(strategy, prices))


def assert_sees_no_future(strategy: Strategy) -> None:
    """Raise if the past moves when the future does."""
    require_no_look_ahead(strategy, name=type(strategy).__name__)


CHECKS: tuple[Callable[[Strategy], None], ...] = (
    assert_warm_up_is_exact,
    assert_doubled_prices_change_nothing,
    assert_rows_are_independent,
    assert_reads_its_fields_only,
    assert_sees_no_future,
)
