"""The look-ahead guard: change the future, and the past must not move.

It audits the code of a strategy, not a market, so it runs on prices of its own making; nothing of them is
stored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.errors import LookAheadError, StrategyError
from tetra.strategies.base import FIELDS, PriceBlock, Strategy, checked_weights
from tetra.typing import FloatArray, IntArray

SERIES = 8
BARS_BEYOND_WARMUP = 400
CUTS = 8
TOLERANCE = 1e-9
"""Weights that differ by less are the same: a causal rule may sum in another order when there is more to sum."""

GAP_SHARE = 0.02
DAILY_VOLATILITY = 0.02


@dataclass(frozen=True)
class Movement:
    """The first weight that moved when only later bars were changed."""

    symbol: str
    bar: int
    cut: int
    change: str


def require_no_look_ahead(strategy: Strategy, *, name: str, prices: PriceBlock | None = None, seed: int = 0) -> None:
    """Raise if a strategy's weights up to some bar depend on what comes after it.

    Parameters
    ----------
    strategy : Strategy
        To be audited.
    name : str
        As registered; for the message.
    prices : PriceBlock, optional
        Prices to audit on; by default random walks with gaps, long enough for the strategy to be warm on
        most bars.
    seed : int
        Draws the prices, the cuts and the changed futures.

    Raises
    ------
    LookAheadError
        Naming the first bar that moved.
    StrategyError
        If the strategy's weights are unusable, it changes the prices it is given, or it is never warm on
        these prices, so that the audit could not fail.
    """
    rng = np.random.default_rng(seed)
    block = random_walks(strategy.warmup + BARS_BEYOND_WARMUP, rng=rng) if prices is None else prices
    moved = find_movement(strategy, block, name=name, rng=rng)
    if moved is not None:
        raise LookAheadError(
            f"strategy {name!r} looks ahead: the weight of {moved.symbol} on bar {moved.bar} moved when bars from"
            f" {moved.cut} on were {moved.change}; use bars up to the current one only"
        )


def find_movement(strategy: Strategy, prices: PriceBlock, *, name: str, rng: np.random.Generator) -> Movement | None:
    """Return the earliest weight that moves when the future is cut off or changed, or None.

    Parameters
    ----------
    strategy : Strategy
        To be audited.
    prices : PriceBlock
        The prices it is audited on.
    name : str
        As registered; for messages.
    rng : numpy.random.Generator
        Draws the cuts and the changed futures.
    """
    weights = _weights_of_copy(strategy, prices, name=name)
    movements: list[Movement] = []
    for cut in _cuts(weights, name=name, rng=rng).tolist():
        futures = {
            "cut off": prices.until(cut),
            "raised": _changed_after(prices, cut, rng=rng, drift=0.05),
            "lowered": _changed_after(prices, cut, rng=rng, drift=-0.05),
            "missing": prices.map(lambda values, cut=cut: _with_gap(values, cut)),  # type: ignore[misc]
        }
        for change, future in futures.items():
            changed = _weights_of_copy(strategy, future, name=name)[:, :cut]
            found = _first_difference(weights[:, :cut], changed)
            if found is not None:
                movements.append(Movement(prices.symbols[found[0]], found[1], cut, change))
    return min(movements, key=lambda movement: movement.bar, default=None)


def random_walks(n_bars: int, *, rng: np.random.Generator) -> PriceBlock:
    """Return random walks with all fields and a few missing bars, for auditing code.

    Parameters
    ----------
    n_bars : int
        Bars of each of the ``SERIES`` series.
    rng : numpy.random.Generator
        Source of all randomness.
    """
    shape = (SERIES, n_bars)
    close = 100.0 * np.exp(np.cumsum(DAILY_VOLATILITY * rng.standard_normal(shape), axis=1))
    open_price = close * np.exp(0.2 * DAILY_VOLATILITY * rng.standard_normal(shape))
    stretch = 1.0 + 0.5 * DAILY_VOLATILITY * rng.random(shape)
    volume = 1e6 * rng.lognormal(size=shape)
    missing = rng.random(shape) < GAP_SHARE
    high, low = np.maximum(open_price, close) * stretch, np.minimum(open_price, close) / stretch
    block = PriceBlock(tuple(f"WALK{row}" for row in range(SERIES)), open_price, high, low, close, volume)
    return block.map(lambda values: np.where(missing, np.nan, values))


def _weights_of_copy(strategy: Strategy, prices: PriceBlock, *, name: str) -> FloatArray:
    given = prices.map(lambda values: values)
    weights = checked_weights(strategy, given)
    for field in FIELDS:
        if not np.array_equal(getattr(given, field), getattr(prices, field), equal_nan=True):
            raise StrategyError(f"strategy {name!r} changes the {field} prices it is given; work on a copy")
    return weights


def _cuts(weights: FloatArray, *, name: str, rng: np.random.Generator) -> IntArray:
    warm = np.flatnonzero(np.isfinite(weights).any(axis=0))
    if warm.size < 2:
        raise StrategyError(
            f"strategy {name!r} gives no weight on {weights.shape[1]} bars, so it cannot be audited; check warmup"
        )
    drawn = rng.integers(warm[0] + 1, warm[-1], size=CUTS, endpoint=True)
    return np.unique(np.append(drawn, warm[-1]))


def _changed_after(prices: PriceBlock, cut: int, *, rng: np.random.Generator, drift: float) -> PriceBlock:
    n_series, n_bars = prices.close.shape
    moves = drift + DAILY_VOLATILITY * rng.standard_normal((n_series, n_bars - cut))
    factor = np.ones((n_series, n_bars))
    factor[:, cut:] = np.exp(np.cumsum(moves, axis=1))
    return prices.map(lambda values: values * factor)


def _with_gap(values: FloatArray, cut: int) -> FloatArray:
    changed = values.copy()
    changed[:, cut : cut + 2] = np.nan
    return changed


def _first_difference(before: FloatArray, after: FloatArray) -> tuple[int, int] | None:
    # not warm and flat are one position to the engine, but a weight that becomes defined has moved
    same = np.isclose(before, after, rtol=0.0, atol=TOLERANCE, equal_nan=True)
    if same.all():
        return None
    bar = int(np.flatnonzero(~same.all(axis=0))[0])
    return int(np.flatnonzero(~same[:, bar])[0]), bar
