"""One table of records, read role by role; a row with a field that cannot be read is set aside with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from tetra.sources.file_columns import as_json, read_days, read_moments, read_numbers
from tetra.sources.file_data_sets import DataSet
from tetra.sources.file_parquet import ENDINGS as PARQUET_ENDINGS
from tetra.sources.file_parquet import read_parquet
from tetra.sources.file_reading import ALWAYS_MISSING, BadRow, find_column
from tetra.sources.file_rows import read_rows
from tetra.typing import BoolArray

_NO_VALUE = frozenset({"nan", "nat", "na", "n/a", "null", "none"})
"""Words for no number and no date; a headline or ticker may well be one of them."""


class RecordTable:
    """Records of one table, a list per role.

    Parameters
    ----------
    content : bytes
        Separated values, or Parquet where the file's name says so.
    data_set : DataSet
        Whose file it is.
    where : str
        The file, for messages.
    ticker : str
        What its name says, where files are named by ticker; stands for a column of symbols.

    Attributes
    ----------
    size : int
        How many rows there are.
    reasons : dict of int to str
        Per row that is no record, why.
    left_out : set of int
        Rows that nobody asked for, readable or not.
    row_days : sequence of date or None
        The day of each row, where the kind of records has found one.

    Raises
    ------
    SourceError
        If it is empty, damaged, not text, or lacks a column of its layout.
    """

    def __init__(self, content: bytes, data_set: DataSet, *, where: str, ticker: str = "") -> None:
        self.data_set = data_set
        if where.endswith(PARQUET_ENDINGS):
            frame, self.unread = read_parquet(content, where), list[BadRow]()
            self.labels = [f"row {position}" for position in range(len(frame))]
        else:
            frame, self.unread = read_rows(content, data_set.layout, where)
            self.labels = [f"line {line}" for line in frame.index]
        self.size = len(frame)
        frame = frame.reset_index(drop=True)
        layout = data_set.layout
        self._columns = {role: find_column(frame, layout, role, where, ticker) for role in layout.columns}
        constants = {"symbol": ticker, "symbols": ticker} if ticker else {}
        for role, value in {**constants, **data_set.constants}.items():
            self._columns.setdefault(role, pd.Series([value] * self.size, dtype=object))
        self.reasons: dict[int, str] = {}
        self.left_out: set[int] = set()
        self.row_days: Sequence[date | None] = [None] * self.size

    def has(self, role: str) -> bool:
        """Return whether there is anything in a role."""
        return role in self._columns

    def set_aside(self, row: int, reason: str) -> None:
        """Give the reason why a row is no record; the first one stays."""
        self.reasons.setdefault(row, reason)

    def texts(self, role: str, *, required: bool = False) -> list[str | None]:
        """Return trimmed texts, None where the field is blank; rows without a required one are set aside."""
        if not self.has(role):
            return [None] * self.size
        missing = {"", *ALWAYS_MISSING, *self.data_set.layout.missing}
        texts: list[str | None] = []
        for row, value in enumerate(self._columns[role].tolist()):
            text = "" if as_json(value) is None else str(value).strip()
            texts.append(None if text in missing else text)
            if required and texts[-1] is None:
                self.set_aside(row, f"it has no {role}")
        return texts

    def lists(self, role: str) -> list[tuple[str, ...]]:
        """Return the texts of fields that hold several, in their order."""
        if not self.has(role):
            return [()] * self.size
        separator = self.data_set.layout.list_separator
        lists: list[tuple[str, ...]] = []
        for value, text in zip(self._columns[role].tolist(), self.texts(role), strict=True):
            parts = (
                [str(one) for one in value] if isinstance(value, list | np.ndarray) else (text or "").split(separator)
            )
            lists.append(tuple(part.strip() for part in parts if part.strip()))
        return lists

    def numbers(self, role: str) -> list[float | None]:
        """Return numbers, None where the field is blank; rows with something else are set aside."""
        if not self.has(role):
            return [None] * self.size
        values, is_bad = read_numbers(self._plain_column(role))
        self._set_aside(role, is_bad, "is not a number")
        return [None if np.isnan(value) else value for value in values.tolist()]

    def days(self, role: str, *, required: bool = False) -> list[date | None]:
        """Return days, None where the field is blank; rows with something else are set aside."""
        if not self.has(role):
            return [None] * self.size
        column = self._plain_column(role)
        days, readable = read_days(column, self.data_set.layout)
        self._set_aside(role, ~readable & column.notna().to_numpy(), "is not a date of the layout")
        if required:
            self._set_aside(role, ~readable, "is not a date of the layout")
        found: list[date | None] = days.tolist()
        return found

    def moments(self, role: str) -> tuple[list[datetime | None], list[date | None]]:
        """Return moments in UTC and their local days; rows with something else are set aside.

        A moment written as midnight without an offset is a mere day: its moment is None. Both are where it is blank.
        """
        if not self.has(role):
            return [None] * self.size, [None] * self.size
        column = self._plain_column(role)
        zone = self.data_set.layout.timezone or "UTC"
        read = read_moments(column, self.data_set.layout, zone)
        self._set_aside(role, read.in_clock_change, f"is skipped or shown twice by clocks of {zone}; give an offset")
        self._set_aside(role, ~read.readable & column.notna().to_numpy(), "is not a moment of the layout")
        moments: list[datetime | None] = []
        for instant, has_offset in zip(read.instants.tolist(), read.has_offset.tolist(), strict=True):
            moment = None if instant is None else instant.replace(tzinfo=UTC)
            day_only = moment and not has_offset and moment.astimezone(ZoneInfo(zone)).time() == time.min
            moments.append(None if day_only else moment)
        return moments, read.days.tolist()

    def bad_rows(self) -> list[BadRow]:
        """Return what could not be read, but for rows left out because nobody asked for them."""
        bad = list(self.unread)
        for row, reason in sorted(self.reasons.items()):
            if row not in self.left_out:
                record = {role: as_json(column.iloc[row]) for role, column in self._columns.items()}
                bad.append(BadRow(np.datetime64(self.row_days[row], "D"), self.labels[row], reason, record))
        return bad

    def _set_aside(self, role: str, is_bad: BoolArray, problem: str) -> None:
        for row in np.flatnonzero(is_bad).tolist():
            self.set_aside(row, f"{role} {as_json(self._columns[role].iloc[row])!r} {problem}")

    def _plain_column(self, role: str) -> pd.Series[Any]:
        """Return a column of numbers or moments as typed, of texts with None where the field is blank."""
        column = self._columns[role]
        if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column.dtype):
            return column
        texts = [None if text is None or text.lower() in _NO_VALUE else text for text in self.texts(role)]
        return pd.Series(texts, dtype=object)
