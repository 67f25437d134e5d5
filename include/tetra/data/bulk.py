"""Binary COPY into PostgreSQL, packed by NumPy: the fastest way in.

A column is given as a whole (array or list), with its PostgreSQL type. All columns of fixed width travel first, packed
by NumPy into one piece per row; each column of variable width adds a piece: texts, of which few are distinct, by
look-up, arrays (``real[]``) from float32 matrices or ragged lists.
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

from tetra.errors import DataError
from tetra.typing import BoolArray, RealArray

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
NULL = struct.pack(">i", -1)
POSTGRES_EPOCH = np.datetime64("2000-01-01")
ELEMENT_OIDS = {"float4[]": 700, "date[]": 1082, "text[]": 25}
CHUNK_BYTES = 1 << 20
CHUNK_ROWS = 1 << 12
CHUNK_ARRAYS = 1 << 8

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


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _floats(values: Any) -> Packed:
    if isinstance(values, list | tuple):
        values = [np.nan if value is None else value for value in values]
    numbers = np.asarray(values, dtype=np.float64)
    return numbers, np.isnan(numbers)


def _integers(values: Any) -> Packed:
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu":
        return values, np.zeros(values.size, dtype=bool)
    missing = np.fromiter(map(_is_missing, values), dtype=bool, count=len(values))
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


class _TextFields(dict[Any, bytes]):
    """The wire form of each text met; a look-up that finds it makes no call into Python."""

    def __missing__(self, value: Any) -> bytes:
        if _is_missing(value):
            return NULL
        encoded = str(value).encode()
        self[value] = field = struct.pack(">i", len(encoded)) + encoded
        return field


def _texts(values: Any) -> Iterator[bytes]:
    return map(_TextFields({None: NULL}).__getitem__, values)


def _jsonb(values: Any) -> Iterator[bytes]:
    for value in values:
        if value is None:
            yield NULL
            continue
        encoded = b"\x01" + str(value).encode()  # version byte of jsonb's binary form
        yield struct.pack(">i", len(encoded)) + encoded


def _array_header(length: int, *, has_null: bool, oid: int) -> bytes:
    if length == 0:
        return struct.pack(">iii", 0, 0, oid)
    return struct.pack(">iiiii", 1, int(has_null), oid, length, 1)


def _real_arrays(values: Any) -> Iterator[bytes]:
    for start in range(0, len(values), CHUNK_ARRAYS):
        block = values[start : start + CHUNK_ARRAYS]
        lengths = {-1 if value is None else len(value) for value in block}
        if len(lengths) == 1 and lengths.isdisjoint({-1, 0}):
            matrix = np.asarray(block, dtype=np.float32)
            if not np.isnan(matrix).any():  # as most are: paths of one scenario are equally long and complete
                yield from _equal_real_arrays(matrix)
                continue
        yield from map(_real_array, block)


def _equal_real_arrays(matrix: RealArray) -> Iterator[bytes]:
    """Yield rows without nulls, packed at once."""
    elements = np.dtype([("n", ">i4"), ("v", ">f4")])
    head = np.frombuffer(_array_header(matrix.shape[1], has_null=False, oid=ELEMENT_OIDS["float4[]"]), dtype="u1")
    packed = np.empty(
        matrix.shape[0],
        dtype=[("size", ">i4"), ("head", "u1", head.size), ("elements", elements, matrix.shape[1])],
    )
    packed["size"] = head.size + elements.itemsize * matrix.shape[1]
    packed["head"] = head
    packed["elements"]["n"] = 4
    packed["elements"]["v"] = matrix
    raw, width = packed.tobytes(), packed.dtype.itemsize
    for start in range(0, len(raw), width):
        yield raw[start : start + width]


def _real_array(value: Any) -> bytes:
    if value is None:
        return NULL
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
    header = _array_header(numbers.size, has_null=bool(missing.any()), oid=ELEMENT_OIDS["float4[]"])
    return struct.pack(">i", len(header) + len(body)) + header + body


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


VARIABLE_WIDTH: Mapping[str, Callable[[Any], Iterator[bytes]]] = {
    "text": _texts,
    "jsonb": _jsonb,
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
