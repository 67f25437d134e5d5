"""Alpha Vantage's two kinds of earnings, one list per stock: what was reported, and what is scheduled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from tetra.sources.record_types import (
    AnnouncementTime,
    EarningsReport,
    RecordBatch,
    RecordRequest,
    RejectedRecord,
)
from tetra.sources.vendor import number, scalars

TIMES: Mapping[str, AnnouncementTime | None] = {
    "pre-market": "before_open",
    "post-market": "after_close",
    "": None,
    "None": None,
}
"""Values of reportTime and timeOfTheDay."""


def earnings_batch(
    symbol: str, source: str, reported: Sequence[Any], scheduled: Sequence[Any], request: RecordRequest
) -> RecordBatch[EarningsReport]:
    """Return the announcements of one stock in the days asked for, of each day one.

    Parameters
    ----------
    symbol, source : str
        Tetra's symbol; source and data set.
    reported : sequence
        Records of ``quarterlyEarnings``.
    scheduled : sequence
        Rows of the calendar; one of a day that is already reported is left out.
    request : RecordRequest
        Whose days count.
    """
    found: dict[date, EarningsReport] = {}
    rejected: list[RejectedRecord] = []
    rows = [("reportedDate", _reported, record) for record in reported]
    rows += [("reportDate", _scheduled, record) for record in scheduled]
    for position, (day_field, read, record) in enumerate(rows):
        fields = record if isinstance(record, dict) else {"record": record}
        label = fields.get(day_field) or f"record {position}"
        try:
            announced_on = date.fromisoformat(fields[day_field])
            if request.start <= announced_on <= request.end:
                found.setdefault(announced_on, read(symbol, announced_on, fields))
        except (ValueError, TypeError, KeyError) as error:
            reason = f"cannot be read: {type(error).__name__} {error}"
            rejected.append(RejectedRecord(f"{symbol}|{label}", source, reason, scalars(fields)))
    return RecordBatch(source, tuple(found.values()), frozenset({symbol}), tuple(rejected))


def _reported(symbol: str, day: date, record: Mapping[str, Any]) -> EarningsReport:
    return _report(symbol, day, record.get("reportTime"), record["reportedEPS"], record["estimatedEPS"])


def _scheduled(symbol: str, day: date, record: Mapping[str, Any]) -> EarningsReport:
    return _report(symbol, day, record.get("timeOfTheDay"), None, record["estimate"])


def _report(symbol: str, day: date, at: Any, eps_reported: Any, eps_estimate: Any) -> EarningsReport:
    if (at or "") not in TIMES:
        raise ValueError(f"a time of {at!r} is none of {', '.join(filter(None, TIMES))}")
    return EarningsReport(
        symbol=symbol,
        announced_quarter=day.replace(month=day.month - (day.month - 1) % 3, day=1),
        announced_on=day,
        announcement_time=TIMES[at or ""],
        eps_reported=_amount(eps_reported),
        eps_estimate=_amount(eps_estimate),
    )


def _amount(value: Any) -> float | None:
    """Return a number, which is text; None where Alpha Vantage writes "None" or nothing."""
    if value in (None, "", "None"):
        return None
    found = number(value)
    if not math.isfinite(found):
        raise ValueError(f"{value!r} is no amount")
    return found
