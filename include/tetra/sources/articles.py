"""What the clients of news vendors share: the days of New York, and articles gathered one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tetra.sources.record_types import Article, RecordBatch, RecordRequest, RejectedRecord
from tetra.sources.vendor import scalars

NEW_YORK = ZoneInfo("America/New_York")


class ArticleRows:
    """Gathers the articles of one symbol, each once.

    Parameters
    ----------
    symbol : str
        What was asked about.
    source : str
        Source and data set.
    request : RecordRequest
        Whose days count.
    """

    def __init__(self, symbol: str, source: str, request: RecordRequest) -> None:
        self._symbol = symbol
        self._source = source
        self._request = request
        self._articles: dict[str, Article] = {}
        self._rejected: dict[str, RejectedRecord] = {}

    def add(self, record: Any, read: Callable[[Mapping[str, Any]], Article]) -> None:
        """Add one record; a day outside the request or a repetition is left out, what cannot be read is set aside.

        Parameters
        ----------
        record : object
            As the vendor gave it.
        read : callable
            From an object with fields to an article, or ValueError, TypeError, KeyError or OverflowError.
        """
        fields = record if isinstance(record, dict) else {"record": record}
        label = str(fields.get("url") or f"record {len(self._articles) + len(self._rejected)}")
        try:
            article = read(fields)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            reason = f"cannot be read: {type(error).__name__} {error}"
            self._rejected.setdefault(
                label, RejectedRecord(f"{self._symbol}|{label}", self._source, reason, scalars(fields))
            )
            return
        if self._request.start <= article.published_on <= self._request.end:
            self._articles.setdefault(label, article)

    def batch(self) -> RecordBatch[Article]:
        """Return what was gathered, in the order of the vendor: the symbol is served even where that is nothing."""
        return RecordBatch(
            self._source, tuple(self._articles.values()), frozenset({self._symbol}), tuple(self._rejected.values())
        )


def text_of(value: Any, name: str) -> str:
    """Return a vendor's text on one line.

    Raises
    ------
    ValueError
        If it is none, or blank.
    """
    found = optional_text(value)
    if found is None:
        raise ValueError(f"{name} is {value!r}, not a text")
    return found


def optional_text(value: Any) -> str | None:
    """Return a vendor's text on one line; None where it is absent or blank."""
    return " ".join(value.split()) or None if isinstance(value, str) else None


def day_in_new_york(moment: datetime) -> date:
    """Return the day that a moment with a time zone falls on in New York."""
    return moment.astimezone(NEW_YORK).date()


def utc_span(start: date, end: date) -> tuple[datetime, datetime]:
    """Return when the first of some days begins in New York and when the last has ended, in UTC."""
    begins = datetime.combine(start, time(0), NEW_YORK)
    ended = datetime.combine(end + timedelta(days=1), time(0), NEW_YORK)
    return begins.astimezone(UTC), ended.astimezone(UTC)
