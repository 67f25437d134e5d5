"""Which records of news, events and membership may be landed: each bad one is set aside with its reason."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from tetra.data.news_rows import article_id
from tetra.data.tables import RECORD_TABLES
from tetra.sources.record_types import (
    GEOPOLITICAL_CATEGORIES,
    SECURITY_CATEGORIES,
    Article,
    EarningsReport,
    EconomicEvent,
    GeopoliticalEvent,
    MembershipSpell,
    RecordBatch,
    RecordKind,
    RecordValue,
    RejectedRecord,
    SecurityEvent,
)

IMPORTANCES = (None, "low", "medium", "high")


@dataclass(frozen=True)
class KnownNames:
    """What records may refer to.

    Parameters
    ----------
    symbols, series_ids, indices : collection of str
        Of ``universe.yaml``.
    """

    symbols: Collection[str]
    series_ids: Collection[str]
    indices: Collection[str]


@dataclass(frozen=True)
class CheckedRecords:
    """A batch split in two.

    Parameters
    ----------
    kept : RecordBatch
        What may be landed, in the order of the source.
    rejected : tuple of RejectedRecord
        What may not, after what the source itself could not read.
    """

    kept: RecordBatch[Any]
    rejected: tuple[RejectedRecord, ...]


def check_records(kind: RecordKind, batch: RecordBatch[Any], known: KnownNames) -> CheckedRecords:
    """Set aside the records of a batch that cannot be true, or that name what the universe does not know.

    Returns
    -------
    CheckedRecords
        Of several records of one key the first is kept; repeated articles are left to landing, which joins them.
    """
    kept: list[Any] = []
    rejected = list(batch.rejected)
    seen: dict[str, int] = {}
    for record in batch.records:
        key = record_key(kind, record)
        reason = next((text for is_so, text in _CHECKS[kind](record, known) if is_so), None)
        if reason is None and kind != "news" and key in seen:
            reason = "a second record of its key"
        if reason is None:
            seen[key] = 1
            kept.append(record)
            continue
        seen[key] = seen.get(key, 0) + 1
        label = f"{key}#{seen[key]}" if seen[key] > 1 else key
        rejected.append(RejectedRecord(label, batch.source, reason, _as_json(record)))
    return CheckedRecords(replace(batch, records=tuple(kept), rejected=()), tuple(rejected))


def record_key(kind: RecordKind, record: Any) -> str:
    """Return what identifies a record in its table, as ``quality.rejected_records`` writes it."""
    if kind == "news":
        return article_id(record)
    values = (getattr(record, name) for name in RECORD_TABLES[kind].key)
    return "|".join("" if value is None else str(value) for value in values)


_Checks = Iterable[tuple[bool, str]]


def _article(record: Article, known: KnownNames) -> _Checks:
    yield not record.headline.strip(), "the headline is blank"
    yield from _unknown_symbols(record.symbols, known)
    for score in record.scores:
        yield not -1.0 <= score.score <= 1.0, f"a sentiment of {score.score:g} is outside -1 to 1"
        yield (
            score.relevance is not None and not 0.0 <= score.relevance <= 1.0,
            f"a relevance of {score.relevance} is outside 0 to 1",
        )
        yield from _unknown_symbols(() if score.symbol is None else (score.symbol,), known)


def _earnings(record: EarningsReport, known: KnownNames) -> _Checks:
    yield from _unknown_symbols((record.symbol,), known)
    quarter = record.announced_quarter
    yield (quarter.day != 1 or quarter.month % 3 != 1), f"{quarter} is not the first day of a quarter"
    on = record.announced_on
    yield (
        on is not None and (on.year, (on.month - 1) // 3) != (quarter.year, (quarter.month - 1) // 3),
        f"announced on {on}, which is not in the quarter of {quarter}",
    )
    for name, value in (("reported", record.eps_reported), ("estimated", record.eps_estimate)):
        yield value is not None and not math.isfinite(value), f"{name} earnings per share are {value}"
    yield (
        on is None and record.eps_reported is None and record.eps_estimate is None,
        "neither a day nor earnings are given",
    )


def _economic_event(record: EconomicEvent, known: KnownNames) -> _Checks:
    yield not record.event_name.strip(), "the event has no name"
    country = record.country
    yield (
        not (len(country) == 2 and country.isascii() and country.isupper()),
        f"country {country!r} is no ISO 3166 code",
    )
    yield record.importance not in IMPORTANCES, f"importance {record.importance!r} is not low, medium or high"
    for series_id in record.series_ids:
        yield series_id not in known.series_ids, f"series {series_id!r} is not in universe.yaml"
    for name in ("actual", "forecast", "previous"):
        value = getattr(record, name)
        yield value is not None and not math.isfinite(value), f"{name} is {value}"


def _geopolitical_event(record: GeopoliticalEvent, known: KnownNames) -> _Checks:
    yield from _event(record, GEOPOLITICAL_CATEGORIES, known)
    yield record.ended_on is not None and record.ended_on < record.started_on, "it ended before it began"


def _security_event(record: SecurityEvent, known: KnownNames) -> _Checks:
    yield from _event(record, SECURITY_CATEGORIES, known)
    yield (
        record.occurred_on is not None and record.occurred_on > record.disclosed_on,
        "it was disclosed before it happened",
    )


def _event(record: GeopoliticalEvent | SecurityEvent, categories: Collection[str], known: KnownNames) -> _Checks:
    yield not record.event_id.strip(), "it has no event_id"
    yield not record.reference.strip(), "it names no reference; give the document that says so"
    yield record.category not in categories, f"category {record.category!r} is none of {', '.join(categories)}"
    yield from _unknown_symbols(record.symbols, known)


def _membership(record: MembershipSpell, known: KnownNames) -> _Checks:
    yield record.index_name not in known.indices, f"index {record.index_name!r} is not in universe.yaml, indices"
    yield not record.ticker.strip(), "it has no ticker"
    yield record.valid_to is not None and record.valid_to <= record.valid_from, "it ended before it began"


def _unknown_symbols(symbols: Iterable[str], known: KnownNames) -> _Checks:
    for symbol in symbols:
        yield symbol not in known.symbols, f"symbol {symbol!r} is not in universe.yaml"


_CHECKS: Mapping[RecordKind, Callable[[Any, KnownNames], _Checks]] = {
    "news": _article,
    "earnings": _earnings,
    "economic_events": _economic_event,
    "geopolitical_events": _geopolitical_event,
    "security_events": _security_event,
    "index_membership": _membership,
}


def _as_json(record: Any) -> dict[str, RecordValue]:
    return {item.name: _scalar(getattr(record, item.name)) for item in fields(record)}


def _scalar(value: Any) -> RecordValue:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no infinity
    return value if value is None or isinstance(value, str | int | float) else str(value)
