"""Rows between PostgreSQL and Arrow, type by type, with no detour through pandas: nulls stay null, numbers exact."""

from __future__ import annotations

from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from tetra.errors import DataError

ARROW_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "float8": pa.float64(),
    "bool": pa.bool_(),
    "float4[]": pa.list_(pa.field("element", pa.float32())),  # as Parquet calls it, so that what is read back is equal
}
FETCHED_ROWS = 20_000
"""Python objects of so many rows exist at once."""


def column_types(connection: psycopg.Connection[Any], table: sql.Identifier) -> dict[str, str]:
    """Return the PostgreSQL type of each column of a table, in order.

    Raises
    ------
    DataError
        If one has no Arrow type here.
    """
    described = connection.execute(sql.SQL("select * from {} limit 0").format(table)).description or []
    types = {column.name: column.type_display for column in described}
    for name, type_name in types.items():
        if type_name not in ARROW_TYPES:
            raise DataError(f"column {name} is of type {type_name}; add it to tetra.data.arrow_rows")
    return types


def read_rows(connection: psycopg.Connection[Any], query: sql.Composed, types: dict[str, str]) -> pa.Table:
    """Return the rows of a query as a table.

    Parameters
    ----------
    connection : psycopg.Connection
        With a transaction open.
    query : psycopg.sql.Composed
        Its columns are those of ``types``, in order.
    types : dict of str to str
        From :func:`column_types`, or a part of it.
    """
    schema = pa.schema([(name, ARROW_TYPES[type_name]) for name, type_name in types.items()])
    batches = []
    with connection.cursor(name="archive") as cursor:
        cursor.execute(query, binary=True)
        while rows := cursor.fetchmany(FETCHED_ROWS):
            columns = [
                pa.array(values, field.type) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            batches.append(pa.record_batch(columns, schema=schema))
    return pa.Table.from_batches(batches, schema=schema)


def copy_rows(cursor: psycopg.Cursor[Any], table: sql.Identifier, rows: pa.Table, types: dict[str, str]) -> None:
    """Append rows to a table by binary COPY; ``types`` names its columns."""
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        table, sql.SQL(", ").join(sql.Identifier(name) for name in types)
    )
    with cursor.copy(statement) as copy:
        copy.set_types(list(types.values()))
        for batch in rows.select(list(types)).to_batches(FETCHED_ROWS):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                copy.write_row(row)
