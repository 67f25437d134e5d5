"""Many gaps as few requests: a vendor is asked once for a range of days, not once per gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

MOST_REQUESTS = 20
"""Per timeframe. Each request is a run through all sources and symbols of it; what it asks beyond the gaps is held
already and changes nothing."""


@dataclass(frozen=True)
class GapRequest:
    """Days to be asked for again.

    Parameters
    ----------
    start, end : date
        First and last day, both included.
    symbols : tuple of str
        Instruments with a gap in them, sorted.
    timeframe : str
        ``1d`` or ``1h``.
    """

    start: date
    end: date
    symbols: tuple[str, ...]
    timeframe: str = "1d"


def cluster(gaps: Iterable[tuple[date, date, str]], timeframe: str, *, most: int = MOST_REQUESTS) -> list[GapRequest]:
    """Return requests that cover gaps: overlapping ones as one, then the nearest as one until few are left.

    Parameters
    ----------
    gaps : iterable of (start, end, symbol)
    timeframe : str
        For the result.
    most : int
        Largest number of requests, at least 1.

    Returns
    -------
    list of GapRequest
        By start; their ranges do not overlap.
    """
    merged: list[tuple[date, date, set[str]]] = []
    for start, end, symbol in sorted(gaps):
        if merged and start <= merged[-1][1]:
            first, last, symbols = merged[-1]
            merged[-1] = (first, max(last, end), symbols | {symbol})
        else:
            merged.append((start, end, {symbol}))
    while len(merged) > most:
        apart = [later[0] - earlier[1] for earlier, later in pairwise(merged)]
        nearest = apart.index(min(apart))
        (start, _, some), (_, end, others) = merged[nearest : nearest + 2]
        merged[nearest : nearest + 2] = [(start, end, some | others)]
    return [GapRequest(start, end, tuple(sorted(symbols)), timeframe) for start, end, symbols in merged]
