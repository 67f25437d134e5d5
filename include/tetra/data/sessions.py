"""Which sessions have landed."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from tetra.data.statements import statement
from tetra.errors import DataError


def require_landed(connection: psycopg.Connection[Any], as_of: date) -> None:
    """Raise unless a daily bar of the as-of session is landed: nothing may be computed as of a day nobody has seen.

    Parameters
    ----------
    connection : psycopg.Connection
        Any role that reads ``market_data``.
    as_of : date
        The session.

    Raises
    ------
    DataError
        Naming the last session that has landed.
    """
    row = connection.execute(statement("select_last_landed_session"), {"as_of": as_of}).fetchone()
    is_landed, last = row if row is not None else (None, None)
    if last is None:
        raise DataError("no daily bar is landed yet; run data_pipeline first")
    if not is_landed:
        raise DataError(
            f"no daily bar of {as_of} is landed (the last session landed is {last}); "
            "give a session that is, or bring it in with data_pipeline"
        )


def last_landed(connection: psycopg.Connection[Any]) -> date:
    """Return the newest session that has a daily bar.

    Raises
    ------
    DataError
        If nothing is landed.
    """
    last = newest_held(connection)
    if last is None:
        raise DataError("no daily bar is landed yet; run data_pipeline first")
    return last


def newest_held(connection: psycopg.Connection[Any]) -> date | None:
    """Return the newest session that has a daily bar, None where nothing is landed."""
    row = connection.execute(statement("select_last_landed_session"), {"as_of": date.max}).fetchone()
    return None if row is None else row[1]
