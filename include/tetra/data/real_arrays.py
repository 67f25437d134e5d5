"""``real[]`` columns straight into NumPy.

psycopg's own loader makes a Python object of every one of millions of floats.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from tetra.typing import RealArray

ELEMENT = np.dtype([("size", ">i4"), ("value", ">f4")])


class RealArrayLoader(Loader):
    """Loads a one-dimensional ``real[]`` in binary format; null elements are NaN."""

    format = Format.BINARY

    def load(self, data: Buffer) -> RealArray:
        """Return the array's values, shape (n_elements,)."""
        content = bytes(data)
        dimensions, has_null, _ = struct.unpack_from(">iii", content)
        if dimensions == 0:
            return np.empty(0, dtype=np.float32)
        (length,) = struct.unpack_from(">i", content, 12)
        body = content[20:]
        if not has_null:
            return np.frombuffer(body, dtype=ELEMENT, count=length)["value"].astype(np.float32)
        values = np.full(length, np.nan, dtype=np.float32)
        offset = 0
        for position in range(length):
            (size,) = struct.unpack_from(">i", body, offset)
            offset += 4
            if size >= 0:  # -1 is null and has no body
                (values[position],) = struct.unpack_from(">f", body, offset)
                offset += size
        return values


def real_array_cursor(connection: psycopg.Connection[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Return a binary cursor that loads ``real[]`` columns as float32 arrays."""
    cursor = connection.cursor(binary=True)
    # by number: psycopg takes "float4[]" for the name of the element type
    cursor.adapters.register_loader(cursor.adapters.types["float4"].array_oid, RealArrayLoader)
    return cursor
