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
from psycopg import sql

from tetra.data.bulk import Column, copy_columns
from tetra.data.records import Batch, Checked
from tetra.data.staged_bars import BarStaging, merge_bars
from tetra.data.statements import statement
from tetra.errors import DataError
from tetra.sources.base import ActionBatch, BarBatch, MacroBatch, RejectedRecord

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
    columns : callable, optional
        From a batch to the staging table's columns; bars, which come by the million, are staged by
        :mod:`tetra.data.staged_bars`.
    """

    table: str
    kind: str
    columns: Callable[[Batch], Sequence[Column]] | None = None


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


def _action_columns(batch: ActionBatch) -> Sequence[Column]:
    rows = batch.values.size
    return [
        Column("symbol", "text", [batch.symbol] * rows),
        Column("action_type", "text", list(batch.action_types)),
        Column("ex_date", "date", batch.ex_dates),
        Column("value", "float8", batch.values),
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


BARS: Landed[BarBatch] = Landed("market_data.ohlcv", "bars")
ACTIONS: Landed[ActionBatch] = Landed("market_data.corporate_actions", "actions", _action_columns)
MACRO: Landed[MacroBatch] = Landed("economic_data.releases", "macro", _macro_columns)


def stage(connection: psycopg.Connection[Any], landed: Landed[Batch], batches: Iterable[Checked[Batch]]) -> Staged:
    """Fill the staging table of this connection with batches, in a transaction of its own.

    Returns
    -------
    Staged
        Rows staged and records set aside.
    """
    staged = Staged()
    with connection.transaction():
        add, finish = _staging(connection, landed)
        for checked in batches:
            rows = add(checked.kept)
            staged.rows += rows
            staged.rejected += checked.rejected
            log.info("staged %s rows from %s, %s set aside", rows, checked.kept.source, len(checked.rejected))
        finish()
    return staged


def _staging(
    connection: psycopg.Connection[Any], landed: Landed[Batch]
) -> tuple[Callable[[Any], int], Callable[[], None]]:
    """Make the staging table; return how to add a batch, and what to do after the last."""
    if landed.columns is None:
        bars = BarStaging(connection)
        return bars.add, bars.finish
    columns = landed.columns
    table = f"staged_{landed.kind}"
    # a run that failed between staging and merging may have left one on this connection
    connection.execute(sql.SQL("drop table if exists pg_temp.{}").format(sql.Identifier(table)))
    connection.execute(statement(f"create_{table}"))

    def add(batch: Batch) -> int:
        return copy_columns(connection, table=(table,), columns=columns(batch))

    def finish() -> None:
        connection.execute(sql.SQL("analyze pg_temp.{}").format(sql.Identifier(table)))

    return add, finish


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
        try:
            inserted, updated = merge_bars(cursor) if landed.columns is None else _merge_rows(cursor, landed.kind)
        except (psycopg.errors.CardinalityViolation, psycopg.errors.UniqueViolation) as error:
            raise DataError(
                f"sources gave two rows of one key for {landed.table}; list one data set per symbol in sources.yaml"
            ) from error
        cursor.execute(statement(f"delete_rejected_{landed.kind}"))
        if rejected:
            cursor.executemany(statement("upsert_rejected_records"), rejected)
    log.info("%s: %s inserted, %s updated, %s set aside", landed.table, inserted, updated, len(rejected))
    return Merged(inserted=inserted, updated=updated)


def _merge_rows(cursor: psycopg.Cursor[Any], kind: str) -> tuple[int, int]:
    cursor.execute(statement(f"create_changed_{kind}"))
    cursor.execute(statement(f"count_changed_{kind}"))
    inserted, updated = cursor.fetchone() or (0, 0)
    cursor.execute(statement(f"upsert_changed_{kind}"))
    return inserted, updated
