"""Exchange sessions as NumPy dates, over the exchange-calendars library: which days trade, and from when to when.

Calendars are named as that library names them (``XNYS`` for American stocks, ``24/7`` for crypto). Sessions
are exchange-local dates. Answers are cached for the process and come from rules, so dates far ahead work too;
a holiday that an exchange announces later arrives with a newer version of the library.
"""

from __future__ import annotations

import functools
import threading
import warnings
from datetime import UTC, date, datetime
from typing import cast

import exchange_calendars
import numpy as np
import pandas as pd

from tetra.errors import DataError, unknown_value
from tetra.typing import DateArray, InstantArray

STOCK_CALENDAR = "XNYS"
"""The calendar that panels and price histories stand on."""

FIRST_DAY = date(1960, 1, 1)
"""Earliest day asked of any calendar: older than every daily series the sources carry."""

_BUILDING = threading.Lock()
"""Sources read in threads: a calendar is built once, and its change of the warnings' filters, a process's, undone."""

_HORIZON_YEARS = 10
_EARLIEST_HORIZON = 2020


def sessions_between(calendar: str, start: date, end: date) -> DateArray:
    """Return the sessions from start to end, both included.

    Parameters
    ----------
    calendar : str
        Name in exchange-calendars.
    start, end : date
        Exchange-local days; neither needs to be a session.

    Returns
    -------
    ndarray of datetime64[D], shape (n_sessions,)
        Ascending, read-only; empty when no session lies between.

    Raises
    ------
    DataError
        If the calendar is unknown, the days are reversed, or start lies before the calendar begins.
    """
    if end < start:
        raise DataError(f"start {start} lies after end {end}; swap them")
    sessions = _sessions_covering(calendar, start, end)
    first = int(np.searchsorted(sessions, np.datetime64(start, "D")))
    last = int(np.searchsorted(sessions, np.datetime64(end, "D"), side="right"))
    return sessions[first:last]


def is_session(calendar: str, day: date) -> bool:
    """Return whether the exchange trades on that day.

    Raises
    ------
    DataError
        As :func:`sessions_between`.
    """
    return sessions_between(calendar, day, day).size == 1


def sessions_after(calendar: str, day: date, count: int) -> DateArray:
    """Return the next sessions strictly after a day.

    Parameters
    ----------
    calendar : str
        Name in exchange-calendars.
    day : date
        Any day; need not be a session.
    count : int
        How many, at least 0.

    Returns
    -------
    ndarray of datetime64[D], shape (count,)
        Ascending, read-only.

    Raises
    ------
    DataError
        If the calendar is unknown, the day lies before it begins, or count is negative.
    """
    if count < 0:
        raise DataError(f"count must be at least 0, found {count}")
    years = 2 + count // 200  # no calendar has fewer than 200 sessions a year
    sessions = _sessions_covering(calendar, day, date(day.year + years, 12, 31))
    first = int(np.searchsorted(sessions, np.datetime64(day, "D"), side="right"))
    return sessions[first : first + count]


def day_after_previous_session(calendar: str, day: date) -> date:
    """Return the first calendar day that belongs to the slice of the next session on or after ``day``.

    Closed days belong to the session after them: a slice that starts on a Monday starts on the Saturday before.

    Raises
    ------
    DataError
        As :func:`sessions_between`.
    """
    earlier = _sessions_covering(calendar, day, day)
    position = int(np.searchsorted(earlier, np.datetime64(day, "D")))
    return cast(date, (earlier[position - 1] + np.timedelta64(1, "D")).item()) if position else day


def last_completed_session(calendar: str, now: datetime) -> date:
    """Return the newest session whose closing time is not after ``now``.

    Parameters
    ----------
    calendar : str
        Name in exchange-calendars.
    now : datetime
        The moment asked about, with a time zone; early closes are known to the calendar.

    Raises
    ------
    DataError
        If ``now`` has no time zone, or the calendar is unknown or has no session so early.
    """
    if now.tzinfo is None:
        raise DataError(f"{now.isoformat()} has no time zone; a session's end is a moment, so give one")
    table = _calendar(calendar, _horizon(now.year))
    moment = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us")
    position = int(np.searchsorted(table.closes, moment, side="right")) - 1
    if position < 0:
        raise DataError(
            f"calendar {calendar} has no session completed by {now.isoformat()}; it begins at {table.begins}"
        )
    return cast(date, table.sessions[position].item())


def session_hours(calendar: str, sessions: DateArray) -> tuple[InstantArray, InstantArray]:
    """Return when sessions open and close, in UTC; early closes are known to the calendar.

    Parameters
    ----------
    calendar : str
        Name in exchange-calendars.
    sessions : ndarray of datetime64[D], shape (n_days,)
        In any order; days may repeat.

    Returns
    -------
    opens, closes : ndarray of datetime64[us], shape (n_days,)
        NaT for a day that is no session. A session of ``24/7`` closes at the midnight that ends it.

    Raises
    ------
    DataError
        If the calendar is unknown.
    """
    days = sessions.astype("datetime64[D]")
    known = days[~np.isnat(days)]
    table = _calendar(calendar, _horizon(known.max().item().year if known.size else _EARLIEST_HORIZON))
    position = np.minimum(np.searchsorted(table.sessions, days), table.sessions.size - 1)
    is_known = table.sessions[position] == days
    never = np.datetime64("NaT", "us")
    return np.where(is_known, table.opens[position], never), np.where(is_known, table.closes[position], never)


class _Calendar:
    """The sessions of one calendar and when they open and close in UTC, up to the end of a year."""

    def __init__(self, name: str, last_year: int) -> None:
        known = exchange_calendars.get_calendar_names()
        if name not in known:
            raise DataError(unknown_value("exchange calendar", name, known))
        with warnings.catch_warnings():
            # exchange-calendars 4.13 reads Series.values, which pandas 3.1 deprecates; goes with its fix
            warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
            earliest = exchange_calendars.get_calendar(name).bound_min()
            self.begins = max(FIRST_DAY, earliest.date()) if earliest is not None else FIRST_DAY
            calendar = exchange_calendars.get_calendar(
                name, start=pd.Timestamp(self.begins), end=pd.Timestamp(date(last_year, 12, 31))
            )
        self.sessions: DateArray = calendar.sessions.to_numpy().astype("datetime64[D]")
        self.opens: InstantArray = calendar.opens.dt.tz_convert(None).to_numpy("datetime64[us]")
        self.closes: InstantArray = calendar.closes.dt.tz_convert(None).to_numpy("datetime64[us]")
        for column in (self.sessions, self.opens, self.closes):
            column.setflags(write=False)


def _calendar(name: str, last_year: int) -> _Calendar:
    with _BUILDING:
        return _built(name, last_year)


@functools.cache
def _built(name: str, last_year: int) -> _Calendar:
    return _Calendar(name, last_year)


def _horizon(year: int) -> int:
    # whole decades, with a year to spare, and one horizon for all of the past: a process builds a calendar once
    return (max(year, _EARLIEST_HORIZON) // _HORIZON_YEARS + 1) * _HORIZON_YEARS + 1


def _sessions_covering(calendar: str, start: date, end: date) -> DateArray:
    table = _calendar(calendar, _horizon(end.year))
    if start < table.begins:
        raise DataError(f"calendar {calendar} begins at {table.begins}, asked for {start}; ask for a later start")
    return table.sessions
