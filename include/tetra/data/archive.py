"""Old rows to Parquet at an fsspec URL, verified there, and only then deleted if so asked.

Reads and, with ``delete``, empties partitions of the tables in :mod:`tetra.data.archive_tables`. Each partition is one
transaction that sees one state of the table: what it deletes is what it wrote and read back, and a row that another
run changes meanwhile makes it fail instead. Killed anywhere, a partition is still in the table, or archived and
verified, or both; running again goes on. :mod:`tetra.data.restore` is the way back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql

from tetra.data.archive_files import Archive
from tetra.data.archive_tables import (
    Archivable,
    Partition,
    child_rows_of,
    find,
    instant_or_day,
    rows_of,
    table_name,
)
from tetra.data.arrow_rows import column_types, read_rows
from tetra.data.locks import alone
from tetra.errors import DataError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ArchivedRows:
    """One table's rows of one partition.

    Parameters
    ----------
    path : str
        Their file, below the archive's URL.
    rows : int
        Rows in the table before.
    bytes : int
        In a dry run their size in the table, of which Parquet needs a fraction; else that of the file.
    is_new : bool
        Whether the file was written now; False where it held them all already, and in a dry run.
    deleted : int
        Rows deleted from the table.
    """

    path: str
    rows: int
    bytes: int
    is_new: bool
    deleted: int


@dataclass(frozen=True)
class ArchiveReport:
    """What was archived, or would be.

    Parameters
    ----------
    table : str
        The table; its children's rows are counted with it.
    before : date
        Rows of earlier days.
    is_dry_run : bool
        Whether nothing was changed.
    partitions : tuple of ArchivedRows
        In order of time.
    """

    table: str
    before: date
    is_dry_run: bool
    partitions: tuple[ArchivedRows, ...]

    @property
    def records(self) -> int:
        """Rows newly written to files or deleted from the table, each counted once."""
        return sum(max(part.deleted, part.rows if part.is_new else 0) for part in self.partitions)

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {
            "table": self.table,
            "before": self.before.isoformat(),
            "dry_run": self.is_dry_run,
            "rows": sum(part.rows for part in self.partitions),
            "bytes": sum(part.bytes for part in self.partitions),
            "deleted": sum(part.deleted for part in self.partitions),
            "files": [part.path for part in self.partitions],
        }


@dataclass(frozen=True)
class _Part:
    """Rows of one table that go to one file."""

    table: str
    key: tuple[str, ...]
    condition: sql.Composed
    path: str


def archive(
    connection: psycopg.Connection[Any],
    *,
    table: str,
    before: date,
    url: str,
    split_values: Sequence[str] | None = None,
    dry_run: bool = True,
    delete: bool = False,
) -> ArchiveReport:
    """Archive the rows of a table that are older than a day.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``, with no transaction open. Another archiving of the table is waited for.
    table : str
        One of :data:`tetra.data.archive_tables.ARCHIVABLE`.
    before : date
        Rows of this day and later stay.
    url : str
        An absolute folder or an fsspec URL.
    split_values : sequence of str, optional
        Only these values of the column by which the table is split (``["1h"]`` of ``market_data.ohlcv``).
    dry_run : bool
        Only count; nothing is written or deleted. The statements that would delete are logged.
    delete : bool
        Delete what is archived and verified.

    Returns
    -------
    ArchiveReport
        Without partitions where no row is that old.

    Raises
    ------
    DataError
        If the table may not be archived, is not split by such values, or a file read back is not what was written.
    SettingsError
        If the URL cannot be used.
    """
    entry = find(table)
    if split_values and entry.split_by is None:
        raise DataError(f"{table} is not split into {', '.join(split_values)}; leave them out")
    files = Archive(url)
    archived: list[ArchivedRows] = []
    with alone(connection, f"archive {table}"):
        for partition in _partitions(connection, entry, before, split_values):
            parts = list(_parts(entry, partition, files))
            if dry_run:
                archived += [_count(connection, part, delete=delete) for part in parts]
            else:
                archived += _archive_partition(connection, files, parts, delete=delete)
    report = ArchiveReport(table, before, dry_run, tuple(archived))
    log.info("archived %s: %s", table, report.as_json())
    return report


def _partitions(
    connection: psycopg.Connection[Any], entry: Archivable, before: date, split_values: Sequence[str] | None
) -> list[Partition]:
    time = sql.Identifier(entry.time_column)
    day = sql.SQL("({} at time zone 'UTC')::date" if entry.is_instant else "{}").format(time)
    first = day if entry.by_day else sql.SQL("date_trunc('year', {}::timestamp)::date").format(day)
    split = sql.Identifier(entry.split_by) if entry.split_by else sql.SQL("null::text")
    query = sql.SQL(
        "select distinct {}, {} from {} where {} < %(before)s and (%(split)s::text[] is null or {} = any(%(split)s)) "
        "order by 1, 2"
    ).format(split, first, table_name(entry.table), time, split)
    wanted = {"before": instant_or_day(entry, before), "split": list(split_values) if split_values else None}
    return [
        _partition(entry, start, min(before, _next(entry, start)), split_value)
        for split_value, start in connection.execute(query, wanted).fetchall()
    ]


def _next(entry: Archivable, start: date) -> date:
    return start + timedelta(days=1) if entry.by_day else date(start.year + 1, 1, 1)


def _partition(entry: Archivable, start: date, end: date, split_value: str | None) -> Partition:
    values = {} if entry.split_by is None else {entry.split_by: str(split_value)}
    values |= {entry.time_column: start.isoformat()} if entry.by_day else {"year": str(start.year)}
    return Partition(values, start, end, split_value)


def _parts(entry: Archivable, partition: Partition, files: Archive) -> Iterator[_Part]:
    """Yield what a partition consists of, children first: the order in which it may be deleted."""
    for child in entry.children:
        condition = child_rows_of(entry, child, partition)
        yield _Part(child.table, child.key, condition, files.path_of(child.table, partition.folder))
    yield _Part(entry.table, entry.key, rows_of(entry, partition), files.path_of(entry.table, partition.folder))


def _delete_statement(part: _Part) -> sql.Composed:
    return sql.SQL("delete from {} where {}").format(table_name(part.table), part.condition)


def _count(connection: psycopg.Connection[Any], part: _Part, *, delete: bool) -> ArchivedRows:
    rows, size = connection.execute(
        sql.SQL("select count(*), coalesce(sum(pg_column_size(held.*)), 0) from {} as held where {}").format(
            table_name(part.table), part.condition
        )
    ).fetchone() or (0, 0)
    log.info("dry run, would write %s rows to %s", rows, part.path)
    if delete:
        log.info("dry run, would execute: %s", _delete_statement(part).as_string(connection))
    return ArchivedRows(part.path, rows, int(size), is_new=False, deleted=0)


def _archive_partition(
    connection: psycopg.Connection[Any], files: Archive, parts: Sequence[_Part], *, delete: bool
) -> list[ArchivedRows]:
    """Write, verify and perhaps delete a partition in one transaction on one snapshot."""
    archived = []
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        # TimescaleDB refuses to delete more than 100,000 compressed rows unless told; elsewhere the name is ignored
        connection.execute("set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0")
        for part in parts:
            archived.append(_write(connection, files, part))
        if delete:
            archived = [_delete(connection, part, done) for part, done in zip(parts, archived, strict=True)]
    return archived


def _write(connection: psycopg.Connection[Any], files: Archive, part: _Part) -> ArchivedRows:
    types = column_types(connection, table_name(part.table))
    named = part.path.split("/")
    types = {name: kind for name, kind in types.items() if not any(folder.startswith(f"{name}=") for folder in named)}
    key = [name for name in part.key if name in types]
    query = sql.SQL("select {} from {} where {}").format(
        sql.SQL(", ").join(map(sql.Identifier, types)), table_name(part.table), part.condition
    )
    rows = read_rows(connection, query, types)
    stored = files.store(part.path, rows, key=key)
    log.info(
        "%s: %s rows, %s bytes, %s", stored.path, stored.rows, stored.bytes, "new" if stored.is_new else "as before"
    )
    return ArchivedRows(part.path, rows.num_rows, stored.bytes, stored.is_new, deleted=0)


def _delete(connection: psycopg.Connection[Any], part: _Part, done: ArchivedRows) -> ArchivedRows:
    text = _delete_statement(part)
    log.info("executing: %s", text.as_string(connection))
    deleted = connection.execute(text).rowcount
    if deleted != done.rows:
        raise DataError(
            f"{deleted} rows of {part.table} would go but {done.rows} are in {part.path}; nothing was deleted"
        )
    return ArchivedRows(done.path, done.rows, done.bytes, done.is_new, deleted)
