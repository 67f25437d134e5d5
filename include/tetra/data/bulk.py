"""Binary COPY into PostgreSQL, packed by NumPy: the fastest way in.

A column is given as a whole (array or list), with its PostgreSQL type. All columns of fixed width travel first, packed
by NumPy into one piece per row; each column of variable width adds a piece (``bulk_variable``).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from tetra.data.bulk_variable import POSTGRES_EPOCH, VARIABLE_WIDTH, is_missing
from tetra.errors import DataError
from tetra.typing import BoolArray

PgType = Literal[
    "text",
    "date",
    "timestamptz",
    "int2",
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
CHUNK_BYTES = 1 << 20
CHUNK_ROWS = 1 << 12

Packed: TypeAlias = tuple[npt.NDArray[Any], BoolArray]
"""The values of a column as numbers, and where they are null; the number there does not matter."""


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


def _floats(values: Any) -> Packed:
    if isinstance(values, list | tuple):
        values = [np.nan if value is None else value for value in values]
    numbers = np.asarray(values, dtype=np.float64)
    return numbers, np.isnan(numbers)


def _integers(values: Any) -> Packed:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return values, np.zeros(values.size, dtype=bool)
    missing = np.fromiter(map(is_missing, values), dtype=bool, count=len(values))
    filled = [0 if gone else value for value, gone in zip(values, missing.tolist(), strict=True)]
    return np.array(filled, dtype=np.int64), missing


def _dates(values: Any) -> Packed:
    days = np.asarray(values, dtype="datetime64[D]")
    missing = np.isnat(days)
    return np.where(missing, 0, (days - POSTGRES_EPOCH).astype(np.int64)), missing


def _timestamps(values: Any) -> Packed:
    instants = np.asarray(values, dtype="datetime64[us]")
    missing = np.isnat(instants)
    return np.where(missing, 0, (instants - POSTGRES_EPOCH.astype("datetime64[us]")).astype(np.int64)), missing


def _booleans(values: Any) -> Packed:
    missing = np.fromiter((value is None for value in values), dtype=bool, count=len(values))
    return np.fromiter(map(bool, values), dtype=bool, count=len(values)), missing


FIXED_WIDTH: Mapping[str, tuple[str, Callable[[Any], Packed]]] = {
    "date": (">i4", _dates),
    "timestamptz": (">i8", _timestamps),
    "int2": (">i2", _integers),
    "int4": (">i4", _integers),
    "int8": (">i8", _integers),
    "float4": (">f4", _floats),
    "float8": (">f8", _floats),
    "bool": ("?", _booleans),
}
"""Types whose values have one width: their format on the wire, and how a column becomes numbers of it."""


def _fixed_fields(columns: Sequence[Column], *, rows: int, field_count: int) -> Iterator[list[bytes]]:
    """Yield for ``CHUNK_ROWS`` rows at a time, per row, its header and its fields of fixed width in one piece."""
    fields = [("field_count", ">i2")]
    for place, column in enumerate(columns):
        fields += [(f"size_{place}", ">i4"), (f"value_{place}", FIXED_WIDTH[column.pg_type][0])]
    wire = np.dtype(fields)
    for start in range(0, rows, CHUNK_ROWS):
        chunk = slice(start, min(start + CHUNK_ROWS, rows))
        packed = np.zeros(chunk.stop - start, dtype=wire)
        packed["field_count"] = field_count
        yield _pack(packed, [Column(item.name, item.pg_type, item.values[chunk]) for item in columns])


def _pack(packed: npt.NDArray[np.void], columns: Sequence[Column]) -> list[bytes]:
    """Fill rows in, each field at its full width, then leave out the bytes that a null does not have."""
    present = np.ones((packed.size, packed.itemsize), dtype=bool)
    widths = np.full(packed.size, packed.itemsize)
    end = packed.dtype["field_count"].itemsize
    for place, column in enumerate(columns):
        values, missing = FIXED_WIDTH[column.pg_type][1](column.values)
        size = packed.dtype[f"value_{place}"].itemsize
        packed[f"value_{place}"] = values
        packed[f"size_{place}"] = size
        end += packed.dtype[f"size_{place}"].itemsize + size
        if missing.any():
            packed[f"size_{place}"][missing] = -1
            present[missing, end - size : end] = False
            widths[missing] -= size
    ends = np.cumsum(widths)
    content = packed.view(np.uint8).reshape(present.shape)
    raw = (content if ends[-1] == content.size else content[present]).tobytes()
    return [raw[start:stop] for start, stop in zip((ends - widths).tolist(), ends.tolist(), strict=True)]


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
    rows = next(iter(lengths.values()))
    fixed = [column for column in columns if column.pg_type in FIXED_WIDTH]
    variable = [column for column in columns if column.pg_type in VARIABLE_WIDTH]
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(*table), sql.SQL(", ").join(sql.Identifier(column.name) for column in (*fixed, *variable))
    )
    pieces: list[Iterator[bytes]] = [chain.from_iterable(_fixed_fields(fixed, rows=rows, field_count=len(columns)))]
    pieces += [VARIABLE_WIDTH[column.pg_type](column.values) for column in variable]
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        buffer = io.BytesIO()
        buffer.write(HEADER)
        for row in zip(*pieces, strict=True):
            buffer.writelines(row)
            if buffer.tell() >= CHUNK_BYTES:
                copy.write(buffer.getvalue())
                buffer = io.BytesIO()
        buffer.write(TRAILER)
        copy.write(buffer.getvalue())
    return rows
