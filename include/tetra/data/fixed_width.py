"""Many rows out of PostgreSQL as one structured array: binary COPY of numbers that are never null.

Every field then has a fixed width, so the stream is an array already and no row is parsed. The statement casts
to ``integer`` or ``double precision`` and turns null into NaN; text travels as a position in a list that the
caller knows.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
import psycopg

from tetra.errors import DataError

_HEADER_BYTES = 19
_TRAILER_BYTES = 2

StructuredArray = npt.NDArray[np.void]


def read_fixed_width(
    connection: psycopg.Connection[Any],
    copy_statement: LiteralString,
    parameters: Mapping[str, Any],
    *,
    integers: Sequence[str],
    floats: Sequence[str] = (),
) -> StructuredArray:
    """Return the rows of a ``copy (...) to stdout (format binary)`` statement.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    copy_statement : str
        Its columns are ``integers`` (each ``integer``), then ``floats`` (each ``double precision``), none null.
    parameters : mapping
        Bound by the driver.
    integers, floats : sequence of str
        Names for the columns.

    Returns
    -------
    structured ndarray of shape (n_rows,)
        Fields ``integers`` as int32 and ``floats`` as float64, in native byte order.

    Raises
    ------
    DataError
        If the stream is not made of such rows.
    """
    fields: list[tuple[str, str]] = [("field_count", ">i2")]
    for name in integers:
        fields += [(f"{name}_bytes", ">i4"), (name, ">i4")]
    for name in floats:
        fields += [(f"{name}_bytes", ">i4"), (name, ">f8")]
    wire = np.dtype(fields)
    body = _stream(connection, copy_statement, parameters, row_bytes=wire.itemsize)[_HEADER_BYTES:-_TRAILER_BYTES]
    if len(body) % wire.itemsize:
        raise DataError("a copied row is not of fixed width; turn nulls into NaN and cast in the statement")
    rows = np.frombuffer(body, dtype=wire)
    if not (rows["field_count"] == len(integers) + len(floats)).all():
        raise DataError(f"the statement does not give the columns {[*integers, *floats]}; correct it")
    native = np.empty(rows.size, dtype=[(name, "i4") for name in integers] + [(name, "f8") for name in floats])
    for name in (*integers, *floats):
        native[name] = rows[name]
    return native


def _stream(
    connection: psycopg.Connection[Any], copy_statement: LiteralString, parameters: Mapping[str, Any], *, row_bytes: int
) -> memoryview:
    """Return all bytes of a binary COPY.

    psycopg waits for each row anew; what has arrived already is taken straight from libpq, a third of the time. That is
    never the end, which psycopg wants to see itself: the trailer comes after a whole number of rows.
    """
    stream = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(copy_statement, parameters) as copy:
        for block in copy:
            size = stream.write(block)
            while size > 0 and (stream.tell() - _HEADER_BYTES) % row_bytes == 0:
                size, arrived = connection.pgconn.get_copy_data(1)
                stream.write(arrived)
    return stream.getbuffer()
