"""Which sessions are held and which are missing: ``quality.coverage`` and ``quality.gaps`` from the rows themselves.

Each instrument's daily and hourly bars are compared with the calendar of its exchange, each macro series with the
periods of its frequency, from the first to the last that is held. Rows that are right already are not touched.
Re-running is safe; when it fails, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import psycopg

from tetra.calendars import sessions_between
from tetra.data.coverage_periods import observed_periods, sessions_held
from tetra.data.gap_requests import GapRequest, cluster
from tetra.data.statements import statement
from tetra.typing import DateArray

Kind = Literal["bars", "macro"]

TIMEFRAMES = ("1d", "1h")


@dataclass(frozen=True)
class CoverageReport:
    """What a refresh found and wrote.

    Parameters
    ----------
    records : int
        Rows written or deleted.
    instruments : int
        Instruments with at least one daily bar.
    hourly_instruments : int
        Instruments with at least one hourly bar.
    series : int
        Macro series with at least one observation.
    gaps : int
        Runs of missing sessions or periods.
    sessions_missing : int
        Sessions and periods in them.
    """

    records: int
    instruments: int
    hourly_instruments: int
    series: int
    gaps: int
    sessions_missing: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Gap:
    """A run of sessions without a bar, or of periods without an observation, inside a history."""

    symbol: str
    start: date
    end: date
    sessions_missing: int
    timeframe: str = "1d"
    kind: Kind = "bars"


@dataclass(frozen=True)
class _Coverage:
    kind: Kind
    symbol: str
    timeframe: str
    first: date
    last: date
    expected: int
    held: int


def find_gaps(
    symbol: str, held: DateArray, expected: DateArray, *, timeframe: str = "1d", kind: Kind = "bars"
) -> list[Gap]:
    """Return the runs of expected sessions that are not held.

    Parameters
    ----------
    symbol : str
        For the result, as ``timeframe`` and ``kind`` are.
    held, expected : ndarray of datetime64[D]
        Ascending; sessions with a bar, and all sessions of the calendar in the same range.
    """
    missing = np.flatnonzero(~np.isin(expected, held))
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1) if missing.size else []
    return [
        Gap(symbol, expected[run[0]].item(), expected[run[-1]].item(), int(run.size), timeframe, kind) for run in runs
    ]


def refresh(connection: psycopg.Connection[Any]) -> CoverageReport:
    """Bring coverage and gaps of bars and macro series in step with what is held, in one transaction.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.

    Returns
    -------
    CoverageReport
        ``records`` is 0 when both tables were right already.
    """
    with connection.transaction(), connection.cursor() as cursor:
        # before reading: of two refreshes at once, the later one must see the other's bars
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('quality.coverage', 0))")
        coverage: list[_Coverage] = []
        gaps: list[Gap] = []
        for kind, symbol, timeframe, held, expected in _histories(connection):
            first, last = held[0].item(), held[-1].item()
            found = int(np.isin(expected, held).sum())
            coverage.append(_Coverage(kind, symbol, timeframe, first, last, int(expected.size), found))
            gaps += find_gaps(symbol, held, expected, timeframe=timeframe, kind=kind)
        written = 0
        for name, parameters in (
            ("delete_coverage", _coverage_columns(coverage)),
            ("upsert_coverage", _coverage_columns(coverage)),
            ("delete_gaps", _gap_columns(gaps)),
            ("upsert_gaps", _gap_columns(gaps)),
        ):
            cursor.execute(statement(name), parameters)
            written += cursor.rowcount
    counts = {timeframe: sum(row.timeframe == timeframe for row in coverage) for timeframe in TIMEFRAMES}
    return CoverageReport(
        records=written,
        instruments=counts["1d"],
        hourly_instruments=counts["1h"],
        series=sum(row.kind == "macro" for row in coverage),
        gaps=len(gaps),
        sessions_missing=sum(gap.sessions_missing for gap in gaps),
    )


def _histories(connection: psycopg.Connection[Any]) -> Iterator[tuple[Kind, str, str, DateArray, DateArray]]:
    """Yield what is held and what is expected of each instrument and timeframe, and of each macro series."""
    for timeframe in TIMEFRAMES:
        for symbol, calendar, held in sessions_held(connection, timeframe):
            expected = sessions_between(calendar, held[0].item(), held[-1].item())
            if expected.size:  # a single bar on a holiday has no session to be held against
                yield "bars", symbol, timeframe, held, expected
    for series_id, frequency, held, expected in observed_periods(connection):
        yield "macro", series_id, frequency, held, expected


def gap_requests(connection: psycopg.Connection[Any], symbols: Sequence[str] | None = None) -> tuple[GapRequest, ...]:
    """Return the gaps in bars as few requests to sources, by timeframe and start.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only; :func:`refresh` has run since the last bar was landed.
    symbols : sequence of str, optional
        Only gaps of these; default all.

    Returns
    -------
    tuple of GapRequest
        Gaps of delisted instruments too: they lie before the delisting. Of macro series none: every run reads the
        last 400 days of each again.
    """
    rows = connection.execute(
        statement("select_gaps"), {"symbols": None if symbols is None else list(symbols)}
    ).fetchall()
    return tuple(
        request
        for timeframe in TIMEFRAMES
        for request in cluster(
            [(start, end, symbol) for found, symbol, start, end in rows if found == timeframe], timeframe
        )
    )


def _coverage_columns(rows: list[_Coverage]) -> dict[str, list[Any]]:
    return {
        "kinds": [row.kind for row in rows],
        "symbols": [row.symbol for row in rows],
        "timeframes": [row.timeframe for row in rows],
        "firsts": [row.first for row in rows],
        "lasts": [row.last for row in rows],
        "expected": [row.expected for row in rows],
        "held": [row.held for row in rows],
    }


def _gap_columns(gaps: list[Gap]) -> dict[str, list[Any]]:
    return {
        "kinds": [gap.kind for gap in gaps],
        "symbols": [gap.symbol for gap in gaps],
        "timeframes": [gap.timeframe for gap in gaps],
        "starts": [gap.start for gap in gaps],
        "ends": [gap.end for gap in gaps],
        "missing": [gap.sessions_missing for gap in gaps],
    }
