"""Binary COPY's form of columns of variable width: texts, of which few are distinct, by look-up; arrays by NumPy.

Arrays of reals come from float32 matrices or ragged lists.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from tetra.typing import RealArray

NULL = struct.pack(">i", -1)
POSTGRES_EPOCH = np.datetime64("2000-01-01")
ELEMENT_OIDS = {"float4[]": 700, "date[]": 1082, "text[]": 25}
CHUNK_ARRAYS = 1 << 8


def is_missing(value: Any) -> bool:
    """Return whether a value is None or NaN."""
    return value is None or (isinstance(value, float) and value != value)


class _TextFields(dict[Any, bytes]):
    """The wire form of each text met; a look-up that finds it makes no call into Python."""

    def __missing__(self, value: Any) -> bytes:
        if is_missing(value):
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
"""By PostgreSQL type: a column's values to the field of each row, its length in front."""
