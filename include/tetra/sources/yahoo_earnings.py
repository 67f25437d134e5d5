"""Yahoo's calendar of one company's earnings, read by yfinance: announced ones and scheduled ones.

Yahoo gives the announcement's hour in New York, from which the part of the day follows, and earnings per share of the
shares of today: split-adjusted, unlike other vendors'.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

import pandas as pd

from tetra.sources.earnings import Announced, EarningsRows
from tetra.sources.market_hours import NEW_YORK, announcement_time

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
        rows.add(partial(_day, moment), partial(_announced, moment, record), record)
        if moment is not None:
            days.append(moment.date())
    return min(days, default=None)


def _day(moment: datetime | None) -> date:
    if moment is None:
        raise ValueError("the announcement has no date")
    return moment.date()


def _announced(moment: datetime, record: Mapping[str, Any]) -> Announced:
    return Announced(announcement_time(moment), record[_REPORTED], record[_ESTIMATE])
