"""How the warehouse keeps its rows: ``storage.yaml`` read, checked and applied to the server there is.

Compression and continuous aggregates exist on TimescaleDB's community edition only; elsewhere the report says what was
not done. Applying twice changes nothing. When it fails, what was applied before stands, and it may be run again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from tetra.configuration import check_keys
from tetra.errors import SettingsError
from tetra.settings import load_yaml

log = logging.getLogger(__name__)

FILE = "storage.yaml"
TIME_COLUMNS = {
    "market_data.ohlcv": "ts",
    "quality.rejected_records": "rejected_at",
    "quality.task_reports": "reported_at",
}
"""Tables that may lose their oldest rows, and the column that says how old a row is."""

HYPERTABLES = ("market_data.ohlcv", "market_data.split_adjusted_bars")
COMPRESSED_TABLE = "market_data.ohlcv"
"""Not ``split_adjusted_bars``: every split rewrites the whole history of a symbol there."""


@dataclass(frozen=True)
class StorageSettings:
    """What ``storage.yaml`` says.

    Parameters
    ----------
    compress_after : timedelta or None
        Age from which bars are compressed; None for never.
    keep : mapping of str to timedelta or None
        Per table of :data:`TIME_COLUMNS` how long rows are kept; None for ever.
    archive_url : str or None
        Where to archive to unless told otherwise.
    """

    compress_after: timedelta | None
    keep: Mapping[str, timedelta | None]
    archive_url: str | None


@dataclass(frozen=True)
class StorageReport:
    """What applying the settings did.

    Parameters
    ----------
    edition : str
        ``none`` (plain PostgreSQL), ``apache`` or ``timescale``.
    rollups : mapping of str to str
        Kind of each rollup.
    compression : str
        What was done, or why nothing was.
    retention : mapping of str to str
        The same per table.
    deleted : int
        Rows that retention deleted, where the server counts them: a dropped chunk counts as none.
    """

    edition: str
    rollups: Mapping[str, str]
    compression: str
    retention: Mapping[str, str]
    deleted: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {**vars(self), "rollups": dict(self.rollups), "retention": dict(self.retention)}


def load_settings() -> StorageSettings:
    """Return ``storage.yaml``, checked.

    Raises
    ------
    SettingsError
        If a key is unknown or missing, a number of days is not a positive whole number, or the URL is not text.
    """
    content = load_yaml(FILE)
    check_keys(FILE, content, required={"compress_after_days", "keep_days", "archive_url"})
    check_keys(f"{FILE}, keep_days", content["keep_days"], required=TIME_COLUMNS)
    url = content["archive_url"]
    if url is not None and not (isinstance(url, str) and url.strip()):
        raise SettingsError(f"{FILE}, archive_url: {url!r} is no folder or URL; write one, or null")
    return StorageSettings(
        compress_after=_days(f"{FILE}, compress_after_days", content["compress_after_days"]),
        keep={table: _days(f"{FILE}, keep_days, {table}", days) for table, days in content["keep_days"].items()},
        archive_url=url,
    )


def _days(where: str, value: Any) -> timedelta | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise SettingsError(f"{where}: {value!r} is no number of days; write a whole number from 1, or null for never")
    return timedelta(days=value)


def apply(connection: psycopg.Connection[Any], settings: StorageSettings, *, dry_run: bool) -> StorageReport:
    """Bring the server in step with the settings, and what is made for its edition with the edition.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_owner``, with no transaction open.
    settings : StorageSettings
        From :func:`load_settings`.
    dry_run : bool
        Whether retention only counts what it would delete. Compression loses nothing and is applied all the same.

    Returns
    -------
    StorageReport
        What was done, and what was not and why.
    """
    with connection.transaction():
        (edition,) = connection.execute("select timescale.edition()").fetchone() or ("none",)
        for table in HYPERTABLES:
            connection.execute("select timescale.ensure_hypertable(%s::regclass, 'ts')", [table])
        rollups = dict(connection.execute("select rollup_name, kind from market_data.ensure_rollups()").fetchall())
        compression = _compress(connection, edition, settings.compress_after)
    retention, deleted = {}, 0
    for table, keep in settings.keep.items():
        retention[table], rows = _retain(connection, table, keep, dry_run=dry_run)
        deleted += rows
    report = StorageReport(edition, rollups, compression, retention, deleted)
    log.info("storage: %s", report)
    return report


def _compress(connection: psycopg.Connection[Any], edition: str, after: timedelta | None) -> str:
    (can,) = connection.execute(
        "select timescale.apply_compression(%s::regclass, 'symbol, timeframe', 'ts', %s)", [COMPRESSED_TABLE, after]
    ).fetchone() or (False,)
    if not can:
        return f"not applied: the server's edition of TimescaleDB is {edition!r}, compression needs 'timescale'"
    if after is None:
        return f"{COMPRESSED_TABLE} is compressed no further"
    return f"{COMPRESSED_TABLE} is compressed after {after.days} days"


def _retain(
    connection: psycopg.Connection[Any], table: str, keep: timedelta | None, *, dry_run: bool
) -> tuple[str, int]:
    """Delete rows of a table that are too old, in one transaction; return what was done and the rows counted."""
    if keep is None:
        return "kept for ever", 0
    column = TIME_COLUMNS[table]
    with connection.transaction():
        (old,) = connection.execute(
            sql.SQL("select count(*) from {} where {} < now() - %s").format(
                sql.Identifier(*table.split(".")), sql.Identifier(column)
            ),
            [keep],
        ).fetchone() or (0,)
        call = sql.SQL("select timescale.apply_retention({}::regclass, {}, {})").format(table, column, keep)
        text = call.as_string(connection)
        if dry_run:
            log.info("dry run, would execute: %s", text)
            return f"dry run: {old} rows are older than {keep.days} days", 0
        log.info("executing: %s", text)
        (answer,) = connection.execute(call).fetchone() or ("",)
    # "deleted 5 rows"; "dropped 2 chunks" says nothing of rows
    return answer, int(answer.split()[1]) if answer.startswith("deleted") else 0
