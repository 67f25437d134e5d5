"""The economic calendar from FRED: on which days the releases of the universe's series were, and will be, published.

A series belongs to one release ("Employment Situation"); several series of one release make one event. FRED gives days,
no hours, and passes on what the publishers announce: a day to come may be moved, so it is asked for again on every run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date

from tetra.errors import SourceUnavailable
from tetra.sources.fred_client import FredClient, UnknownSeries
from tetra.sources.record_types import EVERYTHING, EconomicEvent, RecordBatch, RecordRequest, RejectedRecord

log = logging.getLogger(__name__)

COUNTRY = "US"
"""FRED says of no release whose it is; nearly all are American, and their days are those of Washington."""


def release_calendar(client: FredClient, request: RecordRequest, source: str) -> RecordBatch[EconomicEvent]:
    """Return the releases of the series asked for, within the days asked for.

    Parameters
    ----------
    client : FredClient
        Asked once per series, and once (or once per page) per release.
    request : RecordRequest
        Its series and days.
    source : str
        Name for the batch.

    Raises
    ------
    SourceUnavailable
        If FRED knows none of the series, refuses the key or does not answer.
    SourceError
        If its answer cannot be used.
    """
    releases = _releases(client, request.series_ids)
    events: list[EconomicEvent] = []
    rejected: list[RejectedRecord] = []
    for (release_id, name), series_ids in releases.items():
        days = client.release_dates(release_id, request.start, request.end)
        events += (_event(name, day, series_ids) for day in days)
        rejected += (_rejected(name, reason, record["date"], source) for reason, record in client.unreadable)
        client.unreadable.clear()
    log.info("fred: %s days of %s releases read", len(events), len(releases))
    return RecordBatch(source, tuple(events), frozenset({EVERYTHING}), tuple(rejected))


def _releases(client: FredClient, series_ids: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """Return the series of each release, by its id and name."""
    releases: dict[tuple[str, str], list[str]] = {}
    unknown: list[str] = []
    for series_id in series_ids:
        try:
            releases.setdefault(client.release_of(series_id), []).append(series_id)
        except UnknownSeries as error:
            log.warning("fred: the releases of %s are left to other sources: %s", series_id, error)
            unknown.append(series_id)
    if not releases:
        asked = f"it does not know {', '.join(unknown)}" if unknown else "no series was asked for"
        raise SourceUnavailable(f"source 'fred' has no release to tell of: {asked}")
    return releases


def _event(name: str, day: date, series_ids: Iterable[str]) -> EconomicEvent:
    return EconomicEvent(event_name=name, event_date=day, country=COUNTRY, series_ids=tuple(sorted(series_ids)))


def _rejected(name: str, reason: str, written: str, source: str) -> RejectedRecord:
    record = {"event_name": name, "country": COUNTRY, "event_date": written}
    return RejectedRecord(f"{name}|{COUNTRY}|{written}", source, reason, record)
