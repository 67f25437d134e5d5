"""The tables that records land in: their columns, keys, and how a batch becomes columns.

Bars, which come by the million, have a way of their own (:mod:`tetra.data.staged_bars`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from tetra.data.bulk import Column, PgType
from tetra.sources.base import ActionBatch, MacroBatch
from tetra.sources.record_types import Record, RecordBatch, RecordKind


@dataclass(frozen=True, eq=False)
class Table:
    """A landed table.

    Parameters
    ----------
    name : str
        Schema and name.
    columns : mapping of str to str
        PostgreSQL type per column, key and ``source`` included, ``ingested_at`` not.
    key : tuple of str
        Columns that identify a row.
    nullable_key : frozenset of str
        Those of them that may be null; null equals null.
    first_wins : bool
        Whether batches may repeat a key (one article found under two symbols): the first staged is landed. Elsewhere
        two rows of one key are an error.
    """

    name: str
    columns: Mapping[str, PgType]
    key: tuple[str, ...]
    nullable_key: frozenset[str] = frozenset()
    first_wins: bool = False

    @property
    def staging(self) -> str:
        """Name of the temporary table it is staged in."""
        return f"staged_{self.name.replace('.', '_')}"

    @property
    def changed(self) -> str:
        """Name of the temporary table of staged rows that are new or differ."""
        return f"changed_{self.name.replace('.', '_')}"


ACTIONS = Table(
    "market_data.corporate_actions",
    {"symbol": "text", "action_type": "text", "ex_date": "date", "value": "float8", "source": "text"},
    key=("symbol", "action_type", "ex_date"),
)
MACRO = Table(
    "economic_data.releases",
    {"series_id": "text", "observation_date": "date", "released_on": "date", "value": "float8", "source": "text"},
    key=("series_id", "observation_date", "released_on"),
    nullable_key=frozenset({"released_on"}),
)
ARTICLES = Table(
    "news.articles",
    {
        "article_id": "text",
        "headline": "text",
        "published_on": "date",
        "published_at": "timestamptz",
        "url": "text",
        "publisher": "text",
        "summary": "text",
        "source": "text",
    },
    key=("article_id",),
    first_wins=True,
)
MENTIONS = Table(
    "news.mentions",
    {"article_id": "text", "symbol": "text", "source": "text"},
    key=("article_id", "symbol"),
    first_wins=True,
)
SENTIMENT = Table(
    "news.sentiment",
    {
        "article_id": "text",
        "symbol": "text",
        "scorer": "text",
        "scorer_version": "text",
        "score": "float8",
        "relevance": "float8",
        "source": "text",
    },
    key=("article_id", "symbol", "scorer"),
    nullable_key=frozenset({"symbol"}),
    first_wins=True,
)
EARNINGS = Table(
    "events.earnings",
    {
        "symbol": "text",
        "announced_quarter": "date",
        "announced_on": "date",
        "announcement_time": "text",
        "eps_reported": "float8",
        "eps_estimate": "float8",
        "source": "text",
    },
    key=("symbol", "announced_quarter", "announced_on"),
    nullable_key=frozenset({"announced_on"}),
)
ECONOMIC_EVENTS = Table(
    "events.economic_events",
    {
        "event_name": "text",
        "country": "text",
        "event_date": "date",
        "event_at": "timestamptz",
        "series_ids": "text[]",
        "importance": "text",
        "actual": "float8",
        "forecast": "float8",
        "previous": "float8",
        "unit": "text",
        "source": "text",
    },
    key=("event_name", "country", "event_date"),
)
GEOPOLITICAL_EVENTS = Table(
    "events.geopolitical_events",
    {
        "event_id": "text",
        "name": "text",
        "category": "text",
        "started_on": "date",
        "ended_on": "date",
        "regions": "text[]",
        "symbols": "text[]",
        "description": "text",
        "reference": "text",
        "source": "text",
    },
    key=("event_id",),
)
SECURITY_EVENTS = Table(
    "events.security_events",
    {
        "event_id": "text",
        "name": "text",
        "category": "text",
        "disclosed_on": "date",
        "occurred_on": "date",
        "symbols": "text[]",
        "description": "text",
        "reference": "text",
        "source": "text",
    },
    key=("event_id",),
)
INDEX_MEMBERSHIP = Table(
    "market_data.index_membership",
    {
        "index_name": "text",
        "ticker": "text",
        "symbol": "text",
        "valid_from": "date",
        "valid_to": "date",
        "source": "text",
    },
    key=("index_name", "ticker", "valid_from"),
)

RECORD_TABLES: Mapping[RecordKind, Table] = {
    "earnings": EARNINGS,
    "economic_events": ECONOMIC_EVENTS,
    "geopolitical_events": GEOPOLITICAL_EVENTS,
    "security_events": SECURITY_EVENTS,
    "index_membership": INDEX_MEMBERSHIP,
}
"""Where each kind of record lands; news lands in three (:mod:`tetra.data.news_rows`)."""


def action_columns(batch: ActionBatch) -> Sequence[Column]:
    """Return a batch of corporate actions as columns of :data:`ACTIONS`."""
    values = {
        "symbol": [batch.symbol] * batch.values.size,
        "action_type": list(batch.action_types),
        "ex_date": batch.ex_dates,
        "value": batch.values,
        "source": [batch.source] * batch.values.size,
    }
    return as_columns(ACTIONS, values)


def macro_columns(batch: MacroBatch) -> Sequence[Column]:
    """Return a batch of observations as columns of :data:`MACRO`."""
    values = {
        "series_id": [batch.series_id] * batch.values.size,
        "observation_date": batch.observation_dates,
        "released_on": batch.released_on,
        "value": batch.values,
        "source": [batch.source] * batch.values.size,
    }
    return as_columns(MACRO, values)


def record_columns(table: Table, symbol_of: Callable[[str], str | None]) -> Callable[[Any], Sequence[Column]]:
    """Return a function from a batch of records to columns of their table.

    Parameters
    ----------
    table : Table
        Its columns are named as the records' fields.
    symbol_of : callable
        From the ticker of an index member to its symbol, None where the universe has none.
    """

    def columns(batch: RecordBatch[Record]) -> Sequence[Column]:
        values: dict[str, Any] = {"source": [batch.source] * len(batch.records)}
        for name in table.columns:
            if name == "symbol" and table is INDEX_MEMBERSHIP:
                values[name] = [symbol_of(attrgetter("ticker")(record)) for record in batch.records]
            elif name != "source":
                values[name] = [plain(getattr(record, name)) for record in batch.records]
        return as_columns(table, values)

    return columns


def as_columns(table: Table, values: Mapping[str, Any]) -> Sequence[Column]:
    """Return values per column in the table's order and types."""
    return [Column(name, pg_type, values[name]) for name, pg_type in table.columns.items()]


def plain(value: Any) -> Any:
    """Return a field of a record as COPY takes it: moments in UTC without a zone, tuples as lists."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return list(value) if isinstance(value, tuple) else value
