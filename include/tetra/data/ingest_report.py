"""What landing did, table by table; the report of an ingest task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any


@dataclass(frozen=True)
class TableReport:
    """What landing did to one table.

    Parameters
    ----------
    table : str
        Schema and name, as its suite is called; hourly bars are told apart from daily ones.
    inserted, updated, unchanged, rejected, deleted : int
        Records of the request that were new, differed, were held already, were set aside, or were withdrawn by their
        source.
    missing : tuple of str
        Symbols or series that no source had anything of.
    notes : tuple of str
        Why sources were passed over.
    """

    table: str
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    deleted: int = 0
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def landed(self) -> int:
        """Records that the sources gave and that are held now."""
        return self.inserted + self.updated + self.unchanged

    def __add__(self, other: TableReport) -> TableReport:
        """Return both reports on the table as one."""
        names = ("inserted", "updated", "unchanged", "rejected", "deleted")
        return replace(
            self,
            missing=tuple(dict.fromkeys((*self.missing, *other.missing))),
            notes=tuple(dict.fromkeys((*self.notes, *other.notes))),
            **{name: getattr(self, name) + getattr(other, name) for name in names},
        )


@dataclass(frozen=True)
class IngestReport:
    """What one request did.

    Parameters
    ----------
    start_date, end_date : date
        First and last day that was asked of the sources.
    sessions : int
        Sessions of the stock calendar between them.
    reference_rows : int
        Rows written to the tables of instruments, exchanges and indicators.
    tables : tuple of TableReport
        One per table whose kind of data was asked of any source.
    symbols : tuple of str or None
        Instruments that were asked for; None for all.
    """

    start_date: date
    end_date: date
    sessions: int
    reference_rows: int
    tables: tuple[TableReport, ...]
    symbols: tuple[str, ...] | None = None

    @property
    def records(self) -> int:
        """Rows written or deleted."""
        return self.reference_rows + sum(table.inserted + table.updated + table.deleted for table in self.tables)

    @property
    def changed(self) -> bool:
        """Whether anything that downstream reads is different now."""
        return self.records > 0

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {
            "start_date": self.start_date.isoformat(),
            "end_date": self.end_date.isoformat(),
            "sessions": self.sessions,
            "reference_rows": self.reference_rows,
            "records": self.records,
            "changed": self.changed,
            "symbols": None if self.symbols is None else list(self.symbols),
            "tables": [
                {**vars(table), "missing": list(table.missing), "notes": list(table.notes)} for table in self.tables
            ],
        }


def joined(tables: Iterable[TableReport]) -> tuple[TableReport, ...]:
    """Return reports as one per table, in order of appearance."""
    found: dict[str, TableReport] = {}
    for table in tables:
        found[table.table] = found[table.table] + table if table.table in found else table
    return tuple(found.values())


def combined(reports: Iterable[IngestReport]) -> IngestReport:
    """Return several reports as one over the days of them all.

    Raises
    ------
    ValueError
        If there is none.
    """
    found = list(reports)
    asked = [report.symbols for report in found]
    everything = any(symbols is None for symbols in asked)
    return IngestReport(
        start_date=min(report.start_date for report in found),
        end_date=max(report.end_date for report in found),
        sessions=sum(report.sessions for report in found),
        reference_rows=sum(report.reference_rows for report in found),
        tables=joined(table for report in found for table in report.tables),
        symbols=None if everything else tuple(sorted({symbol for symbols in asked for symbol in symbols or ()})),
    )
