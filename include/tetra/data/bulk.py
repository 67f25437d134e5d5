"""Binary COPY into PostgreSQL, packed by NumPy: the fastest way in, with no Python loop over values.

A column is given as a whole (array or list), with its PostgreSQL type. Scalars are packed into one structured record
per row; columns of arrays (``real[]``) are packed per row from float32 matrices or ragged lists.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import psycopg
from psycopg import sql

from tetra.errors import DataError

PgType = Literal[
    "text",
    "date",
    "timestamptz",
    "int4",
    "int8",
    "float8",
    "float4",
    "bool",
    "float4[]",
    "date[]",
    "text[]",
    "jsonb",
]

HEADER = b"PGCOPY\n\xff\r\n\0" + b"\0" * 8
TRAILER = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)
POSTGRES_EPOCH = np.datetime64("2000-01-01")
ELEMENT_OIDS = {"float4[]": 700, "date[]": 1082, "text[]": 25}
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Column:
    """One column to load.

    Parameters
    ----------
    name : str
        Column name in the table.
    pg_type : str
        Its PostgreSQL type; arrays have one dimension.
    values : sequence
        One value per row. NaN is null in float columns, NaT in date and timestamp columns, None anywhere.
    """

    name: str
    pg_type: PgType
    values: Sequence[Any] | np.ndarray[Any, Any]


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _fixed(values: Any, dtype: str, missing: np.ndarray[Any, Any], size: int) -> Iterator[bytes]:
    packed = np.empty(len(values), dtype=[("n", ">i4"), ("v", dtype)])
    packed["n"] = size
    packed["v"] = values
    width = packed.dtype.itemsize
    raw = packed.tobytes()
    for row, is_null in enumerate(missing.tolist()):
        yield NULL if is_null else raw[row * width : (row + 1) * width]


def _floats(values: Any, dtype: str, size: int) -> Iterator[bytes]:
    numbers = np.array(
        [np.nan if value is None else value for value in values] if isinstance(values, list | tuple) else values,
        dtype=np.float64,
    )
    return _fixed(numbers, dtype, np.isnan(numbers), size)


def _integers(values: Any, dtype: str, size: int) -> Iterator[bytes]:
    missing = (
        np.array([_is_missing(value) for value in values], dtype=bool)
        if not isinstance(values, np.ndarray)
        else np.zeros(len(values), bool)
    )
    numbers = (
        np.array([0 if _is_missing(value) else value for value in values], dtype=np.int64)
        if missing.any()
        else np.asarray(values, dtype=np.int64)
    )
    return _fixed(numbers, dtype, missing, size)


def _dates(values: Any) -> Iterator[bytes]:
    days = np.asarray(values, dtype="datetime64[D]")
    missing = np.isnat(days)
    offsets = np.where(missing, 0, (days - POSTGRES_EPOCH).astype("timedelta64[D]").astype(np.int64))
    return _fixed(offsets, ">i4", missing, 4)


def _timestamps(values: Any) -> Iterator[bytes]:
    instants = np.asarray(values, dtype="datetime64[us]")
    missing = np.isnat(instants)
    offsets = np.where(missing, 0, (instants - POSTGRES_EPOCH.astype("datetime64[us]")).astype(np.int64))
    return _fixed(offsets, ">i8", missing, 8)


def _texts(values: Any) -> Iterator[bytes]:
    cache: dict[str, bytes] = {}
    for value in values:
        if _is_missing(value):
            yield NULL
            continue
        if value not in cache:
            encoded = str(value).encode()
            cache[value] = struct.pack(">i", len(encoded)) + encoded
        yield cache[value]


def _jsonb(values: Any) -> Iterator[bytes]:
    for value in values:
        if value is None:
            yield NULL
            continue
        encoded = b"\x01" + str(value).encode()  # version byte of jsonb's binary form
        yield struct.pack(">i", len(encoded)) + encoded


def _booleans(values: Any) -> Iterator[bytes]:
    for value in values:
        yield NULL if value is None else struct.pack(">i?", 1, bool(value))


def _array_header(length: int, *, has_null: bool, oid: int) -> bytes:
    if length == 0:
        return struct.pack(">iii", 0, 0, oid)
    return struct.pack(">iiiii", 1, int(has_null), oid, length, 1)


def _real_arrays(values: Any) -> Iterator[bytes]:
    oid = ELEMENT_OIDS["float4[]"]
    for value in values:
        if value is None:
            yield NULL
            continue
        numbers = np.asarray(value, dtype=np.float32)
        missing = np.isnan(numbers)
        if missing.any():
            body = b"".join(
                NULL if gone else struct.pack(">if", 4, number)
                for number, gone in zip(numbers.tolist(), missing.tolist(), strict=True)
            )
        else:
            packed = np.empty(numbers.size, dtype=[("n", ">i4"), ("v", ">f4")])
            packed["n"] = 4
            packed["v"] = numbers
            body = packed.tobytes()
        header = _array_header(numbers.size, has_null=bool(missing.any()), oid=oid)
        yield struct.pack(">i", len(header) + len(body)) + header + body


def _date_arrays(values: Any) -> Iterator[bytes]:
    for value in values:
        if value is None:
            yield NULL
            continue
        days = np.asarray(value, dtype="datetime64[D]")
        packed = np.empty(days.size, dtype=[("n", ">i4"), ("v", ">i4")])
        packed["n"] = 4
        packed["v"] = (days - POSTGRES_EPOCH).astype("timedelta64[D]").astype(np.int64)
        header = _array_header(days.size, has_null=False, oid=ELEMENT_OIDS["date[]"])
        body = packed.tobytes()
        yield struct.pack(">i", len(header) + len(body)) + header + body


def _text_arrays(values: Any) -> Iterator[bytes]:
    for value in values:
        if value is None:
            yield NULL
            continue
        header = _array_header(len(value), has_null=False, oid=ELEMENT_OIDS["text[]"])
        body = b"".join(_texts(value))
        yield struct.pack(">i", len(header) + len(body)) + header + body


PACKERS: dict[str, Callable[[Any], Iterator[bytes]]] = {
    "text": _texts,
    "jsonb": _jsonb,
    "date": _dates,
    "timestamptz": _timestamps,
    "int4": lambda values: _integers(values, ">i4", 4),
    "int8": lambda values: _integers(values, ">i8", 8),
    "float4": lambda values: _floats(values, ">f4", 4),
    "float8": lambda values: _floats(values, ">f8", 8),
    "bool": _booleans,
    "float4[]": _real_arrays,
    "date[]": _date_arrays,
    "text[]": _text_arrays,
}


def copy_columns(connection: psycopg.Connection[Any], *, table: tuple[str, ...], columns: Sequence[Column]) -> int:
    """Append rows to a table by binary COPY, inside the connection's open transaction.

    Parameters
    ----------
    connection : psycopg.Connection
        Its transaction is neither committed nor rolled back.
    table : tuple of str
        Schema and table, or the name of a temporary table alone.
    columns : sequence of Column
        All of one length.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    DataError
        If the columns differ in length.
    """
    lengths = {column.name: len(column.values) for column in columns}
    if len(set(lengths.values())) != 1:
        raise DataError(f"columns differ in length: {lengths}; give one value per row in each")
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(*table), sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    )
    row_header = struct.pack(">h", len(columns))
    packers = [PACKERS[column.pg_type](column.values) for column in columns]
    rows = next(iter(lengths.values()))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        buffer = io.BytesIO()
        buffer.write(HEADER)
        for fields in zip(*packers, strict=True):
            buffer.write(row_header)
            for field in fields:
                buffer.write(field)
            if buffer.tell() >= CHUNK_BYTES:
                copy.write(buffer.getvalue())
                buffer = io.BytesIO()
        buffer.write(TRAILER)
        copy.write(buffer.getvalue())
    return rows
