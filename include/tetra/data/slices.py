"""What the slices of all tables share. Per subject one module reads them: ``slices_bars``, ``slices_macro``, and so on.

A slice is a frame with the columns that its suite looks at, judged by ``great_expectations/``; nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import psycopg
from psycopg.rows import dict_row

from tetra.calendars import STOCK_CALENDAR, day_after_previous_session
from tetra.data.statements import statement

Loaded = tuple[pd.DataFrame, dict[str, Any]]
"""A slice, and what its suite compares it with."""


@dataclass(frozen=True)
class Span:
    """What a run is answerable for.

    Parameters
    ----------
    start, end : date
        First and last day, both included.
    symbols : tuple of str, optional
        Instruments that the run was for; default all. Only slices of bars know the difference.
    """

    start: date
    end: date
    symbols: tuple[str, ...] | None = None

    @property
    def first_day(self) -> date:
        """The closed days before the first session belong to the slice, for what happens on any day."""
        return day_after_previous_session(STOCK_CALENDAR, self.start)


def select_frame(
    connection: psycopg.Connection[Any],
    name: str,
    parameters: Mapping[str, Any],
    *,
    columns: Sequence[str],
    dates: Sequence[str] = (),
    numbers: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the rows of a statement of ``include/sql``.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    name : str
        Of the statement.
    parameters : mapping
        Bound by the driver.
    columns : sequence of str
        As the statement gives them; an empty frame has them too.
    dates, numbers : sequence of str
        Columns of dates, and of numbers that may be null.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(statement(name), parameters).fetchall()
    frame = pd.DataFrame(rows, columns=list(columns))
    for column in dates:
        frame[column] = frame[column].astype("datetime64[s]")
    for column in numbers:
        frame[column] = frame[column].astype(float)
    return frame


def midnight(day: date) -> datetime:
    """Return 00:00 UTC of a day, as daily bars are keyed."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
