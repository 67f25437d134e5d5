"""From checked batches to a table: staged by binary COPY, compared with what is held, written where different.

Staging takes no lock and is its own transaction, so that a slow source holds up nobody. Merging is one transaction
under an advisory lock per table: a second run waits, then finds its rows unchanged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import psycopg

from tetra.data.bulk import Column, copy_columns
from tetra.data.records import BAR_FIELDS, Batch, Checked
from tetra.data.statements import statement
from tetra.errors import DataError
from tetra.sources.base import BarBatch, MacroBatch, RejectedRecord

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Landed(Generic[Batch]):
    """How one kind of batch reaches its table.

    Parameters
    ----------
    table : str
        Schema and name.
    kind : str
        Names the statements: ``create_staged_<kind>``, ``create_changed_<kind>``, ``upsert_changed_<kind>``,
        ``delete_rejected_<kind>``.
    columns : callable
        From a batch to the staging table's columns.
    """

    table: str
    kind: str
    columns: Callable[[Batch], Sequence[Column]]


@dataclass
class Staged:
    """What lies in the staging table, and what was set aside on the way."""

    rows: int = 0
    rejected: list[RejectedRecord] = field(default_factory=list)


@dataclass(frozen=True)
class Merged:
    """Rows that were written."""

    inserted: int
    updated: int


def _bar_columns(batch: BarBatch) -> Sequence[Column]:
    rows = batch.sessions.size
    return [
        Column("symbol", "text", [batch.symbol] * rows),
        Column("timeframe", "text", [batch.timeframe] * rows),
        Column("ts", "timestamptz", batch.sessions),  # a daily bar's ts is 00:00 UTC of its session date
        *(Column(name, "float8", getattr(batch, name)) for name in BAR_FIELDS),
        Column("price_basis", "text", [batch.price_basis] * rows),
        Column("source", "text", [batch.source] * rows),
    ]


def _macro_columns(batch: MacroBatch) -> Sequence[Column]:
    rows = batch.values.size
    return [
        Column("series_id", "text", [batch.series_id] * rows),
        Column("observation_date", "date", batch.observation_dates),
        Column("released_on", "date", batch.released_on),
        Column("value", "float8", batch.values),
        Column("source", "text", [batch.source] * rows),
    ]


BARS = Landed("market_data.ohlcv", "bars", _bar_columns)
MACRO = Landed("economic_data.releases", "macro", _macro_columns)


def stage(connection: psycopg.Connection[Any], landed: Landed[Batch], batches: Iterable[Checked[Batch]]) -> Staged:
    """Fill the staging table of this connection with batches, in a transaction of its own.

    Returns
    -------
    Staged
        Rows staged and records set aside.
    """
    staged = Staged()
    with connection.transaction():
        # a run that failed between staging and merging may have left one on this connection
        connection.execute("drop table if exists pg_temp.staged_bars, pg_temp.staged_macro")
        connection.execute(statement(f"create_staged_{landed.kind}"))
        for checked in batches:
            rows = copy_columns(connection, table=(f"staged_{landed.kind}",), columns=landed.columns(checked.kept))
            staged.rows += rows
            staged.rejected += checked.rejected
            log.info("staged %s rows from %s, %s set aside", rows, checked.kept.source, len(checked.rejected))
        connection.execute("analyze pg_temp.staged_bars" if landed.kind == "bars" else "analyze pg_temp.staged_macro")
    return staged


def merge(connection: psycopg.Connection[Any], landed: Landed[Batch], staged: Staged) -> Merged:
    """Write what is staged and differs from the table, and keep what was set aside, in one transaction.

    Raises
    ------
    DataError
        If two staged rows have one key.
    """
    rejected = [
        {
            "table_name": landed.table,
            "record_key": record.key,
            "source": record.source,
            "reason": record.reason,
            "record": json.dumps(dict(record.record)),
        }
        for record in staged.rejected
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [landed.table])
        cursor.execute(statement(f"create_changed_{landed.kind}"))
        cursor.execute(statement(f"count_changed_{landed.kind}"))
        inserted, updated = cursor.fetchone() or (0, 0)
        try:
            cursor.execute(statement(f"upsert_changed_{landed.kind}"))
        except psycopg.errors.CardinalityViolation as error:
            raise DataError(
                f"sources gave two rows of one key for {landed.table}; list one data set per symbol in sources.yaml"
            ) from error
        cursor.execute(statement(f"delete_rejected_{landed.kind}"))
        if rejected:
            cursor.executemany(statement("upsert_rejected_records"), rejected)
    log.info("%s: %s inserted, %s updated, %s set aside", landed.table, inserted, updated, len(rejected))
    return Merged(inserted=inserted, updated=updated)
