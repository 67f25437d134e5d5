"""Slices of the tables that gates judge, as frames with the columns their suites look at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
from psycopg.rows import dict_row

from tetra.calendars import STOCK_CALENDAR, day_after_previous_session, sessions_between
from tetra.data.fixed_width import StructuredArray, read_fixed_width
from tetra.data.records import BAR_FIELDS, POSITIVE_ASSET_CLASSES, PRICE_FIELDS, ROUNDING
from tetra.data.statements import statement
from tetra.typing import FloatArray, IntArray

OUTLIER_SESSIONS = 252
"""A return is measured against the volatility of so many returns before it."""

OUTLIER_SESSIONS_NEEDED = 60
"""With fewer, volatility is too uncertain to call a return unusual."""

RETURNS_HISTORY = timedelta(days=400)
"""Calendar days read before a slice: more than ``OUTLIER_SESSIONS`` sessions."""

STILL_TRADING_SESSIONS = 5
"""An instrument with a bar in the last sessions before the slice ends is expected to have one on each to the end."""

MACRO_DAYS_ALLOWED = {"daily": 7, "weekly": 14, "monthly": 31, "quarterly": 92}
"""Longest time between observations; daily: New York was closed from 2001-09-11 to 16."""

Loaded = tuple[pd.DataFrame, dict[str, int]]
"""A slice, and what its suite compares it with."""


def load_bars(connection: psycopg.Connection[Any], start: date, end: date) -> Loaded:
    """Return the daily bars from start to end with their returns, and the sessions and bars expected."""
    end_exclusive = _midnight(end + timedelta(days=1))
    instruments = connection.execute(
        "select symbol, calendar, asset_class from market_data.instruments"
        " inner join market_data.exchanges using (exchange) order by symbol"
    ).fetchall()
    symbols = np.array([symbol for symbol, _, _ in instruments], dtype=object)
    rows = read_fixed_width(
        connection,
        statement("copy_bars_validation"),
        {
            "symbols": symbols.tolist(),
            "history_start": _midnight(start - RETURNS_HISTORY),
            "end_exclusive": end_exclusive,
        },
        integers=("series", "day", "is_midnight"),
        floats=BAR_FIELDS,
    )
    simple_return = returns_within(rows["series"], rows["close"])
    return_zscore = zscores_within(rows["series"], simple_return)
    inside = rows["day"].astype("datetime64[D]") >= np.datetime64(start, "D")
    rows = rows[inside]
    frame = pd.DataFrame(
        {
            "symbol": symbols[rows["series"]],
            "session_date": rows["day"].astype("datetime64[D]").astype("datetime64[s]"),
            **{name: rows[name] for name in BAR_FIELDS},
            "simple_return": simple_return[inside],
            "return_zscore": return_zscore[inside],
            "is_midnight": rows["is_midnight"] == 1,
            "is_session": _on_calendar(rows, [calendar for _, calendar, _ in instruments], start, end),
        }
    )
    # landing allows a vendor's rounding between low, close and high; so does the gate
    slack = ROUNDING * frame["close"].abs()
    frame["highest_allowed"] = frame["high"] + slack
    frame["lowest_allowed"] = frame["low"] - slack
    is_positive = np.array([asset_class in POSITIVE_ASSET_CLASSES for _, _, asset_class in instruments], dtype=bool)
    lowest_price = frame[list(PRICE_FIELDS)].min(axis=1)
    frame["lowest_price"] = lowest_price.where(is_positive[rows["series"]])  # a commodity may trade below zero
    return frame, _bars_expected(connection, start, end, end_exclusive)


def returns_within(series: IntArray, close: FloatArray) -> FloatArray:
    """Return each bar's return on the bar before it of the same series.

    Parameters
    ----------
    series : ndarray of int, shape (n_bars,)
        Ascending.
    close : ndarray of shape (n_bars,)
        In order of time within each series.

    Returns
    -------
    ndarray of shape (n_bars,)
        Fraction; NaN on a first bar, and from a close that is not positive.
    """
    simple_return = np.full(close.size, np.nan)
    follows = (np.diff(series) == 0) & (close[:-1] > 0)
    simple_return[1:][follows] = close[1:][follows] / close[:-1][follows] - 1.0
    return simple_return


def zscores_within(series: IntArray, simple_return: FloatArray) -> FloatArray:
    """Return each bar's return over the standard deviation of the returns before it.

    Parameters
    ----------
    series, simple_return
        As for and from :func:`returns_within`.

    Returns
    -------
    ndarray of shape (n_bars,)
        NaN where fewer than ``OUTLIER_SESSIONS_NEEDED`` returns lie before, or they do not vary.
    """
    known = ~np.isnan(simple_return)
    value = np.where(known, simple_return, 0.0)
    totals = [np.concatenate([[0.0], np.cumsum(column)]) for column in (known, value, value * value)]
    here = np.arange(series.size)
    first = np.maximum(here - OUTLIER_SESSIONS, np.searchsorted(series, series))
    count, total, squares = (column[here] - column[first] for column in totals)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (squares - total * total / count) / (count - 1.0)
        # below this the variance is the rounding error of the running sums
        enough = (count >= OUTLIER_SESSIONS_NEEDED) & (variance > 1e-12)
        return np.where(enough, simple_return / np.sqrt(variance), np.nan)


def _on_calendar(rows: StructuredArray, calendars: list[str], start: date, end: date) -> npt.NDArray[np.bool_]:
    days = rows["day"].astype("datetime64[D]")
    of_row = np.array(calendars, dtype=object)[rows["series"]]
    on_calendar = np.zeros(rows.size, dtype=bool)
    for calendar in set(calendars):
        of_calendar = of_row == calendar
        on_calendar[of_calendar] = np.isin(days[of_calendar], sessions_between(calendar, start, end))
    return on_calendar


def _bars_expected(
    connection: psycopg.Connection[Any], start: date, end: date, end_exclusive: datetime
) -> dict[str, int]:
    """Return the sessions from the first bar of all on, and the bars of instruments that have begun and not ended."""
    spans = connection.execute(statement("select_bars_span"), {"end_exclusive": end_exclusive}).fetchall()
    begun = [(calendar, first, last) for _, calendar, first, last in spans if last is not None]
    stock_sessions = sessions_between(STOCK_CALENDAR, start, end)
    if not begun:
        return {"expected_sessions": int(stock_sessions.size), "expected_bars": 0, "fewest_bars": 1}
    first_of_all = np.datetime64(min(first for _, first, _ in begun), "D")
    bars = 0
    for calendar, first, last in begun:
        sessions = sessions_between(calendar, start, end)
        recent = sessions_between(calendar, last, end)
        until = end if recent.size <= STILL_TRADING_SESSIONS + 1 else last
        bars += int(np.count_nonzero((sessions >= np.datetime64(first, "D")) & (sessions <= np.datetime64(until, "D"))))
    return {
        "expected_sessions": int(np.count_nonzero(stock_sessions >= first_of_all)),
        "expected_bars": bars,
        "fewest_bars": max(1, bars // 2),
    }


def load_macro(connection: psycopg.Connection[Any], start: date, end: date) -> Loaded:
    """Return the observations from the closed days before start to end, with the time since the one before."""
    first = day_after_previous_session(STOCK_CALENDAR, start)
    columns = ("series_id", "frequency", "observation_date", "released_on", "value", "days_since_previous")
    frame = _select(connection, "select_macro_slice", {"start": first, "end": end}, columns)
    for name in ("observation_date", "released_on"):
        frame[name] = frame[name].astype("datetime64[s]")
    allowed = frame["frequency"].map(MACRO_DAYS_ALLOWED).astype(float)
    frame["share_of_days_allowed"] = frame["days_since_previous"].astype(float) / allowed
    frame["value"] = frame["value"].astype(float)
    return frame, {}


def load_scenarios(connection: psycopg.Connection[Any], start: date, end: date) -> Loaded:
    """Return a summary of each path of the scenarios of one as-of date."""
    columns = (
        "scenario_name",
        "scenario_family",
        "symbol",
        "sessions",
        "bars",
        "missing_closes",
        "lowest_close",
        "first_session",
        "last_session",
        "as_of",
        "is_synthetic",
        "failed_checks",
    )
    frame = _select(connection, "select_scenario_validation", {"as_of": end}, columns)
    for name in ("first_session", "last_session", "as_of"):
        frame[name] = frame[name].astype("datetime64[s]")
    for name in ("sessions", "bars", "missing_closes", "lowest_close", "failed_checks"):
        frame[name] = frame[name].astype(float)
    synthetic = frame["is_synthetic"].astype(bool)
    days_after = (frame["last_session"] - frame["as_of"]).dt.days
    frame["days_read_after_as_of"] = days_after.where(~synthetic, 0).clip(lower=0)
    frame["share_missing"] = frame["missing_closes"] / frame["bars"]
    return frame, {}


def load_rankings(connection: psycopg.Connection[Any], start: date, end: date) -> Loaded:
    """Return the strategies enabled, beside those ranked on one run date."""
    columns = ("enabled_strategy", "ranked_strategy", "avg_score", "scenarios_tested")
    frame = _select(connection, "select_rankings_validation", {"as_of": end}, columns)
    frame["avg_score"] = frame["avg_score"].astype(float)
    return frame, {}


def _select(
    connection: psycopg.Connection[Any], name: str, parameters: Mapping[str, Any], columns: tuple[str, ...]
) -> pd.DataFrame:
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement(name), parameters).fetchall()
    return pd.DataFrame(rows, columns=list(columns))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
