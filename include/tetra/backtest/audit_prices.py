"""Prices of its own making for the look-ahead guard: they audit the code of a strategy, not a market.

Nothing of them is stored. They hold all that a strategy may read (bars with gaps, dates, references, earnings
surprises, sentiment) and move so that rules trade on them: volatilities differ, legs are cointegrated, references
wander around a level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_after
from tetra.strategies.base import LegsStrategy, PriceBlock, Strategy
from tetra.typing import BoolArray, FloatArray

SERIES = {"single": 8, "panel": 26}
BARS_BEYOND_WARMUP = {"single": 400, "legs": 400, "panel": 250}
"""A panel costs more to run and decides on few days, so it is given fewer bars: a year."""

FIRST_DAY = date(2014, 12, 31)
COMMON_VOLATILITY = 0.01
OWN_VOLATILITIES = (0.008, 0.025)
SPREAD_VOLATILITY, SPREAD_PERSISTENCE = 0.015, 0.85
GAP_SHARE = 0.02
EARNINGS_EVERY = 63
SURPRISE = 0.1
"""Typical earnings surprise, as a fraction of what was expected."""
NEWS_SHARE = 0.6
REFERENCE_LEVEL, REFERENCE_VOLATILITY, REFERENCE_PERSISTENCE = 20.0, 0.08, 0.95


def audit_blocks(strategy: Strategy, *, rng: np.random.Generator) -> tuple[PriceBlock, ...]:
    """Return the blocks a strategy is audited on, each as the engine would hand it over.

    Parameters
    ----------
    strategy : Strategy
        Of any kind; its references are in every block.
    rng : numpy.random.Generator
        Source of all randomness.

    Returns
    -------
    tuple of PriceBlock
        One with every symbol for the kinds single and panel, one per group of legs.
    """
    n_bars = strategy.warmup + BARS_BEYOND_WARMUP[strategy.kind]
    if isinstance(strategy, LegsStrategy):
        closes = [(group, _cointegrated_closes(len(group), n_bars, rng=rng)) for group in strategy.groups]
    else:
        n_series = SERIES[strategy.kind]
        symbols = tuple(f"MADE{row:02d}" for row in range(n_series))
        closes = [(symbols, _market_closes(n_series, n_bars, rng=rng))]
    return tuple(
        _with_everything(symbols, close, kind=strategy.kind, references=strategy.references, rng=rng)
        for symbols, close in closes
    )


def _market_closes(n_series: int, n_bars: int, *, rng: np.random.Generator) -> FloatArray:
    volatility = np.linspace(*OWN_VOLATILITIES, n_series)[:, None]
    common = COMMON_VOLATILITY * rng.standard_normal(n_bars)
    moves = np.linspace(0.5, 1.5, n_series)[:, None] * common + volatility * rng.standard_normal((n_series, n_bars))
    closes: FloatArray = 100.0 * np.exp(np.cumsum(moves, axis=1))
    return closes


def _cointegrated_closes(n_legs: int, n_bars: int, *, rng: np.random.Generator) -> FloatArray:
    common = np.cumsum(COMMON_VOLATILITY * rng.standard_normal(n_bars))
    hedge_ratios = rng.uniform(0.8, 1.25, size=(n_legs, 1))
    spread = _wandering((n_legs, n_bars), SPREAD_PERSISTENCE, rng=rng)
    closes: FloatArray = 100.0 * np.exp(hedge_ratios * common + SPREAD_VOLATILITY * spread)
    return closes


def _wandering(shape: tuple[int, int], persistence: float, *, rng: np.random.Generator) -> FloatArray:
    shocks = rng.standard_normal(shape)
    for bar in range(1, shape[1]):
        shocks[:, bar] += persistence * shocks[:, bar - 1]
    return shocks


def _with_everything(
    symbols: tuple[str, ...], close: FloatArray, *, kind: str, references: Sequence[str], rng: np.random.Generator
) -> PriceBlock:
    n_series, n_bars = close.shape
    open_price = close * np.exp(0.004 * rng.standard_normal(close.shape))
    stretch = 1.0 + 0.01 * rng.random(close.shape)
    level = REFERENCE_LEVEL * np.exp(
        REFERENCE_VOLATILITY * _wandering((len(references), n_bars), REFERENCE_PERSISTENCE, rng=rng)
    )
    block = PriceBlock(
        symbols,
        open_price,
        np.maximum(open_price, close) * stretch,
        np.minimum(open_price, close) / stretch,
        close,
        1e6 * rng.lognormal(size=close.shape),
        sessions=sessions_after(STOCK_CALENDAR, FIRST_DAY, n_bars),
        earnings_surprise=_surprises(close.shape, rng=rng),
        news_sentiment=_sentiment(close.shape, rng=rng),
    )
    missing = _missing(n_series, n_bars, kind=kind, rng=rng)
    with_gaps = block.map(lambda values: np.where(missing, np.nan, values))
    return replace(with_gaps, references=dict(zip(references, level, strict=True)))


def _surprises(shape: tuple[int, int], *, rng: np.random.Generator) -> FloatArray:
    first = rng.integers(0, EARNINGS_EVERY, size=(shape[0], 1))
    is_report = (np.arange(shape[1]) - first) % EARNINGS_EVERY == 0
    return np.where(is_report, SURPRISE * rng.standard_normal(shape), np.nan)


def _sentiment(shape: tuple[int, int], *, rng: np.random.Generator) -> FloatArray:
    is_news = rng.random(shape) < NEWS_SHARE
    return np.where(is_news, np.clip(0.4 * rng.standard_normal(shape), -1.0, 1.0), np.nan)


def _missing(n_series: int, n_bars: int, *, kind: str, rng: np.random.Generator) -> BoolArray:
    missing = rng.random((n_series, n_bars)) < GAP_SHARE
    if kind == "legs":
        missing[1:] = False  # a group without a leg is no group: one gap closes them all
        return missing
    missing[::2] = False  # half of the series are whole, as most are
    if kind == "panel":
        missing[1, : n_bars // 3] = True  # listed late
        missing[3, -n_bars // 6 :] = True  # ends early
    return missing
