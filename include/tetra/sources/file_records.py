"""Records of many symbols from files: news, events and index membership, of one file, a folder or an archive."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic

import numpy as np

from tetra.sources.file_data_sets import DataSet
from tetra.sources.file_folders import list_files, read_bytes
from tetra.sources.file_record_table import RecordTable
from tetra.sources.file_unpacking import members
from tetra.sources.record_types import (
    EVERYTHING,
    Record,
    RecordBatch,
    RecordRequest,
    RejectedRecord,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """A file of records.

    Parameters
    ----------
    data_set : DataSet
        Whose file it is.
    path : str
        Path or URL of the file.
    ticker : str
        What it is named by, where files are named by ticker.
    """

    data_set: DataSet
    path: str
    ticker: str


@dataclass
class Names:
    """The symbols asked for, by the tickers that files know them by.

    Parameters
    ----------
    by_ticker : mapping of str to list of str
        Symbols per ticker.
    everything : bool
        Whether records that no symbol owns are asked for too.
    series_ids : frozenset of str
        Macro series asked for.
    unknown : Counter
        Tickers of files that are none of these, with how often.
    """

    by_ticker: Mapping[str, list[str]]
    everything: bool
    series_ids: frozenset[str]
    unknown: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, request: RecordRequest) -> Names:
        """Return those of a request."""
        by_ticker: dict[str, list[str]] = {}
        for symbol, ticker in request.tickers.items():
            if symbol != EVERYTHING:
                by_ticker.setdefault(ticker, []).append(symbol)
        return cls(by_ticker, EVERYTHING in request.tickers, frozenset(request.series_ids))

    def symbols(self, tickers: Iterable[str]) -> tuple[str, ...]:
        """Return the symbols of tickers, sorted; a ticker of none is counted."""
        found: set[str] = set()
        for ticker in tickers:
            known = self.by_ticker.get(ticker, ())
            found.update(known)
            if not known:
                self.unknown[ticker] += 1
        return tuple(sorted(found))


@dataclass(frozen=True)
class Told(Generic[Record]):
    """One record that a row tells, with where it belongs.

    Parameters
    ----------
    row : int
        Of the table.
    record : object
        As asked for.
    first, last : date
        Days it is about.
    symbols : tuple of str
        Whose it is; empty for what no symbol owns.
    """

    row: int
    record: Record
    first: date
    last: date
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule(Generic[Record]):
    """How records of a kind are read from files.

    Parameters
    ----------
    tell : callable
        Yields the records of a table; rows that are none it sets aside in the table.
    whatever_the_range : bool
        Whether all records are given, not only those of the range.
    whole_list : bool
        Whether a file is all there is of its kind, so that it answers for days without a record too.
    join : callable
        Makes one record of several about the same.
    """

    tell: Callable[[RecordTable, Names], Iterator[Told[Record]]]
    whatever_the_range: bool = False
    whole_list: bool = False
    join: Callable[[Sequence[Record]], Sequence[Record]] = tuple


def find_places(data_sets: Sequence[DataSet], request: RecordRequest) -> list[Place]:
    """Return the files that may hold what is asked for, in the order of the data sets.

    Raises
    ------
    SourceUnavailable
        If a folder does not exist.
    """
    wanted = {ticker: ticker for symbol, ticker in request.tickers.items() if symbol != EVERYTHING}
    found: list[Place] = []
    for data_set in data_sets:
        named = "{" in data_set.path
        tickers = {name.lower(): name for name in wanted} if "{symbol_lower}" in data_set.path else wanted
        for name, paths in list_files(data_set).items():
            if not named or name in tickers:
                found.extend(Place(data_set, path, tickers[name] if named else "") for path in paths)
    return found


def read_records(place: Place, rule: Rule[Record], request: RecordRequest) -> RecordBatch[Record]:
    """Return the records of one file, or of all members of an archive, as one batch.

    Raises
    ------
    SourceError
        If it cannot be opened, is damaged, or lacks a column of its layout.
    """
    names = Names.of(request)
    told: list[Told[Record]] = []
    rejected: list[RejectedRecord] = []
    for where, content in members(read_bytes(place.path, place.data_set), place.path):
        table = RecordTable(content, place.data_set, where=where, ticker=place.ticker)
        told.extend(one for one in rule.tell(table, names) if one.row not in table.reasons)
        rejected.extend(_rejected(table, where, rule, request))
    if names.unknown:
        rows, tickers, some = names.unknown.total(), len(names.unknown), ", ".join(sorted(names.unknown)[:5])
        log.info("%s: left out %s rows of %s tickers not asked for, such as %s", place.path, rows, tickers, some)
    records = [one.record for one in told if rule.whatever_the_range or _reaches(one.first, one.last, request)]
    return RecordBatch(place.data_set.source, tuple(rule.join(records)), _served(told, rule, request), tuple(rejected))


def _rejected(table: RecordTable, where: str, rule: Rule[Record], request: RecordRequest) -> Iterator[RejectedRecord]:
    file_name = where.rpartition("/")[2]
    for bad in table.bad_rows():
        inside = np.datetime64(request.start, "D") <= bad.day <= np.datetime64(request.end, "D")
        if rule.whatever_the_range or inside or np.isnat(bad.day):
            key = f"{table.data_set.name}|{file_name}|{bad.label}"
            yield RejectedRecord(key, table.data_set.source, f"{bad.reason} ({file_name})", bad.record)


def _served(told: Sequence[Told[Record]], rule: Rule[Record], request: RecordRequest) -> frozenset[str]:
    """Return whose records a file has about the time asked for: from the first to the last of each symbol."""
    if rule.whole_list:
        return frozenset({EVERYTHING})
    spans: dict[str, tuple[date, date]] = {}
    for one in told:
        for symbol in one.symbols or (EVERYTHING,):
            first, last = spans.get(symbol, (one.first, one.last))
            spans[symbol] = min(first, one.first), max(last, one.last)
    return frozenset(symbol for symbol, span in spans.items() if _reaches(*span, request))


def _reaches(first: date, last: date, request: RecordRequest) -> bool:
    return first <= request.end and last >= request.start
