"""What is held: sessions with bars, and the periods that macro series were observed in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import psycopg
from pandas.tseries.holiday import USFederalHolidayCalendar

from tetra.calendars import FIRST_DAY, STOCK_CALENDAR, sessions_between
from tetra.data.fixed_width import StructuredArray, read_fixed_width
from tetra.data.statements import statement
from tetra.typing import DateArray

_MONTHS = {"monthly": 1, "quarterly": 3}
_WEEK = np.timedelta64(7, "D")


def sessions_held(connection: psycopg.Connection[Any], timeframe: str) -> Iterator[tuple[str, str, DateArray]]:
    """Yield each instrument that has bars of a timeframe, its calendar and its sessions, ascending."""
    instruments = connection.execute(
        "select symbol, calendar, timezone from market_data.instruments"
        " inner join market_data.exchanges using (exchange) order by symbol"
    ).fetchall()
    symbols = [symbol for symbol, _, _ in instruments]
    timezones = ["UTC" if timeframe == "1d" else timezone for _, _, timezone in instruments]
    rows = read_fixed_width(
        connection,
        statement("copy_bars_held"),
        {"symbols": symbols, "timezones": timezones, "timeframe": timeframe},
        integers=("series", "day"),
    )
    for (symbol, calendar, _), held in zip(instruments, _split(rows, len(symbols)), strict=True):
        if held.size:
            yield symbol, calendar, np.unique(held)


def observed_periods(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, str, DateArray, DateArray]]:
    """Yield each macro series that has observations, its frequency, and its periods held and expected, ascending.

    A period is named by its first day; a week, which may end on any day, by the day of its observation.
    """
    indicators = connection.execute(
        "select series_id, frequency from economic_data.indicators order by series_id"
    ).fetchall()
    rows = read_fixed_width(
        connection,
        statement("copy_observations_coverage"),
        {"series_ids": [series_id for series_id, _ in indicators]},
        integers=("series", "day"),
    )
    for (series_id, frequency), observed in zip(indicators, _split(rows, len(indicators)), strict=True):
        if observed.size:
            held, expected = periods(observed, frequency)
            if expected.size:
                yield series_id, frequency, held, expected


def periods(observed: DateArray, frequency: str) -> tuple[DateArray, DateArray]:
    """Return the periods that observations fall in, and all periods from the first to the last.

    Parameters
    ----------
    observed : ndarray of datetime64[D]
        Ascending, at least one.
    frequency : str
        ``daily``, ``weekly``, ``monthly`` or ``quarterly``.

    Returns
    -------
    held, expected : ndarray of datetime64[D]
        Of a daily series sessions of New York that are no federal holiday are expected: on the others some series have
        a value and some have none. None are before 1960, where the calendar begins.
    """
    first, last = observed[0], observed[-1]
    if frequency == "daily":
        return observed, _publication_days(first.item(), last.item())
    if frequency == "weekly":
        weeks = np.round((observed - first) / _WEEK).astype(np.int64)
        return np.unique(first + weeks * _WEEK), first + np.arange(weeks[-1] + 1) * _WEEK
    length = _MONTHS[frequency]
    months = observed.astype("datetime64[M]").astype(np.int64) // length * length
    all_months = np.arange(months[0], months[-1] + 1, length)
    return np.unique(_first_days(months)), _first_days(all_months)


def _first_days(months: np.ndarray[Any, np.dtype[np.int64]]) -> DateArray:
    return months.astype("datetime64[M]").astype("datetime64[D]")


def _publication_days(first: date, last: date) -> DateArray:
    if last < FIRST_DAY:
        return np.array([], dtype="datetime64[D]")
    sessions = sessions_between(STOCK_CALENDAR, max(first, FIRST_DAY), last)
    holidays = USFederalHolidayCalendar().holidays(first, last).to_numpy().astype("datetime64[D]")
    return sessions[~np.isin(sessions, holidays)]


def _split(rows: StructuredArray, series: int) -> list[DateArray]:
    bounds = np.searchsorted(rows["series"], np.arange(series + 1))
    days = rows["day"].astype("datetime64[D]")
    return [days[start:end] for start, end in pairwise(bounds)]
