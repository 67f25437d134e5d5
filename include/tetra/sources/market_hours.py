"""When American stocks trade, for clients of vendors: regular hours, hours that are over, times of announcements."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np

from tetra.calendars import STOCK_CALENDAR, session_hours
from tetra.sources.record_types import AnnouncementTime

NEW_YORK = ZoneInfo("America/New_York")

HOUR = timedelta(hours=1)


@functools.lru_cache(maxsize=16_384)
def regular_hours(session: date) -> tuple[datetime, datetime] | None:
    """Return when a session of the stock calendar opens and closes, in UTC; None for a day that is none."""
    opens, closes = session_hours(STOCK_CALENDAR, np.array([session], dtype="datetime64[D]"))
    if np.isnat(opens[0]):
        return None
    return cast(datetime, opens[0].item()).replace(tzinfo=UTC), cast(datetime, closes[0].item()).replace(tzinfo=UTC)


def is_regular(moment: datetime) -> bool:
    """Return whether stocks trade at that moment, extended hours left out."""
    hours = regular_hours(moment.astimezone(NEW_YORK).date())
    return hours is not None and hours[0] <= moment < hours[1]


def is_over(opened: datetime, now: datetime) -> bool:
    """Return whether the hour that opened then is over; one during which stocks close ends with their session.

    Parameters
    ----------
    opened, now : datetime
        With time zones; ``opened`` in the exchange's.
    """
    ends = opened.astimezone(UTC) + HOUR
    hours = regular_hours(opened.date()) if str(opened.tzinfo) == NEW_YORK.key else None
    if hours is not None and opened < hours[1] < ends:
        ends = hours[1]
    return ends <= now


def announcement_time(moment: datetime) -> AnnouncementTime | None:
    """Return on which side of New York's session an announcement of earnings lies.

    Returns
    -------
    str or None
        ``before_open`` or ``after_close``. None on a day without a session; at midnight, which stands for a time that
        is not known; and during a session: hardly a company announces then, while vendors write such hours by mistake
        of the time zone (Yahoo noon for Apple's 4 PM of 2021 and 2022; a sample of Polygon's, said to be UTC, reads
        07:00), and who believed them would trade on what was not yet known.
    """
    local = moment.astimezone(NEW_YORK)
    hours = regular_hours(local.date())
    if hours is None or (local.hour, local.minute) == (0, 0):
        return None
    if moment < hours[0]:
        return "before_open"
    return "after_close" if moment >= hours[1] else None
