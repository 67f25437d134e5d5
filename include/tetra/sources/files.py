"""The files source: every kind of data from files that ``sources.yaml`` describes, whoever made them.

Folders may be local or any fsspec URL whose protocol's package is installed. Bars, actions and macro series lie in
one file per symbol (or series), news, events and index membership in files of many. Files are CSV (plain, xz, gz or
zip) or Parquet; records may lie in tar and zip archives too. What layouts can say is in
:mod:`tetra.sources.layouts`, what data sets can in :mod:`tetra.sources.file_data_sets`. Files are read by a few
threads ahead of whoever consumes the batches; decompressing and parsing leave the interpreter's lock.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from tetra.errors import SettingsError, SourceUnavailable, unknown_value
from tetra.sources.base import (
    DATA_KINDS,
    ActionBatch,
    BarBatch,
    BarRequest,
    DataKind,
    MacroBatch,
    MacroRequest,
    Source,
)
from tetra.sources.file_actions import carries_actions, read_actions
from tetra.sources.file_bars import read_daily_bars, read_hourly_bars
from tetra.sources.file_data_sets import parse_data_sets
from tetra.sources.file_events import (
    EARNINGS,
    ECONOMIC_EVENTS,
    GEOPOLITICAL_EVENTS,
    INDEX_MEMBERSHIP,
    SECURITY_EVENTS,
)
from tetra.sources.file_folders import find, read_in_order
from tetra.sources.file_news import NEWS
from tetra.sources.file_records import Rule, find_places, read_records
from tetra.sources.file_series import read_macro
from tetra.sources.layouts import parse_layout
from tetra.sources.record_types import (
    Article,
    EarningsReport,
    EconomicEvent,
    GeopoliticalEvent,
    MembershipSpell,
    Record,
    RecordBatch,
    RecordRequest,
    SecurityEvent,
)


class FilesSource(Source):
    """Every kind of data from files.

    Parameters
    ----------
    layouts : mapping
        Per name a layout.
    workers : int
        Threads that read.
    **data_sets : mapping, optional
        Per kind of data, per name a data set. Of bars, actions and macro the first with a row in the range serves a
        symbol; records are given of every data set that has some.

    Raises
    ------
    SettingsError
        If a block is malformed.
    """

    name: ClassVar[str] = "files"
    kinds: ClassVar[frozenset[DataKind]] = frozenset(DATA_KINDS)

    def __init__(self, *, layouts: Mapping[str, Any], workers: int = 2, **data_sets: Any) -> None:
        for kind in data_sets:
            if kind not in DATA_KINDS:
                raise SettingsError(f"sources.yaml, files: {unknown_value('key', kind, (*DATA_KINDS, *_OTHER_KEYS))}")
        parsed = {name: parse_layout(name, block) for name, block in layouts.items()}
        self.data_sets = {kind: parse_data_sets(kind, data_sets.get(kind), parsed) for kind in DATA_KINDS}
        if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
            raise SettingsError(f"sources.yaml, files: workers must be a whole number above 0, found {workers!r}")
        self.workers = workers
        self._actions_read: dict[tuple[str, date, date], ActionBatch] = {}

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that has a file with a row in the range.

        Raises
        ------
        SourceUnavailable
            If none has, or a folder does not exist.
        SourceError
            If a file cannot be read as its layout says.
        """
        batches = self._daily_bars(request) if request.timeframe == "1d" else self._hourly_bars(request)
        served = False
        for batch in batches:
            if batch.sessions.size or batch.rejected:
                served = True
                yield batch
        if not served:
            kind: DataKind = "bars" if request.timeframe == "1d" else "hourly_bars"
            raise self._nothing(kind, tuple(request.tickers), request.start, request.end)

    def _daily_bars(self, request: BarRequest) -> Iterator[BarBatch]:
        places = find(self.data_sets["bars"], request.tickers)
        read = functools.partial(read_daily_bars, start=request.start, end=request.end)
        for batch, actions in read_in_order(read, list(places.values()), self.workers):
            if actions is not None:  # a file is read once for both: its actions wait here until they are asked for
                self._actions_read[batch.symbol, request.start, request.end] = actions
            yield batch

    def _hourly_bars(self, request: BarRequest) -> Iterator[BarBatch]:
        places = find(self.data_sets["hourly_bars"], request.tickers)
        read = functools.partial(read_hourly_bars, start=request.start, end=request.end)
        yield from read_in_order(read, list(places.values()), self.workers)

    def actions(self, request: BarRequest) -> Iterator[ActionBatch]:
        """Yield one batch per symbol that has a file with dividends, splits or factors; raises as bars do."""
        telling = [one for one in (*self.data_sets["bars"], *self.data_sets["actions"]) if carries_actions(one)]
        places = find(telling, request.tickers)
        span = (request.start, request.end)
        read = functools.partial(read_actions, start=request.start, end=request.end)
        unread = [found for symbol, found in places.items() if (symbol, *span) not in self._actions_read]
        for batch in read_in_order(read, unread, self.workers):
            self._actions_read[batch.symbol, request.start, request.end] = batch
        for symbol in places:
            yield self._actions_read.pop((symbol, *span))
        if not places:
            raise self._nothing("actions", tuple(request.tickers), request.start, request.end)

    def macro(self, request: MacroRequest) -> Iterator[MacroBatch]:
        """Yield one batch per series that has a file with a row in the range; raises as bars do."""
        places = find(self.data_sets["macro"], {series_id: series_id for series_id in request.series_ids})
        read = functools.partial(read_macro, start=request.start, end=request.end)
        served = False
        for batch in read_in_order(read, list(places.values()), self.workers):
            if batch.values.size or batch.rejected:
                served = True
                yield batch
        if not served:
            raise self._nothing("macro", request.series_ids, request.start, request.end)

    def news(self, request: RecordRequest) -> Iterator[RecordBatch[Article]]:
        """Yield one batch per file that has articles about the symbols and days asked for; raises as bars do."""
        return self._records("news", NEWS, request)

    def earnings(self, request: RecordRequest) -> Iterator[RecordBatch[EarningsReport]]:
        """Yield one batch per file that has earnings of the symbols and days asked for; raises as bars do."""
        return self._records("earnings", EARNINGS, request)

    def economic_events(self, request: RecordRequest) -> Iterator[RecordBatch[EconomicEvent]]:
        """Yield one batch per file whose calendar reaches the days asked for; raises as bars do."""
        return self._records("economic_events", ECONOMIC_EVENTS, request)

    def geopolitical_events(self, request: RecordRequest) -> Iterator[RecordBatch[GeopoliticalEvent]]:
        """Yield one batch per file, of the events that began in the range; raises as bars do."""
        return self._records("geopolitical_events", GEOPOLITICAL_EVENTS, request)

    def security_events(self, request: RecordRequest) -> Iterator[RecordBatch[SecurityEvent]]:
        """Yield one batch per file, of the events disclosed in the range; raises as bars do."""
        return self._records("security_events", SECURITY_EVENTS, request)

    def index_membership(self, request: RecordRequest) -> Iterator[RecordBatch[MembershipSpell]]:
        """Yield one batch per file, of every spell in it whatever the range; raises as bars do."""
        return self._records("index_membership", INDEX_MEMBERSHIP, request)

    def _records(self, kind: DataKind, rule: Rule[Record], request: RecordRequest) -> Iterator[RecordBatch[Record]]:
        read = functools.partial(read_records, rule=rule, request=request)
        served = False
        for batch in read_in_order(read, find_places(self.data_sets[kind], request), self.workers):
            if batch.served or batch.rejected:
                served = True
                yield batch
        if not served:
            raise self._nothing(kind, tuple(request.tickers), request.start, request.end)

    def last_day(self, kind: DataKind) -> date | None:
        """Return the greatest ``last_day`` of its data sets, or None where one of them may still grow."""
        of_bars = kind == "actions" and not self.data_sets["actions"]
        days = [data_set.last_day for data_set in self.data_sets["bars" if of_bars else kind]]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None

    def _nothing(self, kind: DataKind, names: Sequence[str], start: date, end: date) -> SourceUnavailable:
        listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        where = ", ".join(data_set.path for data_set in self.data_sets[kind]) or "no path at all"
        of_whom = f" of {listed}" if listed else ""
        return SourceUnavailable(
            f"source 'files' has no {_ONE[kind]}{of_whom} from {start} to {end} under {where}; correct sources.yaml"
        )


_OTHER_KEYS = ("layouts", "workers")
_ONE: Mapping[DataKind, str] = {
    "bars": "bar",
    "hourly_bars": "hourly bar",
    "actions": "corporate action",
    "macro": "observation",
    "news": "article",
    "earnings": "earnings",
    "economic_events": "economic event",
    "geopolitical_events": "geopolitical event",
    "security_events": "security event",
    "index_membership": "index membership",
}
