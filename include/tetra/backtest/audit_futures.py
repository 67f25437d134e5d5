"""Other futures for the look-ahead guard: the same prices up to a bar, and something else from it on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_after
from tetra.strategies.base import FIELDS, PriceBlock
from tetra.typing import DateArray, FloatArray, IntArray

RAISED_BY = (1.2, 2.5)
"""Factors on prices, drawn anew for every series and bar, so that trends, ranks and signs all change; lowered prices
are divided by them. They do not compound: an honest rule that sums in another order must not drown in rounding."""

SURPRISES = (0.2, 1.0)
SENTIMENTS = (0.5, 1.0)
MISSING_SHARE = 0.6
SESSIONS_LATER = 45

CUT_OFF = "cut off"
Change = Callable[[int], PriceBlock]
"""From a cut to the block that is changed from that bar on."""


def changed_futures(prices: PriceBlock, *, rng: np.random.Generator) -> Mapping[str, Change]:
    """Return the ways to change the future of a block, by what happens to the bars from a cut on.

    Parameters
    ----------
    prices : PriceBlock
        Left as it is.
    rng : numpy.random.Generator
        Draws the changed futures; the same ones are used for every cut.
    """
    others = changed_blocks(prices, rng=rng)
    if prices.sessions is not None:
        others["dated later"] = replace(prices, sessions=_later(prices.sessions))
    changes: dict[str, Change] = {change: partial(_spliced, prices, other) for change, other in others.items()}
    return changes | {CUT_OFF: prices.until}


def changed_blocks(prices: PriceBlock, *, rng: np.random.Generator) -> dict[str, PriceBlock]:
    """Return blocks in which every bar, event and reference is raised, lowered or (most of them) missing."""
    factor = rng.uniform(*RAISED_BY, size=prices.close.shape)
    one_row = {symbol: rng.uniform(*RAISED_BY, size=prices.n_bars) for symbol in prices.references}
    kept = np.where(rng.random(prices.close.shape) < MISSING_SHARE, np.nan, 1.0)
    kept_row = {symbol: np.where(rng.random(prices.n_bars) < MISSING_SHARE, np.nan, 1.0) for symbol in one_row}
    surprise = rng.uniform(*SURPRISES, size=factor.shape)
    sentiment = rng.uniform(*SENTIMENTS, size=factor.shape)
    return {
        "raised": _scaled(prices, factor, one_row, surprise, sentiment),
        "lowered": _scaled(
            prices, 1.0 / factor, {symbol: 1.0 / row for symbol, row in one_row.items()}, -surprise, -sentiment
        ),
        "missing": _scaled(prices, kept, kept_row, np.full(factor.shape, np.nan), np.full(factor.shape, np.nan)),
    }


def every_cut(prices: PriceBlock, other: PriceBlock, *, row: int, cuts: IntArray) -> PriceBlock:
    """Return one series as it is, then once more for each cut with its future taken from another block.

    Parameters
    ----------
    prices, other : PriceBlock
        Of the same symbols and bars.
    row : int
        The series.
    cuts : ndarray of int, shape (n_cuts,)
        First bar of the other future.

    Returns
    -------
    PriceBlock of n_cuts + 1 series
        References are those of ``prices``.
    """
    uncut = np.append(prices.n_bars, cuts)[:, None]
    is_past = np.arange(prices.n_bars) < uncut
    symbols = (prices.symbols[row],) * uncut.size
    fields = _fields(prices, other, lambda a, b: np.where(is_past, a[row], b[row]))
    return replace(prices, symbols=symbols, **fields)


def _scaled(
    prices: PriceBlock,
    factor: FloatArray,
    reference_factors: Mapping[str, FloatArray],
    surprise: FloatArray,
    sentiment: FloatArray,
) -> PriceBlock:
    return replace(
        prices,
        open=prices.open * factor,
        high=prices.high * factor,
        low=prices.low * factor,
        close=prices.close * factor,
        volume=prices.volume * factor,
        references={symbol: values * reference_factors[symbol] for symbol, values in prices.references.items()},
        earnings_surprise=None if prices.earnings_surprise is None else surprise,
        news_sentiment=None if prices.news_sentiment is None else sentiment,
    )


def _spliced(prices: PriceBlock, other: PriceBlock, cut: int) -> PriceBlock:
    return replace(
        prices,
        sessions=None if prices.sessions is None else np.concatenate([prices.sessions[:cut], other.dates[cut:]]),
        references={
            symbol: np.concatenate([values[:cut], other.references[symbol][cut:]])
            for symbol, values in prices.references.items()
        },
        **_fields(prices, other, lambda a, b: np.concatenate([a[:, :cut], b[:, cut:]], axis=1)),
    )


def _fields(
    prices: PriceBlock, other: PriceBlock, join: Callable[[FloatArray, FloatArray], FloatArray]
) -> dict[str, Any]:
    pairs = {name: (getattr(prices, name), getattr(other, name)) for name in FIELDS}
    return {
        name: None if before is None else np.ascontiguousarray(join(before, after))
        for name, (before, after) in pairs.items()
    }


def _later(sessions: DateArray) -> DateArray:
    # real sessions again, two months on: a rule that looks its dates up in a calendar still finds them
    following = sessions_after(STOCK_CALENDAR, sessions[-1].item(), SESSIONS_LATER)
    return np.concatenate([sessions, following])[SESSIONS_LATER:]
