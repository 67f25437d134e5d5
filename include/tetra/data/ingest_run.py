"""What one landing is for and works with: the request, whose data it is, the sources that are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from tetra.data import landing
from tetra.data.ingest_report import TableReport
from tetra.data.universe import Universe
from tetra.errors import SettingsError, SourceUnavailable, unknown_value
from tetra.sources.base import DATA_KINDS, DataKind
from tetra.sources.registry import Fetch, Registry


@dataclass(frozen=True)
class IngestRequest:
    """What to land.

    Parameters
    ----------
    start_date, end_date : date
        First and last day, both included; the sessions between them are the slice.
    sources : tuple of str, optional
        Use only these; default all that ``sources.yaml`` lists.
    skip_sources : tuple of str
        Do not use these.
    symbols : tuple of str, optional
        Instruments, macro series, groups and indices (their members on the end date) to land; default all of
        ``universe.yaml``.
    kinds : tuple of str, optional
        Only these kinds of data; default all.

    Raises
    ------
    SettingsError
        If a kind is unknown.
    """

    start_date: date
    end_date: date
    sources: tuple[str, ...] | None = None
    skip_sources: tuple[str, ...] = ()
    symbols: tuple[str, ...] | None = None
    kinds: tuple[DataKind, ...] | None = None

    def __post_init__(self) -> None:
        for kind in self.kinds or ():
            if kind not in DATA_KINDS:
                raise SettingsError(unknown_value("kind of data", kind, DATA_KINDS))


@dataclass(frozen=True)
class IngestRun:
    """A request under way.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``, with no transaction open.
    request : IngestRequest
        Its days and kinds of data.
    universe : Universe
        Of the instruments.
    registry : Registry
        The sources to ask.
    symbols, series_ids : tuple of str
        Instruments and macro series that are asked for.
    """

    connection: psycopg.Connection[Any]
    request: IngestRequest
    universe: Universe
    registry: Registry
    symbols: tuple[str, ...]
    series_ids: tuple[str, ...]

    def asks_for(self, kind: DataKind) -> bool:
        """Return whether the kind is wanted and ``sources.yaml`` lists a source for it."""
        return (self.request.kinds is None or kind in self.request.kinds) and bool(self.registry.kinds[kind].sources)

    def require(self, kind: DataKind, fetch: Fetch, wanted: tuple[str, ...]) -> None:
        """Raise where a required kind was served for nothing that was wanted.

        Raises
        ------
        SourceUnavailable
            Naming why each source was passed over.
        """
        if self.registry.kinds[kind].required and len(fetch.missing) == len(wanted):
            reasons = "; ".join(fetch.passed_over) or "no source knows any of the symbols"
            raise SourceUnavailable(f"no source serves {kind}: {reasons}")

    def merge(self, landed: landing.Landed, staged: landing.Staged, fetch: Fetch, *, heal: bool = False) -> TableReport:
        """Merge what was staged into its table, and tell what that did; see :func:`tetra.data.landing.merge`."""
        name = landed.tables[0]
        span = {"start": self.request.start_date, "end": self.request.end_date}
        merged = landing.merge(self.connection, landed, staged, **span, heal=heal)[name]
        return TableReport(
            table=name,
            inserted=merged.inserted,
            updated=merged.updated,
            unchanged=staged.rows.get(name, 0) - merged.inserted - merged.updated,
            deleted=merged.deleted,
            rejected=len(staged.rejected),
            missing=tuple(fetch.missing),
            notes=tuple(fetch.passed_over),
        )
