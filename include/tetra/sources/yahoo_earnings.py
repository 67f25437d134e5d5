"""Yahoo's calendar of one company's earnings, read by yfinance: announced ones and scheduled ones.

Earnings per share are as they are after every later split. The part of the day follows from the hour that Yahoo gives.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

import pandas as pd

from tetra.sources.earnings import Announced, EarningsRows
from tetra.sources.market_hours import NEW_YORK, announcement_time
from tetra.sources.vendor import always

PAGE = 100
"""Most announcements in one answer."""

_DATE, _REPORTED, _ESTIMATE = "Earnings Date", "Reported EPS", "EPS Estimate"


def add_announcements(rows: EarningsRows, table: pd.DataFrame) -> date | None:
    """Add yfinance's table of announcements.

    Returns
    -------
    date or None
        The oldest day in it, None if no row has a day.

    Raises
    ------
    KeyError
        If it lacks a column.
    """
    columns = zip(table.index.to_list(), table[_REPORTED].to_list(), table[_ESTIMATE].to_list(), strict=True)
    days: list[date] = []
    for at, reported, estimate in columns:
        moment = None if pd.isna(at) else at.to_pydatetime().astimezone(NEW_YORK)
        record = {_DATE: moment and moment.isoformat(), _REPORTED: reported, _ESTIMATE: estimate}
        told = Announced(moment and announcement_time(moment), reported, estimate)
        rows.add(partial(_day, moment), always(told), record)
        if moment is not None:
            days.append(moment.date())
    return min(days, default=None)


def _day(moment: datetime | None) -> date:
    if moment is None:
        raise ValueError("the announcement has no date")
    return moment.date()
