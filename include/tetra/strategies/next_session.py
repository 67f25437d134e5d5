"""What the exchange calendar says of the session after each bar: what a rule of the calendar decides on.

A weight decided on a bar is filled on the next, so the rule asks about the next session. It is looked up in
the exchange's calendar and never read off the next bar: a block cut short must give the same answer.

One thing the calendar knows that nobody did: closures announced after the day before (September 2001,
hurricanes, days of mourning). They move the next session by days, not its month's turn by more than one.
"""

from __future__ import annotations

import functools
from datetime import date

import numpy as np

from tetra import calendars
from tetra.errors import StrategyError
from tetra.typing import DateArray, IntArray

_MONTH_AHEAD = np.timedelta64(31, "D")
"""The next session after any day, and the end of that session's month, lie within the year of this many days on."""


def next_sessions(sessions: DateArray) -> DateArray:
    """Return the session of the stock exchange that follows each day.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (n_bars,)
        Days of bars, ascending; need not be sessions of that exchange.

    Raises
    ------
    StrategyError
        If a day lies before the calendar begins.
    """
    table, _, _ = _table_covering(sessions)
    return table[np.searchsorted(table, sessions, side="right")]


def next_places_in_month(sessions: DateArray) -> tuple[IntArray, IntArray]:
    """Return the place in its month of the session that follows each day.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (n_bars,)
        As in :func:`next_sessions`.

    Returns
    -------
    from_start, from_end : ndarray of int64, shape (n_bars,)
        1 for the first session of the month; 1 for the last one.

    Raises
    ------
    StrategyError
        If a day lies before the calendar begins.
    """
    table, from_start, from_end = _table_covering(sessions)
    following = np.searchsorted(table, sessions, side="right")
    return from_start[following], from_end[following]


def _table_covering(sessions: DateArray) -> tuple[DateArray, IntArray, IntArray]:
    first = np.datetime64(calendars.FIRST_DAY, "D")
    oldest, newest = (sessions[0], sessions[-1]) if sessions.size else (first, first)
    if oldest < first:
        raise StrategyError(f"a bar of {oldest} is older than the exchange calendar; begin at {first} or later")
    year = (newest + _MONTH_AHEAD).item().year
    return _table(year + 9 - year % 10)  # by decades, so that few tables are made


@functools.cache
def _table(last_year: int) -> tuple[DateArray, IntArray, IntArray]:
    table = calendars.sessions_between(calendars.STOCK_CALENDAR, calendars.FIRST_DAY, date(last_year, 12, 31))
    months = table.astype("datetime64[M]")
    begins = np.flatnonzero(np.append(True, months[1:] != months[:-1]))
    lengths = np.diff(np.append(begins, table.size))
    from_start = np.arange(table.size) - np.repeat(begins, lengths) + 1
    from_end = np.repeat(lengths, lengths) - from_start + 1
    return table, from_start, from_end
