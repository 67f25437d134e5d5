"""Polygon's earnings, which are Benzinga's: reported and scheduled announcements of one stock.

``date`` is the day of the announcement and ``time`` its time in UTC, as documented, from which the part of New York's
day follows; a time that lies on another day there is not used. ``date_status`` (projected or confirmed) is not kept: a
scheduled announcement may move. Where a quarter is announced together with a half or a whole year, it comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from tetra.sources.earnings import Announced, EarningsRows
from tetra.sources.market_hours import NEW_YORK, announcement_time
from tetra.sources.record_types import AnnouncementTime, EarningsReport, RecordBatch, RecordRequest

CURRENCY = "USD"
"""Of US securities' prices, with which earnings per share are compared."""


def earnings_batch(
    symbol: str, source: str, records: Iterable[Mapping[str, Any]], request: RecordRequest, today: date
) -> RecordBatch[EarningsReport] | None:
    """Return the announcements in the days asked for; None if there is no record of any day.

    Parameters
    ----------
    symbol, source : str
        Tetra's symbol; source and data set.
    records : iterable of mapping
        Of all days.
    request : RecordRequest
        Whose days count.
    today : date
        In New York.
    """
    rows = EarningsRows(symbol, source, request, today)
    for record in sorted(records, key=_is_of_more_than_a_quarter):
        rows.add(partial(_day, record), partial(_announced, record), record)
    return rows.batch()


def _is_of_more_than_a_quarter(record: Mapping[str, Any]) -> bool:
    return not str(record.get("fiscal_period", "Q")).startswith("Q")


def _day(record: Mapping[str, Any]) -> date:
    return date.fromisoformat(record["date"])


def _announced(record: Mapping[str, Any]) -> Announced:
    currency = record.get("currency") or CURRENCY
    if currency != CURRENCY:
        raise ValueError(f"the earnings are in {currency}, the prices in {CURRENCY}")
    return Announced(_time(record), record.get("actual_eps"), record.get("estimated_eps"))


def _time(record: Mapping[str, Any]) -> AnnouncementTime | None:
    if not record.get("time"):
        return None
    moment = datetime.combine(_day(record), time.fromisoformat(record["time"]), UTC)
    return announcement_time(moment) if moment.astimezone(NEW_YORK).date() == _day(record) else None
