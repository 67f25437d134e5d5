"""Other futures for the look-ahead guard: the same prices up to a bar, and something else from it on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_after
from tetra.strategies.base import FIELDS, Field, PriceBlock
from tetra.typing import DateArray, FloatArray, IntArray

RAISED_BY = (1.2, 2.5)
"""Factors on prices, drawn anew for every series and bar, and for its open and close, so that trends, ranks and signs
all change; lowered prices are divided by them. They do not compound: an honest rule that sums in another order must
not drown in rounding."""
VOLUME_RAISED_BY = (2.0, 40.0)
RANGE_WIDENED_BY = (1.0, 1.2)

SURPRISES = (0.2, 1.0)
SENTIMENTS = (0.5, 1.0)
MISSING_SHARE = 0.6
SESSIONS_LATER = 45

RAISED, LOWERED, MISSING, DATED_LATER, CUT_OFF = "raised", "lowered", "missing", "dated later", "cut off"
Change = Callable[[int], PriceBlock]
"""From a cut to the block that is changed from that bar on."""


def changed_blocks(prices: PriceBlock, *, rng: np.random.Generator) -> dict[str, PriceBlock]:
    """Return blocks in which every bar, event and reference is raised, lowered or (most of them) missing.

    Parameters
    ----------
    prices : PriceBlock
        Left as it is.
    rng : numpy.random.Generator
        Draws the changed blocks.
    """
    shape = prices.close.shape
    factors = _Factors(
        open=rng.uniform(*RAISED_BY, size=shape),
        close=rng.uniform(*RAISED_BY, size=shape),
        volume=rng.uniform(*VOLUME_RAISED_BY, size=shape),
        widened=rng.uniform(*RANGE_WIDENED_BY, size=shape),
        references={symbol: rng.uniform(*RAISED_BY, size=prices.n_bars) for symbol in prices.references},
        surprise=rng.uniform(*SURPRISES, size=shape),
        sentiment=rng.uniform(*SENTIMENTS, size=shape),
    )
    return {
        RAISED: factors.applied_to(prices),
        LOWERED: factors.inverse().applied_to(prices),
        MISSING: _with_gaps(prices, rng=rng),
    }


def changed_futures(
    prices: PriceBlock, others: Mapping[str, PriceBlock], *, fields: Collection[Field] = FIELDS
) -> dict[str, Change]:
    """Return the ways to change the future of a block, by what happens to the bars from a cut on.

    Parameters
    ----------
    prices : PriceBlock
        Left as it is.
    others : mapping of str to PriceBlock
        Whose bars come after the cut, by change; of the same symbols and bars.
    fields : collection of str
        The fields to change; all that the strategy reads.
    """
    changes: dict[str, Change] = {name: partial(_spliced, prices, other, fields) for name, other in others.items()}
    if prices.sessions is not None:
        changes[DATED_LATER] = partial(_redated, prices, _later(prices.sessions))
    return changes | {CUT_OFF: prices.until}


def every_cut(
    prices: PriceBlock, other: PriceBlock, *, row: int, cuts: IntArray, fields: Collection[Field] = FIELDS
) -> PriceBlock:
    """Return one series as it is, then once more for each cut with its future taken from another block.

    Parameters
    ----------
    prices, other : PriceBlock
        Of the same symbols and bars.
    row : int
        The series.
    cuts : ndarray of int, shape (n_cuts,)
        First bar of the other future.
    fields : collection of str
        As in :func:`changed_futures`.

    Returns
    -------
    PriceBlock of n_cuts + 1 series
        References, which all series share, are those of ``prices``; see :func:`with_other_references`.
    """
    uncut = np.append(prices.n_bars, cuts)[:, None]
    is_past = np.arange(prices.n_bars) < uncut
    rest: dict[str, Any] = {
        name: np.broadcast_to(values[row], is_past.shape)
        for name in FIELDS
        if name not in fields and (values := getattr(prices, name)) is not None
    }
    changed = _joined(prices, other, fields, lambda a, b: np.where(is_past, a[row], b[row]))
    return replace(prices, symbols=(prices.symbols[row],) * uncut.size, **rest, **changed)


def with_other_references(prices: PriceBlock, other: PriceBlock, cut: int) -> PriceBlock:
    """Return a block whose references alone are taken from another block, from a cut on."""
    return replace(prices, references=_joined_references(prices, other, cut))


@dataclass(frozen=True)
class _Factors:
    """What prices are multiplied by, and what events are replaced with."""

    open: FloatArray
    close: FloatArray
    volume: FloatArray
    widened: FloatArray
    references: Mapping[str, FloatArray]
    surprise: FloatArray
    sentiment: FloatArray

    def inverse(self) -> _Factors:
        return _Factors(
            1.0 / self.open,
            1.0 / self.close,
            1.0 / self.volume,
            self.widened,
            {symbol: 1.0 / values for symbol, values in self.references.items()},
            -self.surprise,
            -self.sentiment,
        )

    def applied_to(self, prices: PriceBlock) -> PriceBlock:
        return replace(
            prices,
            open=prices.open * self.open,
            high=prices.high * np.maximum(self.open, self.close) * self.widened,
            low=prices.low * np.minimum(self.open, self.close) / self.widened,
            close=prices.close * self.close,
            volume=prices.volume * self.volume,
            references={symbol: values * self.references[symbol] for symbol, values in prices.references.items()},
            earnings_surprise=None if prices.earnings_surprise is None else self.surprise,
            news_sentiment=None if prices.news_sentiment is None else self.sentiment,
        )


def _with_gaps(prices: PriceBlock, *, rng: np.random.Generator) -> PriceBlock:
    missing = rng.random(prices.close.shape) < MISSING_SHARE
    unknown = rng.random((len(prices.references), prices.n_bars)) < MISSING_SHARE
    references = {
        symbol: np.where(gaps, np.nan, values)
        for (symbol, values), gaps in zip(prices.references.items(), unknown, strict=True)
    }
    return replace(prices.map(lambda values: np.where(missing[: len(values)], np.nan, values)), references=references)


def _spliced(prices: PriceBlock, other: PriceBlock, fields: Collection[Field], cut: int) -> PriceBlock:
    changed = _joined(prices, other, fields, lambda a, b: np.concatenate([a[:, :cut], b[:, cut:]], axis=1))
    return replace(prices, references=_joined_references(prices, other, cut), **changed)


def _redated(prices: PriceBlock, later: DateArray, cut: int) -> PriceBlock:
    return replace(prices, sessions=np.concatenate([prices.dates[:cut], later[cut:]]))


def _joined(
    prices: PriceBlock,
    other: PriceBlock,
    fields: Collection[Field],
    join: Callable[[FloatArray, FloatArray], FloatArray],
) -> dict[str, Any]:
    pairs = {name: (getattr(prices, name), getattr(other, name)) for name in fields}
    return {
        name: np.ascontiguousarray(join(before, after)) for name, (before, after) in pairs.items() if before is not None
    }


def _joined_references(prices: PriceBlock, other: PriceBlock, cut: int) -> dict[str, FloatArray]:
    return {
        symbol: np.concatenate([values[:cut], other.references[symbol][cut:]])
        for symbol, values in prices.references.items()
    }


def _later(sessions: DateArray) -> DateArray:
    # real sessions again, two months on: a rule that looks its dates up in a calendar still finds them
    following = sessions_after(STOCK_CALENDAR, sessions[-1].item(), SESSIONS_LATER)
    return np.concatenate([sessions, following])[SESSIONS_LATER:]
