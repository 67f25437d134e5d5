"""Landing: what the sources have for a range of sessions, into the tables of prices, macro series, news and events.

Each table is written in one transaction: what sources give is checked, staged, compared with what is held, and
only new and changed rows are written (:mod:`tetra.data.landing`). So the same request twice writes nothing, a
killed run leaves a table as it was or as it should be, and the runs of a backfill may start together.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, cast

import psycopg

from tetra.calendars import STOCK_CALENDAR, day_after_previous_session, sessions_between
from tetra.data import coverage, landing
from tetra.data.ingest_records import land_records
from tetra.data.ingest_report import IngestReport, TableReport, joined
from tetra.data.membership import expand_symbols
from tetra.data.records import Checked, check_actions, check_bars, check_macro
from tetra.data.slices_macro import MACRO_LOOKBACK_DAYS
from tetra.data.universe import Universe, load_universe, synchronise
from tetra.errors import RestatedHistory, SourceUnavailable
from tetra.sources.base import BarBatch, BarRequest, DataKind, MacroRequest, Timeframe
from tetra.sources.record_types import RECORD_KINDS
from tetra.sources.registry import Fetch, KindSettings, Registry, newest_session

log = logging.getLogger(__name__)

HOURLY_SUITE = "market_data.ohlcv_hourly"
"""What the report and the gate call the hourly bars of ``market_data.ohlcv``."""

MOST_DAYS_MISSED = 30

REREAD_SESSIONS = 2
"""Sessions before the newest one that are read again every evening, for late corrections."""


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
    """

    start_date: date
    end_date: date
    sources: tuple[str, ...] | None = None
    skip_sources: tuple[str, ...] = ()
    symbols: tuple[str, ...] | None = None


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
) -> list[IngestRequest]:
    """Return requests for the sessions that are missing up to a date.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    as_of : date
        Gaps that begin later are left alone.
    symbols, sources, skip_sources
        As of :class:`IngestRequest`.
    """
    wanted = None if symbols is None else expand_symbols(connection, load_universe(), symbols, as_of)[0]
    gaps = coverage.gap_requests(connection, symbols=wanted)
    requests = [
        IngestRequest(gap.start, min(gap.end, as_of), sources, skip_sources, gap.symbols)
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
    calendars = {STOCK_CALENDAR, *(universe.calendar_of(symbol) for symbol in symbols)}
    sessions = max(sessions_between(name, request.start_date, request.end_date).size for name in calendars)
    tables: tuple[TableReport, ...] = ()
    if sessions:
        tables = (
            *_land_prices(connection, request, universe, registry, symbols),
            *_land_macro(connection, request, registry, series_ids),
        )
        span = request.start_date, request.end_date
        for kind in RECORD_KINDS:
            tables += land_records(connection, kind, span, universe, registry, symbols)
    asked = None if request.symbols is None else symbols
    report = IngestReport(request.start_date, request.end_date, sessions, reference_rows, tables, asked)
    log.info("landed %s: %s", request, report.as_json())
    return report


def _selected(
    connection: psycopg.Connection[Any], universe: Universe, request: IngestRequest
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if request.symbols is None:
        return tuple(universe.instruments), tuple(universe.indicators)
    return expand_symbols(connection, universe, request.symbols, request.end_date)


def _land_prices(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    universe: Universe,
    registry: Registry,
    symbols: tuple[str, ...],
) -> tuple[TableReport, ...]:
    """Land bars and actions; of symbols whose source has adjusted its prices since, all of their history first."""

    def land(span: IngestRequest, wanted: tuple[str, ...], *, heal: bool) -> tuple[TableReport, ...]:
        daily = _land_bars_and_actions(connection, span, universe, registry, wanted, heal=heal)
        return *daily, *_land_hourly_bars(connection, span, universe, registry, wanted, heal=heal)

    try:
        return land(request, symbols, heal=True)
    except RestatedHistory as restated:
        log.warning("%s; landing all of its history", restated)
        last_day = max(request.end_date, restated.last_day)
        whole = replace(request, start_date=restated.first_day, end_date=last_day)
        # a symbol whose source gives its history no more is set aside: it must not hold up the others
        again = land(whole, restated.symbols, heal=False)
        return joined((*again, *land(request, symbols, heal=False)))


def _land_bars_and_actions(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    universe: Universe,
    registry: Registry,
    symbols: tuple[str, ...],
    *,
    heal: bool,
) -> tuple[TableReport, ...]:
    """Land both; actions are merged first, so that a killed run leaves no raw bar without its split."""
    bars_staged, bars_fetch = _stage_bars(connection, request, universe, registry, symbols, "1d")
    reports: tuple[TableReport, ...] = ()
    wanted, tickers = _wanted(request, universe, symbols, "1d")
    if wanted.tickers and registry.kinds["actions"].sources:
        fetch = Fetch()
        batches = registry.actions(wanted, tickers, fetch)
        staged = landing.stage(connection, landing.CORPORATE_ACTIONS, (check_actions(batch) for batch in batches))
        _require("actions", registry.kinds["actions"], fetch, tuple(wanted.tickers))
        reports = (_merged(connection, landing.CORPORATE_ACTIONS, staged, fetch, request),)
    if bars_staged is None:
        return reports
    return _merged(connection, landing.BARS, bars_staged, bars_fetch, request, heal=heal), *reports


def _land_hourly_bars(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    universe: Universe,
    registry: Registry,
    symbols: tuple[str, ...],
    *,
    heal: bool,
) -> tuple[TableReport, ...]:
    staged, fetch = _stage_bars(connection, request, universe, registry, symbols, "1h")
    if staged is None:
        return ()
    return (replace(_merged(connection, landing.BARS, staged, fetch, request, heal=heal), table=HOURLY_SUITE),)


def _wanted(
    request: IngestRequest, universe: Universe, symbols: tuple[str, ...], timeframe: Timeframe
) -> tuple[BarRequest, dict[str, Mapping[str, str]]]:
    """Return what to ask for, and the vendors' tickers; what was delisted before is not asked for."""
    trading = [symbol for symbol in symbols if universe.instruments[symbol].trades_from(request.start_date)]
    # the closed days before a session are its own: markets that never close trade on them
    first_day = day_after_previous_session(STOCK_CALENDAR, request.start_date)
    wanted = BarRequest({symbol: symbol for symbol in trading}, first_day, request.end_date, timeframe)
    return wanted, {symbol: universe.instruments[symbol].vendor_tickers for symbol in trading}


def _stage_bars(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    universe: Universe,
    registry: Registry,
    symbols: tuple[str, ...],
    timeframe: Timeframe,
) -> tuple[landing.Staged | None, Fetch]:
    kind: DataKind = "bars" if timeframe == "1d" else "hourly_bars"
    settings = registry.kinds[kind]
    fetch = Fetch()
    wanted, tickers = _wanted(request, universe, symbols, timeframe)
    if not wanted.tickers or not settings.sources:
        return None, fetch

    def checked() -> Iterator[Checked[BarBatch]]:
        for batch in registry.bars(wanted, tickers, fetch):
            calendar = universe.calendar_of(batch.symbol)
            yield check_bars(
                batch,
                sessions=sessions_between(calendar, wanted.start, wanted.end),
                calendar=calendar,
                asset_class=universe.instruments[batch.symbol].asset_class,
            )

    staged = landing.stage(connection, landing.BARS, checked())
    _require(kind, settings, fetch, tuple(wanted.tickers))
    return staged, fetch


def _land_macro(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    registry: Registry,
    series_ids: tuple[str, ...],
) -> tuple[TableReport, ...]:
    """Land the observations of the slice and of the year before it: many are released, or revised, months later."""
    settings = registry.kinds["macro"]
    if not series_ids or not settings.sources:
        return ()
    fetch = Fetch()
    first_day = day_after_previous_session(STOCK_CALENDAR, request.start_date) - timedelta(days=MACRO_LOOKBACK_DAYS)
    wanted = MacroRequest(series_ids, first_day, request.end_date)
    batches = registry.macro(wanted, fetch)
    staged = landing.stage(connection, landing.OBSERVATIONS, (check_macro(batch) for batch in batches))
    _require("macro", settings, fetch, series_ids)
    return (_merged(connection, landing.OBSERVATIONS, staged, fetch, request),)


def _require(kind: str, settings: KindSettings, fetch: Fetch, wanted: tuple[str, ...]) -> None:
    if settings.required and len(fetch.missing) == len(wanted):
        reasons = "; ".join(fetch.passed_over) or "no source knows any of the symbols"
        raise SourceUnavailable(f"no source serves {kind}: {reasons}")


def _merged(
    connection: psycopg.Connection[Any],
    landed: landing.Landed,
    staged: landing.Staged,
    fetch: Fetch,
    request: IngestRequest,
    *,
    heal: bool = False,
) -> TableReport:
    name = landed.tables[0]
    span = {"start": request.start_date, "end": request.end_date}
    merged = landing.merge(connection, landed, staged, **span, heal=heal)[name]
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
