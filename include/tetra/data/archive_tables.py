"""What may be archived: tables whose old rows stand by themselves, and how they are cut into partitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from psycopg import sql

from tetra.errors import DataError, unknown_value


@dataclass(frozen=True)
class Child:
    """A table whose rows belong to rows of another and leave with them.

    Parameters
    ----------
    table : str
        Schema and name.
    key : tuple of str
        Columns that tell its rows apart.
    parent_key : str
        Column that names the row of the other table, called the same there.
    """

    table: str
    key: tuple[str, ...]
    parent_key: str


@dataclass(frozen=True)
class Archivable:
    """A table that may be archived.

    Parameters
    ----------
    table : str
        Schema and name.
    key : tuple of str
        Columns that tell its rows apart.
    time_column : str
        Decides how old a row is.
    is_instant : bool
        Whether that column is a ``timestamptz`` (its UTC day counts) rather than a ``date``.
    by_day : bool
        Whether each day is a partition rather than each year: a session's research is larger than a year of bars.
    split_by : str or None
        Column whose values are partitions of their own.
    children : tuple of Child
        Tables whose rows go with it.
    """

    table: str
    key: tuple[str, ...]
    time_column: str
    is_instant: bool = False
    by_day: bool = False
    split_by: str | None = None
    children: tuple[Child, ...] = ()


@dataclass(frozen=True)
class Partition:
    """The rows of a table between two days.

    Parameters
    ----------
    values : mapping of str to str
        Names of the folders, ``{"timeframe": "1h", "year": "2015"}``.
    start, end : date
        First day, and the first day after it.
    split_value : str or None
        Value of the table's ``split_by``.
    """

    values: Mapping[str, str]
    start: date
    end: date
    split_value: str | None = None

    @property
    def folder(self) -> str:
        """Return the folder below the table's, ``timeframe=1h/year=2015``."""
        return "/".join(f"{name}={value}" for name, value in self.values.items())


ARCHIVABLE: Mapping[str, Archivable] = {
    entry.table: entry
    for entry in (
        Archivable(
            "market_data.ohlcv",
            key=("symbol", "timeframe", "ts"),
            time_column="ts",
            is_instant=True,
            split_by="timeframe",
        ),
        Archivable(
            "news.articles",
            key=("article_id",),
            time_column="published_on",
            children=(
                Child("news.mentions", ("article_id", "symbol"), "article_id"),
                Child("news.sentiment", ("article_id", "symbol", "scorer"), "article_id"),
            ),
        ),
        Archivable("scenarios.paths", ("as_of", "scenario_name", "symbol"), "as_of", by_day=True),
        Archivable("backtest.results", ("as_of", "scenario_name", "strategy_name", "symbol"), "as_of", by_day=True),
        Archivable(
            "backtest.equity_curves", ("as_of", "scenario_name", "strategy_name", "symbol"), "as_of", by_day=True
        ),
        Archivable(
            "backtest.trades",
            ("as_of", "scenario_name", "strategy_name", "symbol", "trade_number"),
            "as_of",
            by_day=True,
        ),
    )
}
"""By name; what decides later results (actions, macro releases, trials, rankings) is never archived."""


def find(table: str) -> Archivable:
    """Return the description of an archivable table.

    Raises
    ------
    DataError
        If the table may not be archived.
    """
    if table not in ARCHIVABLE:
        raise DataError(unknown_value("archivable table", table, ARCHIVABLE))
    return ARCHIVABLE[table]


def instant_or_day(entry: Archivable, day: date) -> date | datetime:
    """Return a day as a value to compare the time column with, whatever the session's time zone."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if entry.is_instant else day


def rows_of(entry: Archivable, partition: Partition) -> sql.Composed:
    """Return the condition on the table's rows in a partition."""
    column = sql.Identifier(entry.time_column)
    condition = sql.SQL("{0} >= {1} and {0} < {2}").format(
        column,
        sql.Literal(instant_or_day(entry, partition.start)),
        sql.Literal(instant_or_day(entry, partition.end)),
    )
    if entry.split_by is None:
        return condition
    return sql.SQL("{} = {} and ").format(sql.Identifier(entry.split_by), partition.split_value) + condition


def child_rows_of(entry: Archivable, child: Child, partition: Partition) -> sql.Composed:
    """Return the condition on the child's rows in a partition."""
    return sql.SQL("{0} in (select {0} from {1} where {2})").format(
        sql.Identifier(child.parent_key), table_name(entry.table), rows_of(entry, partition)
    )


def table_name(table: str) -> sql.Identifier:
    """Return ``schema.name`` quoted for a statement."""
    return sql.Identifier(*table.split("."))
