"""One vendor's earnings announcements of one symbol, gathered record by record into a batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tetra.sources.record_types import AnnouncementTime, EarningsReport, RecordBatch, RecordRequest, RejectedRecord
from tetra.sources.vendor import UNREADABLE, number, scalars


@dataclass(frozen=True)
class Announced:
    """What one record says, but for its day.

    Parameters
    ----------
    time : str or None
        As of :class:`tetra.sources.record_types.EarningsReport`.
    eps_reported, eps_estimate : object
        As the vendor gives them; None, NaN is none.
    """

    time: AnnouncementTime | None
    eps_reported: Any
    eps_estimate: Any


class EarningsRows:
    """Gathers the announcements of one symbol.

    Parameters
    ----------
    symbol, source : str
        Tetra's symbol; source and data set.
    request : RecordRequest
        Whose days count.
    today : date
        In New York: what is announced later cannot have been reported yet.
    """

    def __init__(self, symbol: str, source: str, request: RecordRequest, today: date) -> None:
        self._symbol = symbol
        self._source = source
        self._request = request
        self._today = today
        self._reports: list[EarningsReport] = []
        self._rejected: list[RejectedRecord] = []
        self._seen = 0

    def add(self, day: Callable[[], date], read: Callable[[], Announced], record: Mapping[str, Any]) -> None:
        """Add one announcement; outside the request it is left out, unreadable it is set aside.

        Parameters
        ----------
        day, read : callable
            Return the day in New York and the rest, or raise one of ``UNREADABLE``.
        record : mapping
            As the vendor gave it.
        """
        label = f"{self._symbol}|record {self._seen}"
        self._seen += 1
        try:
            announced_on = day()
            quarter = announced_on.replace(month=announced_on.month - (announced_on.month - 1) % 3, day=1)
            label = f"{self._symbol}|{quarter}|{announced_on}"
            if self._request.start <= announced_on <= self._request.end:
                self._reports.append(self._report(quarter, announced_on, read()))
        except UNREADABLE as error:
            reason = f"cannot be read: {type(error).__name__} {error}"
            self._rejected.append(RejectedRecord(label, self._source, reason, scalars(record)))

    def batch(self) -> RecordBatch[EarningsReport] | None:
        """Return what was gathered; None where the vendor lists no announcement, of any day: it may not know it."""
        if not self._seen:
            return None
        served = frozenset({self._symbol})
        return RecordBatch(self._source, tuple(self._reports), served, tuple(self._rejected))

    def _report(self, quarter: date, announced_on: date, announced: Announced) -> EarningsReport:
        reported = _amount(announced.eps_reported)
        if reported is not None and announced_on > self._today:
            raise ValueError(f"earnings of {reported:g} are reported before the day they are announced")
        return EarningsReport(
            symbol=self._symbol,
            announced_quarter=quarter,
            announced_on=announced_on,
            announcement_time=announced.time,
            eps_reported=reported,
            eps_estimate=_amount(announced.eps_estimate),
        )


def _amount(value: Any) -> float | None:
    found = number(value)
    if math.isinf(found):
        raise ValueError(f"{value!r} is no amount")
    return None if math.isnan(found) else found
