"""From the bytes of one file to columns of numbers of one symbol: parsed, and what cannot be read set aside.

A file that is no such table at all (cut off while it was downloaded, another layout, an error page) is a
``SourceError`` that names it. A row that cannot be read is set aside, and the rest of the file goes on.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import numpy as np
import pandas as pd

from tetra.errors import SourceError
from tetra.sources.base import RecordValue
from tetra.sources.file_columns import as_json, read_days, read_moments, read_numbers
from tetra.sources.file_parquet import ENDINGS as PARQUET_ENDINGS
from tetra.sources.file_parquet import read_parquet
from tetra.sources.file_unpacking import AGAIN
from tetra.sources.layouts import DATE_ROLES, Layout
from tetra.typing import BoolArray, DateArray, InstantArray

ALWAYS_MISSING = (".",)  # FRED's word


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
    opened_at : ndarray of datetime64[us], shape (n_rows,), optional
        Of hourly files the moments of the dates, in UTC.
    """

    dates: DateArray
    columns: dict[str, Any]
    bad_rows: list[BadRow] = field(default_factory=list)
    opened_at: InstantArray | None = None


def parse(content: bytes, layout: Layout, *, where: str, ticker: str, hourly: bool = False) -> FileTable:
    """Return the columns of a file's content.

    Parameters
    ----------
    content : bytes
        Separated values, or Parquet where the file's name says so.
    layout : Layout
        How they are written.
    where : str
        The file, for messages.
    ticker : str
        Stands in for ``{symbol}`` in names of columns.
    hourly : bool
        Whether dates have a time of day that counts.

    Raises
    ------
    SourceError
        If the file is empty, not text, not a table, or lacks a column of the layout.
    """
    table, bad_rows = _table(content, layout, where)
    found = {role: find_column(table, layout, role, where, ticker) for role in layout.columns}
    reasons: list[_Reason] = []
    opened_at: InstantArray | None = None
    if hourly:
        moments = read_moments(found["date"], layout, layout.timezone or "UTC")
        dates, readable, opened_at = moments.days, moments.readable, moments.instants
        problem = f"is skipped or shown twice by clocks of {layout.timezone}; write it with an offset"
        reasons.append(("date", problem, moments.in_clock_change))
    else:
        dates, readable = read_days(found["date"], layout)
    reasons.append(("date", "is not a date of the layout", ~readable))
    columns = _values(found, layout, reasons)
    instants = dates if opened_at is None else opened_at.astype("datetime64[m]")
    labels = np.where(readable, instants.astype(str), found["date"].astype(str)) if _any(reasons) else instants
    kept = _without_bad(found, dates, labels, reasons, bad_rows)
    if kept.all():
        return FileTable(dates, columns, bad_rows, opened_at)
    columns = {role: values[kept] for role, values in columns.items()}
    return FileTable(dates[kept], columns, bad_rows, None if opened_at is None else opened_at[kept])


_Reason: TypeAlias = tuple[str, str, BoolArray]
"""Role, what is wrong with its field, and where."""


def _any(reasons: list[_Reason]) -> bool:
    return any(is_bad.any() for _, _, is_bad in reasons)


def _values(found: Mapping[str, pd.Series[Any]], layout: Layout, reasons: list[_Reason]) -> dict[str, Any]:
    """Return values per role but the date's, and add what is wrong with fields to the reasons."""
    columns: dict[str, Any] = {}
    for role, texts in found.items():
        if role == "released_on":
            columns[role], is_date = read_days(texts, layout)
            reasons.append((role, "is not a date of the layout", ~is_date & texts.notna().to_numpy()))
        elif role != "date":
            columns[role], is_bad = read_numbers(texts)
            reasons.append((role, "is not a number", is_bad))
    return columns


def _without_bad(
    found: Mapping[str, pd.Series[Any]], dates: DateArray, labels: Any, reasons: list[_Reason], bad_rows: list[BadRow]
) -> BoolArray:
    """Return which rows are sound, and add the others to the bad ones, each with its first reason."""
    kept = np.ones(dates.size, dtype=bool)
    for role, problem, is_bad in reasons:
        for row in np.flatnonzero(is_bad & kept).tolist():
            record = {name: as_json(value.iloc[row]) for name, value in found.items()}
            bad_rows.append(BadRow(dates[row], str(labels[row]), f"{role} {record[role]!r} {problem}", record))
        kept &= ~is_bad
    return kept


def _table(content: bytes, layout: Layout, where: str) -> tuple[pd.DataFrame, list[BadRow]]:
    if where.endswith(PARQUET_ENDINGS):
        return read_parquet(content, where), []
    content, bad_rows = _without_cut_end(content, layout)
    try:
        table = _read(content, layout)
    except pd.errors.ParserError:
        content, ragged = _without_ragged_rows(content, layout, where)
        bad_rows += ragged
        table = _read(content, layout)
    except pd.errors.EmptyDataError as error:
        raise SourceError(f"{where} is empty; {AGAIN}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{where} is not {layout.encoding.upper()} text ({error}); {AGAIN}") from error
    if not isinstance(table.index, pd.RangeIndex):
        raise SourceError(f"{where}: rows have more fields than the header; correct the file or its layout")
    return table, bad_rows


def _read(content: bytes, layout: Layout) -> pd.DataFrame:
    date_columns = {one: str for role in DATE_ROLES for one in layout.columns.get(role, ())}
    names = {key: kind for key, kind in date_columns.items() if isinstance(key, str) or not layout.header}
    return pd.read_csv(
        io.BytesIO(content),
        sep=layout.separator,
        header=0 if layout.header else None,
        dtype=cast(Any, names),
        na_values=[*ALWAYS_MISSING, *layout.missing],
        low_memory=False,
        encoding=layout.encoding,
    )


def find_column(table: pd.DataFrame, layout: Layout, role: str, where: str, ticker: str) -> pd.Series[Any]:
    """Return the column that plays a role, the mean of several where the layout says so.

    Raises
    ------
    SourceError
        If the table has none; the message says what it has.
    """
    columns: list[pd.Series[Any]] = []
    for choice in layout.columns[role]:
        name = choice.replace("{symbol}", ticker) if isinstance(choice, str) else choice
        if isinstance(name, int) and name < len(table.columns):
            columns.append(table.iloc[:, name])
        elif isinstance(name, str) and name in table.columns:
            columns.append(table[name])
    if role in layout.means and len(columns) == len(layout.columns[role]):
        return _mean(columns)
    if columns and role not in layout.means:
        return columns[0]
    between = " and " if role in layout.means else " or "
    wanted = between.join(repr(choice) for choice in layout.columns[role])
    has = ", ".join(str(name)[:40] for name in list(table.columns)[:12])
    raise SourceError(
        f"{where} has no column {wanted} for {role!r} (layout {layout.name!r}); it has {has}: correct the file, "
        "or the layout in sources.yaml"
    )


def _mean(columns: list[pd.Series[Any]]) -> pd.Series[Any]:
    """Return the mean of columns per row; what is not a number in one of them stays, to be told as such."""
    read = [read_numbers(column) for column in columns]
    mean = pd.Series(np.mean([values for values, _ in read], axis=0))
    if not any(is_bad.any() for _, is_bad in read):
        return mean
    mean = mean.astype(object)
    for column, (_, is_bad) in zip(columns, read, strict=True):
        mean[is_bad] = column.to_numpy(dtype=object)[is_bad]
    return mean


def _without_cut_end(content: bytes, layout: Layout) -> tuple[bytes, list[BadRow]]:
    """Take off a last line that ends before its last field: how a download breaks off."""
    separator = layout.separator.encode()
    if content.endswith((b"\n", b"\r")) or b"\n" not in content:
        return content, []
    rest, _, last = content.rpartition(b"\n")
    first = content[: content.index(b"\n")]
    if b'"' in last or last.count(separator) >= first.count(separator):
        return content, []
    text = last.decode(layout.encoding, "replace")
    return rest + b"\n", [unread(text.split(layout.separator), rest.count(b"\n") + 2, "the line is cut off")]


def _without_ragged_rows(content: bytes, layout: Layout, where: str) -> tuple[bytes, list[BadRow]]:
    try:
        encoding = "utf-8-sig" if layout.encoding == "utf-8" else layout.encoding
        rows = list(csv.reader(io.StringIO(content.decode(encoding)), delimiter=layout.separator))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceError(f"{where} is not a table of separated values ({error}); {AGAIN}") from error
    width = len(rows[0])
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=layout.separator).writerows(row for row in rows if len(row) <= width)
    reason = f"the row has more than the {width} fields of the first line"
    bad = [unread(row, line, reason) for line, row in enumerate(rows, start=1) if len(row) > width]
    return buffer.getvalue().encode(layout.encoding), bad


def unread(fields: list[str], line: int, reason: str) -> BadRow:
    """Return a row that cannot even be told into columns."""
    record: dict[str, RecordValue] = {str(position): text for position, text in enumerate(fields)}
    return BadRow(np.datetime64("NaT"), f"line {line}: {fields[0][:40] if fields else ''}", reason, record)
