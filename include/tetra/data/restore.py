"""Archived rows back into their tables, as they were.

Reads the Parquet files that :mod:`tetra.data.archive` wrote and inserts rows whose key the table does not hold; rows
that are there stay as they are, so running again changes nothing. One transaction per file.

Adjusted bars are on the scale of the day they came from their source. After a split or dividend since then the bars
that are held are on another, and the two are never mixed: such bars are refused.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from tetra.data.archive_files import Archive
from tetra.data.archive_tables import find, table_name
from tetra.data.arrow_rows import ARROW_TYPES, column_types, copy_rows
from tetra.data.locks import alone
from tetra.data.statements import statement
from tetra.errors import DataError

log = logging.getLogger(__name__)

BARS = "market_data.ohlcv"
MOST_NAMED = 5
"""Symbols that a refusal names."""


@dataclass(frozen=True)
class RestoreReport:
    """What came back.

    Parameters
    ----------
    files : tuple of str
        Files read.
    rows : int
        Rows in them.
    inserted : int
        Rows that the tables did not hold.
    """

    files: tuple[str, ...]
    rows: int
    inserted: int


def restore(
    connection: psycopg.Connection[Any], *, table: str, url: str, folders: Sequence[str] | None = None
) -> RestoreReport:
    """Insert archived rows that a table does not hold, and those of its children.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``, with no transaction open.
    table : str
        As it was archived.
    url : str
        The archive.
    folders : sequence of str, optional
        Only these partitions, such as ``timeframe=1h/year=2015``. Empty: all.

    Returns
    -------
    RestoreReport
        With everything there already, no row was inserted.

    Raises
    ------
    DataError
        If there is no such table or partition in the archive, a file is damaged, or adjusted bars would come back on
        an old scale.
    """
    entry = find(table)
    files = Archive(url)
    paths = [path for path in files.files_of(table) if not folders or _folder(path) in folders]
    missing = set(folders or ()) - {_folder(path) for path in paths}
    if missing or not paths:
        raise DataError(f"the archive has no {', '.join(sorted(missing)) or 'file'} of {table}; check the URL")
    rows = inserted = 0
    restored = []
    with alone(connection, f"archive {table}"):
        for path in paths:
            # the parent first: its children refer to it
            for name in (table, *(child.table for child in entry.children)):
                path_of_part = files.path_of(name, _folder(path))
                found = files.read(path_of_part)
                inserted += _insert(connection, name, found, _values(path))
                rows += found.num_rows
                restored.append(path_of_part)
    report = RestoreReport(tuple(restored), rows, inserted)
    log.info("restored %s: %s", table, report)
    return report


def _folder(path: str) -> str:
    return path.split("/", 1)[1].rpartition("/")[0]


def _values(path: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in _folder(path).split("/"))


def _insert(connection: psycopg.Connection[Any], table: str, rows: pa.Table, values: Mapping[str, str]) -> int:
    target = table_name(table)
    types = column_types(connection, target)
    for name, text in values.items():
        if name in types:  # a year is no column
            value = date.fromisoformat(text) if types[name] == "date" else text
            rows = rows.append_column(name, pa.array([value] * rows.num_rows, ARROW_TYPES[types[name]]))
    unknown = set(rows.schema.names) - set(types)
    if unknown:
        raise DataError(f"{table} has no column {', '.join(sorted(unknown))} any more; restore into an older schema")
    types = {name: types[name] for name in rows.schema.names}
    columns = sql.SQL(", ").join(map(sql.Identifier, types))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("create temporary table restored_rows on commit drop as select {} from {} limit 0").format(
                columns, target
            )
        )
        copy_rows(cursor, sql.Identifier("restored_rows"), rows, types)
        if table == BARS:
            _refuse_another_scale(cursor)
        cursor.execute(
            sql.SQL("insert into {} ({}) select {} from restored_rows on conflict do nothing").format(
                target, columns, columns
            )
        )
        return cursor.rowcount


def _refuse_another_scale(cursor: psycopg.Cursor[Any]) -> None:
    """Raise if bars to be restored were adjusted before an action that is in force now."""
    found = cursor.execute(statement("select_bars_on_an_old_scale")).fetchall()
    if not found:
        return
    named = "; ".join(
        f"{symbol} {timeframe} bars from {first} to {last}, before its action of {ex_date}"
        for symbol, timeframe, first, last, ex_date in found[:MOST_NAMED]
    )
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    raise DataError(
        f"archived bars are adjusted on a scale that holds no more: {named}{more}; land these days of these symbols "
        "again from their source (data_pipeline with start_date, end_date and symbols), then restore the rest"
    )
