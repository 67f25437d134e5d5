"""Polygon's hourly bars: of stocks those of regular trading hours, at whole hours of New York.

Polygon's own hourly bars of stocks hold extended hours too: the one of 09:00 begins with half an hour before the open.
So half-hours are asked for, those outside the exchange's hours are left out (early closes by its calendar), and what is
left is joined to whole hours: the bar of 09:00 holds 09:30 to 10:00. The closing auction is printed after 16:00, so the
last close is that of continuous trading. What trades round the clock has an hourly bar of Polygon's own for every hour
of UTC in which it traded.

References
----------
.. [1] https://polygon.io/knowledge-base/article/how-does-polygon-treat-hourly-bars-when-querying-regular-trading-hours
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from tetra.sources.market_hours import NEW_YORK, is_over, is_regular
from tetra.sources.vendor import UNREADABLE, always, number, utc_moment
from tetra.sources.vendor_rows import BarRows

HOURLY: Mapping[bool, str] = {True: "1/hour", False: "30/minute"}
"""What is asked for, by whether it trades round the clock."""

_LETTERS = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}


def price_record(bar: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bar of Polygon under the names that ``BarRows`` reads, with its time."""
    return {name: bar.get(letter) for name, letter in _LETTERS.items()} | {"t": bar.get("t")}


def add_hours(rows: BarRows, bars: Iterable[Mapping[str, Any]], *, never_closes: bool, now: datetime) -> None:
    """Add the hours that are over.

    Parameters
    ----------
    rows : BarRows
        Gathers them; a bar whose time cannot be read, and an hour with a part that cannot be, is set aside there.
    bars : iterable of mapping
        Polygon's, ascending, as :data:`HOURLY` has them.
    never_closes : bool
        Whether it trades round the clock.
    now : datetime
        With a time zone.
    """
    hours: dict[datetime, list[dict[str, Any]]] = {}
    for bar in bars:
        record = price_record(bar)
        try:
            opened = utc_moment(bar["t"]).astimezone(UTC if never_closes else NEW_YORK)
            counts = never_closes or is_regular(opened)
        except UNREADABLE as error:
            rows.add(partial(_raise, error), record)
            continue
        if counts:
            hours.setdefault(opened.replace(minute=0), []).append(record)
    for opened, parts in hours.items():
        if is_over(opened, now):
            rows.add(always(opened), _joined(parts))


def _joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one record of the parts of an hour; a part that cannot be read as it is, so that it is set aside."""
    if len(parts) == 1:
        return parts[0]
    values: list[dict[str, float]] = []
    for part in parts:
        try:
            values.append({name: number(part[name]) for name in _LETTERS})
        except ValueError:
            return part
    return {
        "open": values[0]["open"],
        "high": float(np.fmax.reduce([value["high"] for value in values])),
        "low": float(np.fmin.reduce([value["low"] for value in values])),
        "close": values[-1]["close"],
        "volume": sum(value["volume"] for value in values),
        "t": parts[0]["t"],
    }


def _raise(error: Exception) -> datetime:
    raise error
