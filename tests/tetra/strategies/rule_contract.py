"""What every rule must keep, whatever it trades on; and the made-up prices, dates and events it is held to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from tetra import calendars
from tetra.backtest.look_ahead import require_no_look_ahead
from tetra.strategies.base import FIELDS, PriceBlock, Strategy, checked_weights
from tetra.strategies.price_block import from_close

NAN = np.nan
BAR = ("open", "high", "low", "close", "volume")
Twin = Callable[[PriceBlock], Sequence[float]]
"""A rule in plain Python on one series without gaps (a block of one row): a weight for each bar."""


def walk_block(n_bars: int, *, seed: int = 0, n_series: int = 8, gap_share: float = 0.0) -> PriceBlock:
    """Random walks with every field, exchange sessions from 2019 on, a wandering VIX, reports and news."""
    rng = np.random.default_rng(seed)
    shape = (n_series, n_bars)
    close = 100.0 * np.exp(np.cumsum(0.02 * rng.standard_normal(shape), axis=1))
    opened = close * np.exp(0.004 * rng.standard_normal(shape))
    high = np.maximum(opened, close) * (1.0 + 0.01 * rng.random(shape))
    low = np.minimum(opened, close) / (1.0 + 0.01 * rng.random(shape))
    vix = 20.0 * np.exp(np.cumsum(0.05 * rng.standard_normal((1, n_bars)), axis=1))
    surprise = np.where(rng.random(shape) < 0.03, 0.1 * rng.standard_normal(shape), NAN)
    # sixty-fourths add up without rounding, so a twin that adds in another order must agree
    news = np.where(rng.random(shape) < 0.5, np.round(64.0 * rng.uniform(-0.8, 1.0, shape)) / 64.0, NAN)
    missing, no_index = rng.random(shape) < gap_share, rng.random((1, n_bars)) < gap_share
    volume = np.floor(rng.lognormal(12.0, 1.0, shape))  # whole numbers, for the same reason
    bars = [np.where(missing, NAN, values) for values in (opened, high, low, close, volume)]
    return PriceBlock(
        tuple(f"WALK{row}" for row in range(n_series)),
        *bars,
        sessions=calendars.sessions_after(calendars.STOCK_CALENDAR, date(2018, 12, 31), n_bars),
        references={"VIX": np.where(no_index, NAN, vix)[0]},
        earnings_surprise=surprise,
        news_sentiment=news,
    )


def walks_with_gaps(n_bars: int, *, seed: int = 0) -> PriceBlock:
    """Walks: one whole, two with single bars missing, one that starts late and ends early, one of no bar."""
    block = walk_block(n_bars, seed=seed, n_series=5)
    missing = np.random.default_rng(seed + 1).random(block.close.shape) < 0.05
    missing[0] = False
    missing[3, : n_bars // 10] = missing[3, -n_bars // 10 :] = True
    missing[4] = True
    holed = {name: np.where(missing, NAN, getattr(block, name)) for name in BAR}
    return dataclasses.replace(block, **holed)


def assert_warm_exactly(strategy: Strategy) -> None:
    """NaN before the bar that ``warmup`` names, a weight from it on."""
    weights = checked_weights(strategy, walk_block(strategy.warmup + 40, seed=1))
    assert np.isnan(weights[:, : strategy.warmup - 1]).all()
    assert np.isfinite(weights[:, strategy.warmup - 1 :]).all()


def assert_blind_to_the_scale_of_prices(strategy: Strategy) -> None:
    """Doubling every price, those read and not traded too, moves no weight."""
    prices = walk_block(strategy.warmup + 400, seed=2, gap_share=0.02)
    doubled = dataclasses.replace(
        prices,
        **{name: 2.0 * getattr(prices, name) for name in ("open", "high", "low", "close")},
        references={symbol: 2.0 * values for symbol, values in prices.references.items()},
    )
    weights = checked_weights(strategy, prices)
    assert np.nanstd(weights) > 0.0 or strategy.category == "baseline"  # which never changes its mind
    np.testing.assert_array_equal(weights, checked_weights(strategy, doubled))


def assert_rows_stand_alone(strategy: Strategy) -> None:
    """A symbol's weights are the same whoever is beside it."""
    prices = walk_block(strategy.warmup + 200, seed=3, gap_share=0.02)
    weights = checked_weights(strategy, prices)
    for rows in (np.arange(len(prices.symbols))[::-1], *np.arange(len(prices.symbols))[:, np.newaxis]):
        np.testing.assert_array_equal(checked_weights(strategy, prices.take(rows)), weights[rows])


def assert_reads_its_fields_only(strategy: Strategy) -> None:
    """The fields that the strategy does not name can be missing."""
    prices = walk_block(strategy.warmup + 200, seed=7, gap_share=0.02)
    unnamed = {name: np.full(prices.close.shape, NAN) for name in FIELDS if name not in strategy.fields}
    weights = checked_weights(strategy, dataclasses.replace(prices, **unnamed))
    np.testing.assert_array_equal(weights, checked_weights(strategy, prices))


def assert_no_look_ahead(strategy: Strategy) -> None:
    """The guard passes on prices that hold all the strategy reads."""
    prices = walk_block(strategy.warmup + 400, seed=4, gap_share=0.02)
    require_no_look_ahead(strategy, name=type(strategy).__name__, prices=prices)


CHECKS: tuple[Callable[[Strategy], None], ...] = (
    assert_warm_exactly,
    assert_blind_to_the_scale_of_prices,
    assert_rows_stand_alone,
    assert_reads_its_fields_only,
    assert_no_look_ahead,
)


def assert_equals_twin(strategy: Strategy, twin: Twin, *, n_bars: int = 700, seeds: range = range(4)) -> None:
    """The strategy is the twin on each series without its gaps, and NaN in the gaps."""
    for seed in seeds:
        prices = walks_with_gaps(n_bars, seed=seed)
        expected = np.full(prices.close.shape, NAN)
        for row in range(len(prices.symbols)):
            own = np.flatnonzero(~np.isnan(prices.close[row]))
            if own.size:
                series = {name: getattr(prices, name)[row : row + 1, own] for name in BAR}
                expected[row, own] = twin(PriceBlock((prices.symbols[row],), **series))
        weights = checked_weights(strategy, prices)
        np.testing.assert_array_equal(weights, expected)
        assert len(np.unique(weights[np.isfinite(weights)])) > 1  # the rule really changed its mind


def on_own_bars(close: np.ndarray, rule: Callable[..., list[float]], *others: np.ndarray) -> np.ndarray:
    """Apply a rule to each row's own bars, gaps taken out, and put its weights back in their places."""
    weights = np.full(close.shape, NAN)
    for row in range(close.shape[0]):
        own = np.flatnonzero(~np.isnan(close[row]))
        weights[row, own] = rule(close[row, own], *(values[row, own] for values in others))
    return weights


def held(enter: list[bool], leave: list[bool], ready: list[bool]) -> list[float]:
    """Plain-Python latch: leaving wins, and an unready bar keeps the state."""
    weights, is_long = [], False
    for enters, leaves, is_ready in zip(enter, leave, ready, strict=True):
        if is_ready and leaves:
            is_long = False
        elif is_ready and enters:
            is_long = True
        weights.append(float(is_long) if is_ready else NAN)
    return weights


def bars(
    close: Sequence[float],
    *,
    high: Sequence[float] | None = None,
    low: Sequence[float] | None = None,
    volume: Sequence[float] | None = None,
    **others: Any,
) -> PriceBlock:
    """One series written by hand; unless given, highs and lows are the closes and volumes are 1."""
    row = np.array([close], dtype=np.float64)
    highs, lows, volumes = (
        default if values is None else np.array([values], dtype=np.float64)
        for values, default in ((high, row), (low, row), (volume, np.ones_like(row)))
    )
    return PriceBlock(("A",), row, highs, lows, row, volumes, **others)


def panel(*closes: Sequence[float]) -> PriceBlock:
    """Several series written by hand, of closes alone."""
    return from_close(np.array(closes, dtype=np.float64))
