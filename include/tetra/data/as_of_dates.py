"""Which as-of dates there is something for."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from tetra.errors import EmptyBatchError


def newest_with_scenarios(connection: psycopg.Connection[Any]) -> date:
    """Return the greatest as-of date that has a scenario which can be backtested.

    Raises
    ------
    EmptyBatchError
        If there is none yet.
    """
    with connection.transaction():
        row = connection.execute(
            "select max(as_of) from scenarios.definitions where status = 'ready' and is_active"
        ).fetchone()
    if row is None or row[0] is None:
        raise EmptyBatchError("no scenario is ready yet, so there is no as-of date; start with `make run`")
    newest: date = row[0]
    return newest
