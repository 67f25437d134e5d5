"""The events of ``events.yaml``: a small list kept by hand, each with the document that says so.

The whole file is checked when the source is made, so that a mistake is named before anything is landed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar

from tetra.configuration import check_choice, check_keys
from tetra.errors import SettingsError
from tetra.settings import load_yaml
from tetra.sources.base import DataKind, Source
from tetra.sources.record_types import (
    EVERYTHING,
    GEOPOLITICAL_CATEGORIES,
    SECURITY_CATEGORIES,
    GeopoliticalEvent,
    RecordBatch,
    RecordRequest,
    SecurityEvent,
)

_EVENT_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REGION = re.compile(r"[A-Z]{2}")

Event = TypeVar("Event", GeopoliticalEvent, SecurityEvent)


class CuratedSource(Source):
    """Geopolitical and security events of a file beside the other configuration.

    Parameters
    ----------
    file : str
        Its name.

    Raises
    ------
    SettingsError
        If it is absent or malformed; the message names the entry.
    """

    name: ClassVar[str] = "curated"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"geopolitical_events", "security_events"})

    def __init__(self, *, file: str) -> None:
        content = load_yaml(file)
        check_keys(file, content, required={"geopolitical_events", "security_events"})
        self._source = f"curated:{file}"
        self._geopolitical = _events(
            f"{file}, geopolitical_events", content["geopolitical_events"], _geopolitical_event
        )
        self._security = _events(f"{file}, security_events", content["security_events"], _security_event)

    def geopolitical_events(self, request: RecordRequest) -> Iterator[RecordBatch[GeopoliticalEvent]]:
        """Yield one batch of the events that began in the range, empty if none did."""
        found = tuple(event for event in self._geopolitical if request.start <= event.started_on <= request.end)
        yield RecordBatch(self._source, found, frozenset({EVERYTHING}))

    def security_events(self, request: RecordRequest) -> Iterator[RecordBatch[SecurityEvent]]:
        """Yield one batch of the events that became known in the range, empty if none did."""
        found = tuple(event for event in self._security if request.start <= event.disclosed_on <= request.end)
        yield RecordBatch(self._source, found, frozenset({EVERYTHING}))


def _events(where: str, content: Any, entry: Callable[[str, str, Any], Event]) -> tuple[Event, ...]:
    if not isinstance(content, dict):
        raise SettingsError(f"{where}: expected events by their id, found {content!r}")
    for event_id in content:
        if not isinstance(event_id, str) or not _EVENT_ID.fullmatch(event_id):
            raise SettingsError(f"{where}: id {event_id!r} must be lower case words and digits joined by hyphens")
    return tuple(entry(f"{where}.{event_id}", event_id, block) for event_id, block in content.items())


def _geopolitical_event(where: str, event_id: str, block: Any) -> GeopoliticalEvent:
    _check_block(where, block, {"started_on"}, {"ended_on", "regions"}, GEOPOLITICAL_CATEGORIES)
    started_on, ended_on = _day(where, block, "started_on"), _day_or_none(where, block, "ended_on")
    _check_order(where, "started_on", started_on, "ended_on", ended_on)
    return GeopoliticalEvent(
        event_id,
        name=block["name"],
        category=block["category"],
        started_on=started_on,
        reference=block["reference"],
        ended_on=ended_on,
        regions=_codes(where, block, "regions", _REGION, "ISO 3166 codes of two capital letters"),
        symbols=_codes(where, block, "symbols", re.compile(r"\S+"), "symbols; quote what YAML reads otherwise"),
        description=block.get("description"),
    )


def _security_event(where: str, event_id: str, block: Any) -> SecurityEvent:
    _check_block(where, block, {"disclosed_on"}, {"occurred_on"}, SECURITY_CATEGORIES)
    disclosed_on, occurred_on = _day(where, block, "disclosed_on"), _day_or_none(where, block, "occurred_on")
    _check_order(where, "occurred_on", occurred_on, "disclosed_on", disclosed_on)
    return SecurityEvent(
        event_id,
        name=block["name"],
        category=block["category"],
        disclosed_on=disclosed_on,
        reference=block["reference"],
        occurred_on=occurred_on,
        symbols=_codes(where, block, "symbols", re.compile(r"\S+"), "symbols; quote what YAML reads otherwise"),
        description=block.get("description"),
    )


def _check_block(
    where: str, block: Any, days: Collection[str], optional: Collection[str], categories: Collection[str]
) -> None:
    check_keys(
        where,
        block,
        required={"name", "category", "reference", *days},
        optional={"symbols", "description", *optional},
    )
    check_choice(where, "category", block["category"], categories)
    for key in ("name", "reference", "description"):
        value = block.get(key, "absent")
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"{where}: {key} must be text, found {value!r}")


def _day(where: str, block: Mapping[str, Any], key: str) -> date:
    value = block[key]
    if not isinstance(value, date) or isinstance(value, datetime):
        raise SettingsError(f"{where}: {key} must be a day such as 2001-09-11, found {value!r}")
    return value


def _day_or_none(where: str, block: Mapping[str, Any], key: str) -> date | None:
    return _day(where, block, key) if key in block else None


def _check_order(where: str, first: str, first_day: date | None, last: str, last_day: date | None) -> None:
    if first_day is not None and last_day is not None and last_day < first_day:
        raise SettingsError(f"{where}: {last} ({last_day}) lies before {first} ({first_day}); correct one")


def _codes(where: str, block: Mapping[str, Any], key: str, pattern: re.Pattern[str], what: str) -> tuple[str, ...]:
    values = block.get(key, [])
    if not isinstance(values, list) or not all(isinstance(item, str) and pattern.fullmatch(item) for item in values):
        raise SettingsError(f"{where}: {key} must be a list of {what}, found {values!r}")
    return tuple(sorted(set(values)))
