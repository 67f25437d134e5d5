"""From the bytes of one file to columns of numbers: decompressed, parsed, and what cannot be read set aside.

A file that is no such table at all (cut off while it was downloaded, another layout, an error page) is a
``SourceError`` that names it. A row that cannot be read is set aside, and the rest of the file goes on.
"""

from __future__ import annotations

import csv
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd

from tetra.errors import SourceError
from tetra.sources.base import RecordValue
from tetra.sources.layouts import Layout
from tetra.typing import BoolArray, DateArray, FloatArray

_AGAIN = "fetch the file again, or remove it"
_OFFSET = r"(?:[+-]\d\d:?\d\d|Z)$"
_ALWAYS_MISSING = (".",)  # FRED's word


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be read.

    Parameters
    ----------
    day : datetime64[D]
        NaT where not even its date can be read.
    label : str
        Its date as written, or its line.
    reason : str
        What is wrong.
    record : mapping
        Its fields as written.
    """

    day: np.datetime64
    label: str
    reason: str
    record: Mapping[str, RecordValue]


@dataclass
class FileTable:
    """What one file holds.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (n_rows,)
        Exchange-local, in the order of the file.
    columns : dict of str to ndarray of shape (n_rows,)
        Per role of the layout, as written; NaN where the field is blank. ``released_on`` is datetime64[D].
    bad_rows : list of BadRow
        Not among the others.
    """

    dates: DateArray
    columns: dict[str, Any]
    bad_rows: list[BadRow] = field(default_factory=list)


def unpack(raw: bytes, where: str) -> bytes:
    """Return the content of a file, decompressed as its name's ending says (xz, gz, zip; else as it is).

    Raises
    ------
    SourceError
        If it is cut off or damaged, or a zip holds other than one file.
    """
    try:
        if where.endswith(".xz"):
            return lzma.decompress(raw)
        if where.endswith(".gz"):
            return gzip.decompress(raw)
        if where.endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                members = [name for name in archive.namelist() if not name.endswith("/")]
                if len(members) != 1:
                    raise SourceError(f"{where} holds {len(members)} files; give a zip with one file each")
                return archive.read(members[0])
    except (lzma.LZMAError, EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
        raise SourceError(f"{where} is cut off or damaged ({error}); {_AGAIN}") from error
    return raw


def parse(content: bytes, layout: Layout, *, where: str, ticker: str) -> FileTable:
    """Return the columns of a file's content.

    Parameters
    ----------
    content : bytes
        Separated values in UTF-8.
    layout : Layout
        How they are written.
    where : str
        The file, for messages.
    ticker : str
        Stands in for ``{symbol}`` in names of columns.

    Raises
    ------
    SourceError
        If the file is empty, not text, not a table, or lacks a column of the layout.
    """
    content, bad_rows = _without_cut_end(content, layout)
    try:
        table = _read(content, layout)
    except pd.errors.ParserError:
        content, ragged = _without_ragged_rows(content, layout, where)
        bad_rows += ragged
        table = _read(content, layout)
    except pd.errors.EmptyDataError as error:
        raise SourceError(f"{where} is empty; {_AGAIN}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{where} is not UTF-8 text ({error}); {_AGAIN}") from error
    if not isinstance(table.index, pd.RangeIndex):
        raise SourceError(f"{where}: rows have more fields than the header; correct the file or its layout")
    found = {role: _column(table, layout, role, where, ticker) for role in layout.columns}
    dates, readable = _dates(found["date"], layout)
    reasons: list[tuple[str, str, BoolArray]] = [("date", "is not a date of the layout", ~readable)]
    columns: dict[str, Any] = {}
    for role, texts in found.items():
        if role == "released_on":
            columns[role], is_date = _dates(texts, layout)
            reasons.append((role, "is not a date of the layout", ~is_date & texts.notna().to_numpy()))
        elif role != "date":
            columns[role], is_bad = _numbers(texts)
            reasons.append((role, "is not a number", is_bad))
    kept = np.ones(dates.size, dtype=bool)
    for role, problem, is_bad in reasons:
        for row in np.flatnonzero(is_bad & kept).tolist():
            record = {name: _json(value[row]) for name, value in found.items()}
            label = str(dates[row]) if readable[row] else str(found["date"][row])
            bad_rows.append(BadRow(dates[row], label, f"{role} {record[role]!r} {problem}", record))
        kept &= ~is_bad
    if kept.all():
        return FileTable(dates, columns, bad_rows)
    return FileTable(dates[kept], {role: values[kept] for role, values in columns.items()}, bad_rows)


def _read(content: bytes, layout: Layout) -> pd.DataFrame:
    date_columns = {one: str for role in ("date", "released_on") for one in layout.columns.get(role, ())}
    names = {key: kind for key, kind in date_columns.items() if isinstance(key, str) or not layout.header}
    return pd.read_csv(
        io.BytesIO(content),
        sep=layout.separator,
        header=0 if layout.header else None,
        dtype=cast(Any, names),
        na_values=[*_ALWAYS_MISSING, *layout.missing],
        low_memory=False,
    )


def _column(table: pd.DataFrame, layout: Layout, role: str, where: str, ticker: str) -> pd.Series[Any]:
    for choice in layout.columns[role]:
        if isinstance(choice, int):
            if choice < len(table.columns):
                return table.iloc[:, choice]
            continue
        name = choice.replace("{symbol}", ticker)
        if name in table.columns:
            return table[name]
    wanted = " or ".join(repr(choice) for choice in layout.columns[role])
    has = ", ".join(str(name)[:40] for name in list(table.columns)[:12])
    raise SourceError(
        f"{where} has no column {wanted} for {role!r} (layout {layout.name!r}); it has {has}: correct the file, "
        "or the layout in sources.yaml"
    )


def _dates(column: pd.Series[Any], layout: Layout) -> tuple[DateArray, BoolArray]:
    """Return exchange-local days, and which rows have one."""
    texts = column.astype(str)
    carries_offset = False
    if layout.date_format is None and len(texts):
        carries_offset = bool(texts.iloc[:1].str.contains(_OFFSET, regex=True).any())
    form = layout.date_format or "ISO8601"
    if carries_offset:
        moments = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        has_offset = texts.str.contains(_OFFSET, regex=True).to_numpy(dtype=bool)
        local = moments.dt.tz_convert(layout.timezone or "UTC").dt.tz_localize(None)
        days = local.to_numpy().astype("datetime64[D]")
        days[~has_offset] = np.datetime64("NaT")  # a lone date among moments cannot be told in a time zone
    else:
        days = pd.to_datetime(texts, format=form, errors="coerce").to_numpy().astype("datetime64[D]")
    return days, ~np.isnat(days)


def _numbers(column: pd.Series[Any]) -> tuple[FloatArray, BoolArray]:
    """Return numbers, NaN where the field is blank, and which rows hold something else."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype=np.float64), np.zeros(len(column), dtype=bool)
    numbers = pd.to_numeric(column.astype("object").where(column.notna(), None), errors="coerce")
    values = np.asarray(numbers, dtype=np.float64)
    return values, np.isnan(values) & column.notna().to_numpy()


def _without_cut_end(content: bytes, layout: Layout) -> tuple[bytes, list[BadRow]]:
    """Take off a last line that ends before its last field: how a download breaks off."""
    separator = layout.separator.encode()
    if content.endswith((b"\n", b"\r")) or b"\n" not in content:
        return content, []
    rest, _, last = content.rpartition(b"\n")
    first = content[: content.index(b"\n")]
    if b'"' in last or last.count(separator) >= first.count(separator):
        return content, []
    text = last.decode("utf-8", "replace")
    return rest + b"\n", [_unread(text.split(layout.separator), rest.count(b"\n") + 2, "the line is cut off")]


def _without_ragged_rows(content: bytes, layout: Layout, where: str) -> tuple[bytes, list[BadRow]]:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=layout.separator))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{where} is not a table of separated values ({error}); {_AGAIN}") from error
    width = len(rows[0])
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=layout.separator).writerows(row for row in rows if len(row) <= width)
    reason = f"the row has more than the {width} fields of the first line"
    bad = [_unread(row, line, reason) for line, row in enumerate(rows, start=1) if len(row) > width]
    return buffer.getvalue().encode(), bad


def _unread(fields: list[str], line: int, reason: str) -> BadRow:
    record: dict[str, RecordValue] = {str(position): text for position, text in enumerate(fields)}
    return BadRow(np.datetime64("NaT"), f"line {line}: {fields[0][:40] if fields else ''}", reason, record)


def _json(value: Any) -> RecordValue:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else str(value)
