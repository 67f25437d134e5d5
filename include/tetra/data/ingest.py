"""Landing: what the sources have for a range of sessions, into the tables of prices, macro series, news and events.

Each table is written in one transaction: what sources give is checked, staged, compared with what is held, and
only new and changed rows are written (:mod:`tetra.data.landing`). So the same request twice writes nothing, a
killed run leaves a table as it was or as it should be, and the runs of a backfill may start together.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any, cast

import psycopg

from tetra.calendars import STOCK_CALENDAR, day_after_previous_session, sessions_between
from tetra.data import coverage, landing
from tetra.data.ingest_prices import land_prices
from tetra.data.ingest_records import land_records
from tetra.data.ingest_report import IngestReport, TableReport
from tetra.data.ingest_run import IngestRequest, IngestRun
from tetra.data.membership import expand_symbols
from tetra.data.records import check_macro
from tetra.data.slices_macro import MACRO_LOOKBACK_DAYS
from tetra.data.universe import Universe, load_universe, synchronise
from tetra.sources.base import DataKind, MacroRequest
from tetra.sources.record_types import RECORD_KINDS
from tetra.sources.registry import Fetch, Registry, newest_session

__all__ = ["IngestReport", "IngestRequest", "TableReport"]  # also told from here, beside what takes and gives them

log = logging.getLogger(__name__)

GAP_KINDS: tuple[DataKind, ...] = ("bars", "hourly_bars", "actions")
"""What is asked of the days of a gap in prices: bars, and the actions that adjust them."""

MOST_DAYS_MISSED = 30

REREAD_SESSIONS = 2
"""Sessions before the newest one that are read again every evening, for late corrections."""


def reread_from(session: date, *, sessions: int | None, now: datetime, held: date | None = None) -> date:
    """Return the first session that a run for one session reads.

    Parameters
    ----------
    session : date
        The one it is for.
    sessions : int or None
        How many before it are read again. None: :data:`REREAD_SESSIONS` for the newest session that the sources can
        have, in which vendors still correct what they gave; none for an older one.
    now : datetime
        With a time zone.
    held : date, optional
        Newest session that is landed. After evenings that were missed the newest session's run goes back to it, at most
        :data:`MOST_DAYS_MISSED` days: what is read overlaps what is held, so that a split in between is seen.
    """
    if sessions is None:
        sessions = REREAD_SESSIONS if session >= newest_session(now) else 0
        if sessions and held is not None and session - timedelta(days=MOST_DAYS_MISSED) <= held < session:
            session = held
    days = timedelta(days=20 + 2 * sessions)  # more than the longest closure and as many sessions as asked for
    earlier = sessions_between(STOCK_CALENDAR, session - days, session - timedelta(days=1))
    return cast(date, earlier[-sessions].item()) if sessions else session


def gap_requests(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    symbols: tuple[str, ...] | None = None,
    sources: tuple[str, ...] | None = None,
    skip_sources: tuple[str, ...] = (),
    kinds: tuple[DataKind, ...] = GAP_KINDS,
) -> list[IngestRequest]:
    """Return requests for the sessions of prices that are missing up to a date.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    as_of : date
        Gaps that begin later are left alone.
    symbols, sources, skip_sources, kinds
        As of :class:`IngestRequest`.
    """
    wanted = None if symbols is None else expand_symbols(connection, load_universe(), symbols, as_of)[0]
    gaps = coverage.gap_requests(connection, symbols=wanted)
    requests = [
        IngestRequest(gap.start, min(gap.end, as_of), sources, skip_sources, gap.symbols, kinds)
        for gap in gaps
        if gap.start <= as_of
    ]
    return list(dict.fromkeys(requests))  # a request lands daily and hourly bars: a gap in both is asked for once


def ingest(connection: psycopg.Connection[Any], request: IngestRequest) -> IngestReport:
    """Land what the sources have for the request's sessions.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``, with no transaction open: each table is committed by itself.
    request : IngestRequest
        Bars of the sessions from start to end; news and events of the same days, the closed days before a session
        included, and those scheduled for the months after; macro observations of the 400 days before as well, because
        they are released late.

    Returns
    -------
    IngestReport
        With zero sessions, nothing was asked of the sources and no bar was touched.

    Raises
    ------
    DataError
        If the dates are reversed, a symbol is unknown, or two data sets of a symbol disagree.
    SettingsError
        If the universe or the sources are misconfigured, or a source is unknown.
    SourceUnavailable
        If no source can serve a kind of data that ``sources.yaml`` requires.
    SourceError
        If a source answered with something unusable.
    """
    universe = load_universe()
    registry = Registry(only=request.sources, skip=request.skip_sources)
    reference_rows = synchronise(connection, universe)
    symbols, series_ids = _selected(connection, universe, request)
    run = IngestRun(connection, request, universe, registry, symbols, series_ids)
    calendars = {STOCK_CALENDAR, *(universe.calendar_of(symbol) for symbol in symbols)}
    sessions = max(sessions_between(name, request.start_date, request.end_date).size for name in calendars)
    tables = _land_everything(run) if sessions else ()
    asked = None if request.symbols is None else symbols
    report = IngestReport(request.start_date, request.end_date, sessions, reference_rows, tables, asked)
    log.info("landed %s: %s", request, report.as_json())
    return report


def _land_everything(run: IngestRun) -> tuple[TableReport, ...]:
    tables = (*land_prices(run), *_land_macro(run))
    span = run.request.start_date, run.request.end_date
    for kind in filter(run.asks_for, RECORD_KINDS):
        tables += land_records(run.connection, kind, span, run.universe, run.registry, run.symbols)
    return tables


def _selected(
    connection: psycopg.Connection[Any], universe: Universe, request: IngestRequest
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if request.symbols is None:
        return tuple(universe.instruments), tuple(universe.indicators)
    return expand_symbols(connection, universe, request.symbols, request.end_date)


def _land_macro(run: IngestRun) -> tuple[TableReport, ...]:
    """Land the observations of the slice and of the year before it: many are released, or revised, months later."""
    if not run.series_ids or not run.asks_for("macro"):
        return ()
    fetch = Fetch()
    first_session = day_after_previous_session(STOCK_CALENDAR, run.request.start_date)
    first_day = first_session - timedelta(days=MACRO_LOOKBACK_DAYS)
    batches = run.registry.macro(MacroRequest(run.series_ids, first_day, run.request.end_date), fetch)
    staged = landing.stage(run.connection, landing.OBSERVATIONS, (check_macro(batch) for batch in batches))
    run.require("macro", fetch, run.series_ids)
    return (run.merge(landing.OBSERVATIONS, staged, fetch),)
