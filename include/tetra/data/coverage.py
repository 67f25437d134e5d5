"""Which sessions are held and which are missing: ``quality.coverage`` and ``quality.gaps`` from the bars themselves.

Each instrument is compared with the calendar of its exchange, from its first to its last bar. Rows that are right
already are not touched. Re-running is safe; when it fails, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.calendars import sessions_between
from tetra.data.fixed_width import read_fixed_width
from tetra.data.statements import statement
from tetra.typing import DateArray


@dataclass(frozen=True)
class CoverageReport:
    """What a refresh found and wrote.

    Parameters
    ----------
    records : int
        Rows written or deleted.
    instruments : int
        Instruments with at least one bar.
    gaps : int
        Runs of missing sessions.
    sessions_missing : int
        Sessions in them.
    """

    records: int
    instruments: int
    gaps: int
    sessions_missing: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Gap:
    """A run of sessions without a bar, inside an instrument's history."""

    symbol: str
    start: date
    end: date
    sessions_missing: int


def find_gaps(symbol: str, held: DateArray, expected: DateArray) -> list[Gap]:
    """Return the runs of expected sessions that are not held.

    Parameters
    ----------
    symbol : str
        For the result.
    held, expected : ndarray of datetime64[D]
        Ascending; sessions with a bar, and all sessions of the calendar in the same range.
    """
    missing = np.flatnonzero(~np.isin(expected, held))
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1) if missing.size else []
    return [Gap(symbol, expected[run[0]].item(), expected[run[-1]].item(), int(run.size)) for run in runs]


def refresh(connection: psycopg.Connection[Any]) -> CoverageReport:
    """Bring coverage and gaps of daily bars in step with the bars, in one transaction.

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
        coverage: list[tuple[str, date, date, int, int]] = []
        gaps: list[Gap] = []
        for symbol, calendar, held in _held_sessions(connection):
            first, last = held[0].item(), held[-1].item()
            expected = sessions_between(calendar, first, last)
            coverage.append((symbol, first, last, int(expected.size), int(np.isin(expected, held).sum())))
            gaps += find_gaps(symbol, held, expected)
        written = 0
        for name, parameters in (
            ("delete_coverage", _columns(("symbols",), [row[:1] for row in coverage])),
            ("upsert_coverage", _columns(("symbols", "firsts", "lasts", "expected", "held"), coverage)),
            ("delete_gaps", _columns(("symbols", "starts"), [(gap.symbol, gap.start) for gap in gaps])),
            (
                "upsert_gaps",
                _columns(
                    ("symbols", "starts", "ends", "missing"),
                    [(gap.symbol, gap.start, gap.end, gap.sessions_missing) for gap in gaps],
                ),
            ),
        ):
            cursor.execute(statement(name), parameters)
            written += cursor.rowcount
    missing = sum(gap.sessions_missing for gap in gaps)
    return CoverageReport(records=written, instruments=len(coverage), gaps=len(gaps), sessions_missing=missing)


def _held_sessions(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, str, DateArray]]:
    """Yield each instrument that has bars, its calendar and its sessions, ascending."""
    instruments = connection.execute(
        "select symbol, calendar from market_data.instruments"
        " inner join market_data.exchanges using (exchange) order by symbol"
    ).fetchall()
    symbols = [symbol for symbol, _ in instruments]
    rows = read_fixed_width(connection, statement("copy_bars_held"), {"symbols": symbols}, integers=("series", "day"))
    days = rows["day"].astype("datetime64[D]")
    bounds = np.searchsorted(rows["series"], np.arange(len(symbols) + 1))
    for row, (symbol, calendar) in enumerate(instruments):
        held = days[bounds[row] : bounds[row + 1]]
        if held.size:
            yield symbol, calendar, held


def _columns(names: tuple[str, ...], rows: list[Any]) -> dict[str, list[Any]]:
    return {name: [row[position] for row in rows] for position, name in enumerate(names)}
