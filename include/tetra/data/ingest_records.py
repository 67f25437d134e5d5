"""Landing of records: news and its sentiment, earnings, calendars, events, index membership."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg

from tetra.calendars import STOCK_CALENDAR, day_after_previous_session
from tetra.data import landing, news_rows
from tetra.data.ingest_report import TableReport
from tetra.data.record_checks import KnownNames, check_records
from tetra.data.sentiment import score_articles
from tetra.data.tables import ARTICLES, MENTIONS, RECORD_TABLES, SENTIMENT, record_columns
from tetra.data.universe import Universe
from tetra.errors import SourceUnavailable
from tetra.sources.record_types import EVERYTHING, RecordKind, RecordRequest
from tetra.sources.registry import Fetch, Registry

SCHEDULED_DAYS: Mapping[RecordKind, int] = {"earnings": 100, "economic_events": 100}
"""How many days after the end are asked for: announcements and releases are scheduled about a quarter ahead."""

SYMBOLS_OF: Mapping[RecordKind, frozenset[str] | None] = {"earnings": frozenset({"stock"}), "news": None}
"""Asset classes that are asked about symbol by symbol, None for all; kinds left out here belong to no symbol."""

WITHDRAWN: Mapping[RecordKind, str] = {
    "earnings": "delete_withdrawn_earnings",
    "economic_events": "delete_withdrawn_economic_events",
    "index_membership": "delete_withdrawn_index_membership",
}

NEWS = landing.Landed(
    (ARTICLES.name, MENTIONS.name, SENTIMENT.name),
    {
        ARTICLES: news_rows.article_columns,
        MENTIONS: news_rows.mention_columns,
        SENTIMENT: news_rows.sentiment_columns,
    },
)


def land_records(
    connection: psycopg.Connection[Any],
    kind: RecordKind,
    span: tuple[date, date],
    universe: Universe,
    registry: Registry,
    symbols: tuple[str, ...],
) -> tuple[TableReport, ...]:
    """Land the records of one kind.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``, with no transaction open.
    kind : str
        What to land.
    span : tuple of date
        First and last day, both included.
    universe : Universe
        Whose symbols, series and indices records may name.
    registry : Registry
        The sources to ask.
    symbols : tuple of str
        What the run is for.

    Returns
    -------
    tuple of TableReport
        One per table; empty where ``sources.yaml`` lists no source for the kind.

    Raises
    ------
    SourceUnavailable
        If the kind is required and no source serves it.
    """
    settings = registry.kinds[kind]
    wanted = _request(kind, span, universe, symbols)
    if not settings.sources or not wanted.tickers:
        return ()
    fetch = Fetch()
    vendor_tickers = {symbol: item.vendor_tickers for symbol, item in universe.instruments.items()}
    known = KnownNames(universe.instruments, universe.indicators, universe.indices)
    landed = _landed(kind, universe)
    batches = registry.records(kind, wanted, vendor_tickers, fetch)
    staged = landing.stage(connection, landed, (check_records(kind, batch, known) for batch in batches))
    if settings.required and len(fetch.passed_over) == len(settings.sources):
        raise SourceUnavailable(f"no source serves {kind}: {'; '.join(fetch.passed_over)}")
    merged = landing.merge(connection, landed, staged, start=wanted.start, end=wanted.end)
    reports = tuple(_report(name, staged, merged[name], fetch) for name in landed.tables)
    reports = (replace(reports[0], rejected=len(staged.rejected)), *reports[1:])
    return _with_sentiment(connection, reports) if kind == "news" else reports


def _request(kind: RecordKind, span: tuple[date, date], universe: Universe, symbols: tuple[str, ...]) -> RecordRequest:
    asked = {} if kind in SYMBOLS_OF and kind != "news" else {EVERYTHING: EVERYTHING}
    if kind in SYMBOLS_OF:
        classes = SYMBOLS_OF[kind]
        for symbol in symbols:
            if classes is None or universe.instruments[symbol].asset_class in classes:
                asked[symbol] = symbol
    start, end = span
    first_day = day_after_previous_session(STOCK_CALENDAR, start)
    # all series, whatever the run is for: an event names every series that is released with it
    series_ids = tuple(universe.indicators)
    return RecordRequest(asked, first_day, end + timedelta(days=SCHEDULED_DAYS.get(kind, 0)), series_ids)


def _landed(kind: RecordKind, universe: Universe) -> landing.Landed:
    if kind == "news":
        return NEWS
    table = RECORD_TABLES[kind]
    return landing.Landed(
        (table.name,), {table: record_columns(table, _symbols_by_ticker(universe).get)}, withdrawn=WITHDRAWN.get(kind)
    )


def _symbols_by_ticker(universe: Universe) -> dict[str, str]:
    """Return the symbol of every ticker an instrument has or had; today's holder of a ticker that was reused."""
    former = {ticker: item.symbol for item in universe.instruments.values() for ticker in item.former_tickers}
    return former | {symbol: symbol for symbol in universe.instruments}


def _report(name: str, staged: landing.Staged, merged: landing.Merged, fetch: Fetch) -> TableReport:
    return TableReport(
        table=name,
        inserted=merged.inserted,
        updated=merged.updated,
        unchanged=staged.rows.get(name, 0) - merged.inserted - merged.updated,
        deleted=merged.deleted,
        notes=tuple(fetch.passed_over),
    )


def _with_sentiment(connection: psycopg.Connection[Any], reports: tuple[TableReport, ...]) -> tuple[TableReport, ...]:
    """Score what came without a score; articles of a run that was killed before this point are scored by the next."""
    scored = score_articles(connection)
    sentiment = reports[-1] + TableReport(SENTIMENT.name, inserted=scored.inserted, updated=scored.updated)
    return (*reports[:-1], sentiment)
