"""Earnings surprises and news sentiment on the axis of sessions, each on the first session whose close came after it.

Reads ``events.earnings`` and ``news.*``; writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.calendars import STOCK_CALENDAR, session_hours
from tetra.data.fixed_width import read_fixed_width
from tetra.data.statements import statement
from tetra.strategies.price_block import EVENT_FIELDS, Field
from tetra.typing import DateArray, FloatArray, IntArray

ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class KnownEvents:
    """Event fields of some symbols.

    Parameters
    ----------
    symbols : tuple of str, length n_series
        Row labels.
    sessions : ndarray of datetime64[D], shape (n_sessions,)
        Ascending.
    fields : mapping of str to ndarray of shape (n_series, n_sessions)
        As of :class:`tetra.strategies.price_block.PriceBlock`; only those asked for.
    """

    symbols: tuple[str, ...]
    sessions: DateArray
    fields: dict[Field, FloatArray]

    def on(self, rows: IntArray, sessions: DateArray) -> dict[str, FloatArray]:
        """Return each field for some rows and dates; NaN on dates it does not hold, those after the as-of date too."""
        held = np.flatnonzero(np.isin(sessions, self.sessions))
        position = np.searchsorted(self.sessions, sessions[held])
        placed = {}
        for name, values in self.fields.items():
            grid = np.full((rows.size, sessions.size), np.nan)
            grid[:, held] = values[np.ix_(rows, position)]
            placed[str(name)] = grid
        return placed


def load_events(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    symbols: Sequence[str],
    sessions: DateArray,
    fields: Collection[Field],
) -> KnownEvents:
    """Return what was known of some symbols at each session's close, of events known at the as-of date.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    as_of : date
        Events of later days are not read.
    symbols : sequence of str, length n_series
    sessions : ndarray of datetime64[D], shape (n_sessions,)
        Ascending sessions of the stock calendar, none later than ``as_of``.
    fields : collection of str
        Of ``EVENT_FIELDS``; others are left alone.
    """
    readers = {"earnings_surprise": _earnings_surprise, "news_sentiment": _news_sentiment}
    wanted = [name for name in EVENT_FIELDS if name in fields]
    grids = {name: readers[name](connection, as_of, list(symbols), sessions) for name in wanted}
    return KnownEvents(tuple(symbols), sessions, grids)


def _earnings_surprise(
    connection: psycopg.Connection[Any], as_of: date, symbols: list[str], sessions: DateArray
) -> FloatArray:
    rows = read_fixed_width(
        connection,
        statement("copy_earnings_surprises"),
        {"symbols": symbols, "as_of": as_of},
        integers=("series", "day", "is_late"),
        floats=("surprise",),
    )
    days = rows["day"].astype(np.int64).astype("datetime64[D]")
    position = np.searchsorted(sessions, days + rows["is_late"] * ONE_DAY)
    return _mean_on(rows["series"], position, rows["surprise"], shape=(len(symbols), sessions.size))


def _news_sentiment(
    connection: psycopg.Connection[Any], as_of: date, symbols: list[str], sessions: DateArray
) -> FloatArray:
    rows = read_fixed_width(
        connection,
        statement("copy_news_sentiment"),
        {"symbols": symbols, "as_of": as_of},
        integers=("series", "day"),
        floats=("published_at", "score"),
    )
    position = _first_close_after(rows["published_at"], rows["day"], sessions)
    return _mean_on(rows["series"], position, rows["score"], shape=(len(symbols), sessions.size))


def _first_close_after(published_at: FloatArray, day: Any, sessions: DateArray) -> Any:
    """Return the position of the first session that closes after each moment; a day alone counts as its end."""
    _, closes = session_hours(STOCK_CALENDAR, sessions)
    seconds = closes.astype("datetime64[s]").astype(np.int64).astype(np.float64)
    by_day = np.searchsorted(sessions, day.astype(np.int64).astype("datetime64[D]") + ONE_DAY)
    return np.where(np.isnan(published_at), by_day, np.searchsorted(seconds, published_at))


def _mean_on(series: Any, position: Any, values: FloatArray, *, shape: tuple[int, int]) -> FloatArray:
    # what came before the first session is not its news; what no session has closed after is not known yet
    inside = (position > 0) & (position < shape[1])
    slot = series[inside].astype(np.int64) * shape[1] + position[inside]
    size = shape[0] * shape[1]
    counts = np.bincount(slot, minlength=size)
    sums = np.bincount(slot, weights=values[inside], minlength=size)
    mean: FloatArray = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).reshape(shape)
    return mean
