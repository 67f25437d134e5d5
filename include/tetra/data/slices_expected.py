"""Which bars a slice should hold: by the calendars of its instruments, from their first bar until they are delisted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.slices import Span
from tetra.typing import BoolArray, DateArray, IntArray

STOCK_CLASSES = frozenset({"stock", "etf", "index"})

STILL_TRADING_SESSIONS = 5
"""An instrument with a bar in the last sessions before the slice ends is counted on for each of them to the end."""


@dataclass(frozen=True)
class Instrument:
    """One instrument, and how far its bars of a timeframe reach.

    Parameters
    ----------
    symbol, asset_class, calendar, timezone : str
    is_active : bool
        Whether universe.yaml still names it: else nothing is expected of it.
    delisted_on : date or None
        First day it traded no more.
    first_session, last_session : date or None
        Of its first bar of all, and of its last one by the slice's end.
    """

    symbol: str
    asset_class: str
    calendar: str
    timezone: str
    is_active: bool
    delisted_on: date | None
    first_session: date | None
    last_session: date | None

    def is_wanted(self, span: Span) -> bool:
        """Return whether the run was for it."""
        return span.symbols is None or self.symbol in span.symbols

    @property
    def trades_every_stock_session(self) -> bool:
        """Whether its sessions are New York's: coins trade on more days, and oil keeps holidays of its own."""
        return self.calendar == STOCK_CALENDAR and self.asset_class in STOCK_CLASSES

    def until(self, end: date) -> date:
        """Return the last day of a slice on which it may trade."""
        return end if self.delisted_on is None else min(end, self.delisted_on - timedelta(days=1))


@dataclass(frozen=True)
class SessionCounts:
    """Bars against their calendars.

    Parameters
    ----------
    is_session : ndarray of bool, shape (n_bars,)
        Whether the instrument trades on that day at all.
    missing_before, missing_after : ndarray of int, shape (n_bars,)
        Sessions of the slice without a bar since the bar before; and, were it the last one, to the slice's end.
    """

    is_session: BoolArray
    missing_before: IntArray
    missing_after: IntArray


def session_counts(
    instruments: Sequence[Instrument], series: IntArray, day: IntArray, history_start: date, span: Span
) -> SessionCounts:
    """Return each bar's sessions before and after it.

    Parameters
    ----------
    instruments : sequence of Instrument
    series, day : ndarray of int, shape (n_bars,)
        Row of the instrument, ascending; session in days since 1970-01-01, ascending within a series.
    history_start : date
        First day of ``day``.
    span : Span
        Sessions outside it are not missing from it.
    """
    counts = SessionCounts(
        np.zeros(series.size, dtype=bool), *(np.zeros(series.size, dtype=np.int64) for _ in range(2))
    )
    days = day.astype("datetime64[D]")
    calendars = np.array([item.calendar for item in instruments], dtype=object)
    follows = np.concatenate([[False], np.diff(series) == 0])[: series.size]
    for calendar in set(calendars):
        sessions = sessions_between(calendar, history_start, span.end)
        rows = np.flatnonzero((calendars == calendar)[series])
        position = np.searchsorted(sessions, days[rows])
        counts.is_session[rows] = sessions[np.minimum(position, sessions.size - 1)] == days[rows]
        first = int(np.searchsorted(sessions, np.datetime64(span.start, "D")))
        # an instrument that began before the history that was read is expected from the slice's start on
        begun = np.array([item.first_session is not None and item.first_session < span.start for item in instruments])
        earlier = np.where(begun[series[rows]], first, position)
        earlier[1:] = np.where(follows[rows[1:]], np.maximum(position[:-1] + 1, first), earlier[1:])
        counts.missing_before[rows] = np.maximum(position - earlier, 0)
        until = np.array([_sessions_until(sessions, item.until(span.end)) for item in instruments])
        active = np.array([item.is_active for item in instruments], dtype=bool)
        after = np.where(active[series[rows]], until[series[rows]] - np.maximum(position + 1, first), 0)
        counts.missing_after[rows] = np.maximum(after, 0)
    return counts


def _sessions_until(sessions: DateArray, last: date) -> int:
    return int(np.searchsorted(sessions, np.datetime64(last, "D"), side="right"))


def bars_expected(instruments: Sequence[Instrument], span: Span) -> dict[str, int]:
    """Return the stock sessions from the first bar of all on, and the bars of what has begun and not ended.

    Of a run for some symbols no session is expected: that those all lack one is a hole in them, and told as such.
    """
    active = [item for item in instruments if item.is_active]
    begun = [item for item in active if item.first_session is not None and item.first_session <= span.end]
    firsts = [item.first_session for item in begun if item.trades_every_stock_session and item.first_session]
    sessions = 0
    if firsts and span.symbols is None:
        sessions = int(sessions_between(STOCK_CALENDAR, max(span.start, min(firsts)), span.end).size)
    bars = sum(_bars_of(item, span.start, span.end) for item in begun)
    return {"expected_sessions": sessions, "expected_bars": bars, "fewest_bars": max(1, bars // 2)}


def _bars_of(item: Instrument, start: date, end: date) -> int:
    if item.first_session is None or item.last_session is None:
        return 0
    recent = sessions_between(item.calendar, min(item.last_session, end), end)
    until = item.until(end if recent.size <= STILL_TRADING_SESSIONS + 1 else item.last_session)
    first = max(start, item.first_session)
    return int(sessions_between(item.calendar, first, until).size) if first <= until else 0


def expected_symbols(instruments: Sequence[Instrument], span: Span) -> list[str]:
    """Return the active instruments that have begun, are not delisted, and have a session in the slice."""
    expected = []
    for item in instruments:
        if not item.is_active or item.first_session is None:
            continue
        first, until = max(span.start, item.first_session), item.until(span.end)
        if first <= until and sessions_between(item.calendar, first, until).size:
            expected.append(item.symbol)
    return expected
