"""From checked batches to tables: staged by binary COPY, compared with what is held, written where different.

Staging takes no lock and is its own transaction, so that a slow source holds up nobody. Merging is one transaction
under an advisory lock per table: a second run waits, then finds its rows unchanged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import psycopg

from tetra.data import upsert
from tetra.data.bulk import Column
from tetra.data.staged_bars import BarStaging, merge_bars
from tetra.data.statements import statement
from tetra.data.tables import ACTIONS, MACRO, Table, action_columns, macro_columns
from tetra.errors import DataError
from tetra.sources.base import RejectedRecord

log = logging.getLogger(__name__)

BARS_TABLE = "market_data.ohlcv"


class CheckedBatch(Protocol):
    """A batch split in two: what may be landed, and what was set aside."""

    @property
    def kept(self) -> Any:
        """Batch without the records set aside; has a ``source``."""

    @property
    def rejected(self) -> tuple[RejectedRecord, ...]:
        """Records that may not be landed."""


@dataclass(frozen=True)
class Landed:
    """How one kind of batch reaches its tables.

    Parameters
    ----------
    tables : tuple of str
        Schema and name; the first is the one its rejected records belong to.
    columns : mapping of Table to callable
        Per table, in the order of writing, from a batch to columns. Empty for bars, which come by the million and have
        a way of their own.
    withdrawn : str, optional
        Statement that deletes held rows which the source gives no more, with ``start`` and ``end``.
    is_by_symbol : bool
        Whether a batch answers for one symbol, even where it is empty.
    """

    tables: tuple[str, ...]
    columns: Mapping[Table, Callable[[Any], Sequence[Column]]] = field(default_factory=dict)
    withdrawn: str | None = None
    is_by_symbol: bool = False


@dataclass
class Staged:
    """What lies in the staging tables, which symbols which source answered for, and what was set aside on the way."""

    rows: dict[str, int] = field(default_factory=dict)
    served: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[RejectedRecord] = field(default_factory=list)

    def add(self, table: str, rows: int) -> None:
        """Count rows staged for a table."""
        self.rows[table] = self.rows.get(table, 0) + rows


@dataclass(frozen=True)
class Merged:
    """Rows of one table that were written, or deleted because their source withdrew them."""

    inserted: int
    updated: int
    deleted: int = 0


BARS = Landed((BARS_TABLE,))
CORPORATE_ACTIONS = Landed(
    (ACTIONS.name,), {ACTIONS: action_columns}, withdrawn="delete_withdrawn_actions", is_by_symbol=True
)
OBSERVATIONS = Landed((MACRO.name,), {MACRO: macro_columns})


def stage(connection: psycopg.Connection[Any], landed: Landed, batches: Iterable[CheckedBatch]) -> Staged:
    """Fill the staging tables of this connection with batches, in a transaction of its own.

    Returns
    -------
    Staged
        Rows staged per table and records set aside.
    """
    staged = Staged()
    with connection.transaction():
        bars = None if landed.columns else BarStaging(connection)
        for table in landed.columns:
            upsert.create_staging(connection, table)
        for checked in batches:
            if bars is not None:
                staged.add(BARS_TABLE, bars.add(checked.kept))
            for table, columns in landed.columns.items():
                staged.add(table.name, upsert.stage_columns(connection, table, columns(checked.kept)))
            staged.rejected += checked.rejected
            if landed.is_by_symbol:
                staged.served.append((checked.kept.symbol, checked.kept.source))
            log.info("staged %s, %s set aside; so far %s", checked.kept.source, len(checked.rejected), staged.rows)
        for table in landed.columns:
            staged.add(table.name, -upsert.finish_staging(connection, table))
        if bars is not None:
            bars.finish()
    return staged


def merge(
    connection: psycopg.Connection[Any],
    landed: Landed,
    staged: Staged,
    *,
    start: date,
    end: date,
    heal: bool = False,
) -> dict[str, Merged]:
    """Write what is staged and differs from the tables, and keep what was set aside, in one transaction.

    Parameters
    ----------
    connection : psycopg.Connection
        The one that staged.
    landed : Landed
        What was staged.
    staged : Staged
        From :func:`stage`.
    start, end : date
        What was asked for; inside it, rows that a source withdrew are deleted.
    heal : bool
        Of bars: whether prices that a source has restated are raised instead of set aside.

    Returns
    -------
    dict of str to Merged
        Per table.

    Raises
    ------
    DataError
        If two staged rows have one key, or a bar's symbol is no instrument.
    """
    merged: dict[str, Merged] = {}
    with connection.transaction(), connection.cursor() as cursor:
        for name in landed.tables:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        try:
            if not landed.columns:
                inserted, updated, refused = merge_bars(cursor, heal=heal)
                merged[BARS_TABLE] = Merged(inserted, updated)
                staged.rejected += refused
            for table in landed.columns:
                merged[table.name] = Merged(
                    *upsert.merge_staged(cursor, table), _withdraw(cursor, landed, staged, start, end)
                )
        except (psycopg.errors.CardinalityViolation, psycopg.errors.UniqueViolation) as error:
            raise DataError(
                f"sources gave two rows of one key for {landed.tables[0]}; list one data set per symbol in sources.yaml"
            ) from error
        _keep_rejected(cursor, landed, staged.rejected)
    log.info("merged %s; %s set aside", merged, len(staged.rejected))
    return merged


def _withdraw(cursor: psycopg.Cursor[Any], landed: Landed, staged: Staged, start: date, end: date) -> int:
    if landed.withdrawn is None:
        return 0
    parameters = {
        "start": start,
        "end": end,
        "served_symbols": [symbol for symbol, _ in staged.served],
        "served_sources": [source for _, source in staged.served],
    }
    cursor.execute(statement(landed.withdrawn), parameters)
    return cursor.rowcount


def _keep_rejected(cursor: psycopg.Cursor[Any], landed: Landed, rejected: Sequence[RejectedRecord]) -> None:
    if not landed.columns:
        cursor.execute(statement("delete_rejected_bars"))
        cursor.execute(statement("delete_settled_series"))
    else:
        upsert.delete_settled_rejections(cursor, next(iter(landed.columns)))
    rows = [
        {
            "table_name": landed.tables[0],
            "record_key": record.key,
            "source": record.source,
            "reason": record.reason,
            "record": json.dumps(dict(record.record)),
        }
        for record in rejected
    ]
    if rows:
        cursor.executemany(statement("upsert_rejected_records"), rows)
