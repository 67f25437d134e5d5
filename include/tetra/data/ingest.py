"""Landing: what the sources have for a range of sessions, into the tables of bars, corporate actions and macro series.

Each table is written in one transaction: what sources give is checked, staged, compared with what is held, and
only new and changed rows are written (:mod:`tetra.data.landing`). So the same request twice writes nothing, a
killed run leaves a table as it was or as it should be, and the runs of a backfill may start together.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from tetra.calendars import STOCK_CALENDAR, day_after_previous_session, sessions_between
from tetra.data import landing
from tetra.data.records import Checked, check_actions, check_bars, check_macro
from tetra.data.universe import Universe, load_universe, synchronise
from tetra.errors import DataError, SourceUnavailable, unknown_value
from tetra.sources.base import BarBatch, BarRequest, MacroRequest
from tetra.sources.registry import Fetch, KindSettings, Registry

log = logging.getLogger(__name__)


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
        Instruments and macro series to land; default all of ``universe.yaml``.
    """

    start_date: date
    end_date: date
    sources: tuple[str, ...] | None = None
    skip_sources: tuple[str, ...] = ()
    symbols: tuple[str, ...] | None = None


@dataclass(frozen=True)
class TableReport:
    """What landing did to one table.

    Parameters
    ----------
    table : str
        Schema and name.
    inserted, updated, unchanged, rejected : int
        Records of the request that were new, differed, were held already, or were set aside.
    missing : tuple of str
        Symbols or series that no source had anything of.
    notes : tuple of str
        Why sources were passed over, or the whole kind was not landed.
    """

    table: str
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class IngestReport:
    """What one request did.

    Parameters
    ----------
    start_date, end_date : date
        As requested.
    sessions : int
        Sessions of the stock calendar between them.
    reference_rows : int
        Rows written to the tables of instruments, exchanges and indicators.
    tables : tuple of TableReport
        One per landed table.
    """

    start_date: date
    end_date: date
    sessions: int
    reference_rows: int
    tables: tuple[TableReport, ...]

    @property
    def records(self) -> int:
        """Rows written."""
        return self.reference_rows + sum(table.inserted + table.updated for table in self.tables)

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
            "tables": [
                {**vars(table), "missing": list(table.missing), "notes": list(table.notes)} for table in self.tables
            ],
        }


def ingest(connection: psycopg.Connection[Any], request: IngestRequest) -> IngestReport:
    """Land what the sources have for the request's sessions.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``, with no transaction open: each table is committed by itself.
    request : IngestRequest
        Bars of the sessions from start to end, and macro observations of the same days. The closed days
        before a session belong to it, so that a run for every session misses no first of a month.

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
    symbols, series_ids = _selected(universe, request.symbols)
    reference_rows = synchronise(connection, universe)
    sessions = int(sessions_between(STOCK_CALENDAR, request.start_date, request.end_date).size)
    tables: tuple[TableReport, ...] = ()
    if sessions:
        tables = (
            *_land_bars_and_actions(connection, request, universe, registry, symbols),
            _land_macro(connection, request, registry, series_ids),
        )
    report = IngestReport(request.start_date, request.end_date, sessions, reference_rows, tables)
    log.info("landed %s: %s", request, report.as_json())
    return report


def _selected(universe: Universe, symbols: tuple[str, ...] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if symbols is None:
        return tuple(universe.instruments), tuple(universe.indicators)
    for symbol in symbols:
        if symbol not in universe.instruments and symbol not in universe.indicators:
            known = (*universe.instruments, *universe.indicators)
            raise DataError(f"{unknown_value('symbol', symbol, known)} (of universe.yaml)")
    wanted = set(symbols)
    return (
        tuple(symbol for symbol in universe.instruments if symbol in wanted),
        tuple(series_id for series_id in universe.indicators if series_id in wanted),
    )


def _land_bars_and_actions(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    universe: Universe,
    registry: Registry,
    symbols: tuple[str, ...],
) -> tuple[TableReport, TableReport]:
    """Land both; actions are merged first, so that a killed run leaves no raw bar without its split."""
    bars_staged, bars_fetch = _stage_bars(connection, request, universe, registry, symbols)
    actions = TableReport(landing.ACTIONS.table, notes=("not asked for",))
    if symbols and registry.kinds["actions"].sources:
        fetch = Fetch()
        batches = registry.actions(*_wanted(request, universe, symbols), fetch)
        staged = landing.stage(connection, landing.ACTIONS, (check_actions(batch) for batch in batches))
        _require("actions", registry.kinds["actions"], fetch, symbols)
        actions = _report(landing.ACTIONS, staged, landing.merge(connection, landing.ACTIONS, staged), fetch)
    if bars_staged is None:
        return TableReport(landing.BARS.table, notes=("not asked for",)), actions
    merged = landing.merge(connection, landing.BARS, bars_staged)
    return _report(landing.BARS, bars_staged, merged, bars_fetch), actions


def _wanted(
    request: IngestRequest, universe: Universe, symbols: tuple[str, ...]
) -> tuple[BarRequest, dict[str, Mapping[str, str]]]:
    wanted = BarRequest({symbol: symbol for symbol in symbols}, request.start_date, request.end_date)
    return wanted, {symbol: universe.instruments[symbol].vendor_tickers for symbol in symbols}


def _stage_bars(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    universe: Universe,
    registry: Registry,
    symbols: tuple[str, ...],
) -> tuple[landing.Staged | None, Fetch]:
    settings = registry.kinds["bars"]
    fetch = Fetch()
    if not symbols or not settings.sources:
        return None, fetch
    wanted, tickers = _wanted(request, universe, symbols)

    def checked() -> Iterator[Checked[BarBatch]]:
        for batch in registry.bars(wanted, tickers, fetch):
            calendar = universe.calendar_of(batch.symbol)
            yield check_bars(
                batch,
                sessions=sessions_between(calendar, request.start_date, request.end_date),
                calendar=calendar,
                asset_class=universe.instruments[batch.symbol].asset_class,
            )

    staged = landing.stage(connection, landing.BARS, checked())
    _require("bars", settings, fetch, symbols)
    return staged, fetch


def _land_macro(
    connection: psycopg.Connection[Any],
    request: IngestRequest,
    registry: Registry,
    series_ids: tuple[str, ...],
) -> TableReport:
    settings = registry.kinds["macro"]
    if not series_ids or not settings.sources:
        return TableReport(landing.MACRO.table, notes=("not asked for",))
    fetch = Fetch()
    first_day = day_after_previous_session(STOCK_CALENDAR, request.start_date)
    wanted = MacroRequest(series_ids, first_day, request.end_date)
    batches = registry.macro(wanted, fetch)
    staged = landing.stage(connection, landing.MACRO, (check_macro(batch) for batch in batches))
    _require("macro", settings, fetch, series_ids)
    return _report(landing.MACRO, staged, landing.merge(connection, landing.MACRO, staged), fetch)


def _require(kind: str, settings: KindSettings, fetch: Fetch, wanted: tuple[str, ...]) -> None:
    if settings.required and len(fetch.missing) == len(wanted):
        reasons = "; ".join(fetch.passed_over) or "no source knows any of the symbols"
        raise SourceUnavailable(f"no source serves {kind}: {reasons}")


def _report(landed: landing.Landed[Any], staged: landing.Staged, merged: landing.Merged, fetch: Fetch) -> TableReport:
    return TableReport(
        table=landed.table,
        inserted=merged.inserted,
        updated=merged.updated,
        unchanged=staged.rows - merged.inserted - merged.updated,
        rejected=len(staged.rejected),
        missing=tuple(fetch.missing),
        notes=tuple(fetch.passed_over),
    )
