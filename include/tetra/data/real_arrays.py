"""``real[]`` columns straight into NumPy.

psycopg's own loader makes a Python object of every one of millions of floats.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

from tetra.compiled import compiled
from tetra.errors import DataError
from tetra.typing import FloatArray, IntArray, RealArray

HEADER_BYTES = 20  # of an array of one dimension: dimensions, whether it has nulls, type, length, first index
HAS_NULLS = slice(4, 8)
NO_NULLS = struct.pack(">i", 0)
ELEMENT = np.dtype([("size", ">i4"), ("value", ">f4")])


class EncodedArrayLoader(Loader):
    """Leaves an array as PostgreSQL sent it: what a matrix is made of is decoded at once."""

    format = Format.BINARY

    def load(self, data: Buffer) -> bytes:
        """Return a copy; libpq's memory is gone with the row."""
        return bytes(data)


def encoded_array_cursor(connection: psycopg.Connection[Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Return a binary cursor that leaves ``real[]`` columns encoded, for :func:`decoded` and :func:`write_rows`."""
    cursor = connection.cursor(binary=True)
    # by number: psycopg takes "float4[]" for the name of the element type
    cursor.adapters.register_loader(cursor.adapters.types["float4"].array_oid, EncodedArrayLoader)
    return cursor


def write_rows(encoded: Sequence[bytes | None], matrix: FloatArray) -> None:
    """Write arrays into the rows of a matrix.

    Parameters
    ----------
    encoded : sequence of bytes or None, length n_rows
        One-dimensional ``real[]``; the row of None is left as it is, null elements become NaN.
    matrix : ndarray of shape (n_rows, n_elements)

    Raises
    ------
    DataError
        If an array has another length than the rows.
    """
    width = matrix.shape[1]
    alike = [
        row
        for row, content in enumerate(encoded)
        if content is not None and len(content) == HEADER_BYTES + ELEMENT.itemsize * width
        and content[HAS_NULLS] == NO_NULLS
    ]  # fmt: skip
    row_type = np.dtype([("header", f"V{HEADER_BYTES}"), ("elements", ELEMENT, (width,))])
    matrix[alike] = np.frombuffer(b"".join(encoded[row] or b"" for row in alike), row_type)["elements"]["value"]
    for row in set(range(len(encoded))).difference(alike):
        content = encoded[row]
        if content is not None:
            values = decoded(content)
            if values.size != width:
                raise DataError(
                    f"a stored array has {values.size} elements where its scenario has {width} sessions;"
                    " make the scenario again"
                )
            matrix[row] = values


def decoded(content: bytes) -> RealArray:
    """Return the values of one array, shape (n_elements,); null elements are NaN."""
    dimensions, has_nulls = struct.unpack_from(">ii", content)
    if dimensions == 0:
        return np.empty(0, dtype=np.float32)
    if not has_nulls:
        return np.frombuffer(content, dtype=ELEMENT, offset=HEADER_BYTES)["value"].astype(np.float32)
    (length,) = struct.unpack_from(">i", content, 12)
    words = np.frombuffer(content, dtype=">i4", offset=HEADER_BYTES).astype(np.int32)
    places = np.empty(length, dtype=np.int64)
    _find_values(words, places)
    return np.where(places >= 0, words[places].view(np.float32), np.float32(np.nan))


@compiled()
def _find_values(words: npt.NDArray[np.int32], places: IntArray) -> None:
    """Write the place of each element's value; a size below 0 is a null's, which has no value: -1."""
    word = 0
    for position in range(places.size):
        if words[word] < 0:
            places[position] = -1
            word += 1
        else:
            places[position] = word + 1
            word += 2
