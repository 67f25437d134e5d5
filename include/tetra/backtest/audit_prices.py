"""Prices of its own making for the look-ahead guard: they audit the code of a strategy, not a market.

Nothing of them is stored. They hold all that a strategy may read (bars with gaps, dates, references, earnings
surprises, sentiment) and what seldom happens, since a rule may peek on such days alone: crashes and rallies, prices
from 1 to 1000, volume spikes, a VIX from 9 to 90, years long ago and of late. Legs are cointegrated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np

from tetra import calendars
from tetra.strategies.base import Groups, LegsStrategy, PriceBlock, Strategy
from tetra.typing import BoolArray, DateArray, FloatArray

SERIES = {"single": 8, "panel": 26}
BARS_BEYOND_WARMUP = {"single": 260, "legs": 400, "panel": 250}
"""For single, every bar is one more copy of a series, so the cost grows with the square; legs decide seldom."""

ERAS = ((2019, 2024), (2006, 2016), (1992, 2003), (1972, 1990))
"""First and last year in which the bars beyond warmup may begin."""
BLOCKS = {"single": 4, "legs": 4, "panel": 2}
"""In how many of the eras prices are made."""
YEARS = range(1990, 2027)
"""Every one of them is tried by a rule that reads dates: a peek may begin in some year."""

LEVELS = (1.0, 1000.0)
COMMON_VOLATILITY = 0.01
OWN_VOLATILITIES = (0.008, 0.025)
SPREAD_VOLATILITY, SPREAD_PERSISTENCE = 0.015, 0.85
TAIL = 4.0
"""Degrees of freedom of Student's t: moves of five deviations happen."""
JUMP_SHARE, JUMPS = 0.03, (0.06, 0.30)
"""Days of a series that are crashes or rallies, and by what part of the price."""
COMMON_JUMP_SHARE = 0.006
GAP_SHARE = 0.02
VOLUMES, SPIKE_SHARE, SPIKES = (1e4, 1e7), 0.03, (10.0, 100.0)
EARNINGS_EVERY = 63
SURPRISE = 0.1
"""Typical earnings surprise, as a fraction of what was expected."""
NEWS_SHARE = 0.6
REFERENCE_LEVEL, REFERENCE_VOLATILITY, REFERENCE_PERSISTENCE = 17.0, 0.08, 0.95
REFERENCE_SPIKE_SHARE, REFERENCE_SPIKES, REFERENCE_RANGE = 0.015, (0.5, 1.7), (9.0, 90.0)


def audit_blocks(strategy: Strategy, *, rng: np.random.Generator) -> tuple[PriceBlock, ...]:
    """Return prices of one era, as the engine would hand them to a strategy.

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
    era = ERAS[int(rng.integers(len(ERAS)))]
    return tuple(_block(strategy, symbols, era, rng=rng) for symbols in _accounts(strategy))


def blocks_of_eras(strategy: Strategy, *, rng: np.random.Generator) -> Iterator[PriceBlock]:
    """Yield prices of several eras, and of every group of legs, dealt to the eras in turn."""
    accounts = _accounts(strategy)
    for place in range(max(len(accounts), BLOCKS[strategy.kind])):
        yield _block(strategy, accounts[place % len(accounts)], ERAS[place % len(ERAS)], rng=rng)


def dated_in_every_year(prices: PriceBlock, *, warmup: int) -> Iterator[PriceBlock]:
    """Yield the same prices with other dates, so that the bars beyond warmup begin in each year in turn."""
    for year in YEARS:
        yield replace(prices, sessions=_sessions(date(year, 1, 1), warmup=warmup, n_bars=prices.n_bars))


def _accounts(strategy: Strategy) -> Groups:
    if isinstance(strategy, LegsStrategy):
        return strategy.groups
    return (tuple(f"MADE{row:02d}" for row in range(SERIES[strategy.kind])),)


def _block(
    strategy: Strategy, symbols: tuple[str, ...], era: tuple[int, int], *, rng: np.random.Generator
) -> PriceBlock:
    shape = (len(symbols), strategy.warmup + BARS_BEYOND_WARMUP[strategy.kind])
    moves = _cointegrated_moves(*shape, rng=rng) if strategy.kind == "legs" else _market_moves(*shape, rng=rng)
    # some of a move happens overnight, the rest while the exchange is open
    opened = -rng.random(shape) * moves + 0.004 * rng.standard_normal(shape)
    levels = rng.permutation(np.geomspace(*LEVELS, shape[0]))[:, None]
    close = levels * np.exp(np.cumsum(moves, axis=1))
    open_price = close * np.exp(opened)
    block = PriceBlock(
        symbols,
        open_price,
        np.maximum(open_price, close) * (1.0 + 0.01 * rng.random(shape)),
        np.minimum(open_price, close) / (1.0 + 0.01 * rng.random(shape)),
        close,
        _volumes(shape, rng=rng),
        sessions=_sessions(_day_in(era, rng=rng), warmup=strategy.warmup, n_bars=shape[1]),
        earnings_surprise=_surprises(shape, rng=rng),
        news_sentiment=_sentiment(shape, rng=rng),
    )
    missing = _missing(*shape, kind=strategy.kind, rng=rng)
    with_gaps = block.map(lambda values: np.where(missing, np.nan, values))
    return replace(with_gaps, references={symbol: _reference(shape[1], rng=rng) for symbol in strategy.references})


def _day_in(era: tuple[int, int], *, rng: np.random.Generator) -> date:
    return date(int(rng.integers(*era, endpoint=True)), int(rng.integers(1, 13)), 1)


def _sessions(day: date, *, warmup: int, n_bars: int) -> DateArray:
    first = max(day.toordinal() - round(warmup * 365.25 / 252), calendars.FIRST_DAY.toordinal())
    return calendars.sessions_after(calendars.STOCK_CALENDAR, date.fromordinal(first), n_bars)


def _market_moves(n_series: int, n_bars: int, *, rng: np.random.Generator) -> FloatArray:
    volatility = np.linspace(*OWN_VOLATILITIES, n_series)[:, None]
    own = volatility * rng.standard_t(TAIL, (n_series, n_bars)) + _jumps((n_series, n_bars), JUMP_SHARE, rng=rng)
    moves: FloatArray = np.linspace(0.5, 1.5, n_series)[:, None] * _common_moves(n_bars, rng=rng) + own
    return moves


def _cointegrated_moves(n_legs: int, n_bars: int, *, rng: np.random.Generator) -> FloatArray:
    hedge_ratios = rng.uniform(0.8, 1.25, size=(n_legs, 1))
    shocks = SPREAD_VOLATILITY * rng.standard_t(TAIL, (n_legs, n_bars)) + _jumps((n_legs, n_bars), JUMP_SHARE, rng=rng)
    spread = _wandering(shocks, SPREAD_PERSISTENCE)
    moves: FloatArray = hedge_ratios * _common_moves(n_bars, rng=rng) + np.diff(spread, axis=1, prepend=0.0)
    return moves


def _common_moves(n_bars: int, *, rng: np.random.Generator) -> FloatArray:
    moves: FloatArray = COMMON_VOLATILITY * rng.standard_t(TAIL, n_bars)
    moves += _jumps((1, n_bars), COMMON_JUMP_SHARE, rng=rng)[0]
    return moves


def _jumps(shape: tuple[int, int], share: float, *, rng: np.random.Generator) -> FloatArray:
    parts = rng.uniform(*JUMPS, size=shape) * rng.choice((-1.0, 1.0), size=shape)
    return np.where(rng.random(shape) < share, np.log1p(parts), 0.0)


def _wandering(shocks: FloatArray, persistence: float) -> FloatArray:
    levels = shocks.copy()
    for bar in range(1, levels.shape[1]):
        levels[:, bar] += persistence * levels[:, bar - 1]
    return levels


def _volumes(shape: tuple[int, int], *, rng: np.random.Generator) -> FloatArray:
    volumes: FloatArray = rng.permutation(np.geomspace(*VOLUMES, shape[0]))[:, None] * rng.lognormal(0.0, 0.6, shape)
    spikes = rng.uniform(*SPIKES, size=shape)
    return np.where(rng.random(shape) < SPIKE_SHARE, spikes * volumes, volumes)


def _reference(n_bars: int, *, rng: np.random.Generator) -> FloatArray:
    shocks = REFERENCE_VOLATILITY * rng.standard_normal((1, n_bars))
    shocks += np.where(rng.random(n_bars) < REFERENCE_SPIKE_SHARE, rng.uniform(*REFERENCE_SPIKES, size=n_bars), 0.0)
    levels: FloatArray = REFERENCE_LEVEL * np.exp(_wandering(shocks, REFERENCE_PERSISTENCE)[0])
    return np.clip(levels, *REFERENCE_RANGE)


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
