"""Which as-of dates there is something for."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from tetra.errors import DataError, EmptyBatchError

SHOWN = 5
"""Dates that a message offers."""


def with_scenarios(connection: psycopg.Connection[Any], as_of: date | None) -> date:
    """Return an as-of date that has scenarios: the one given, or the greatest.

    Raises
    ------
    DataError
        If the one given has none; the message offers the newest that have.
    EmptyBatchError
        If there is none yet.
    """
    known = _with_scenarios(connection)
    if as_of is None or as_of in known:
        return as_of or known[0]
    offered = ", ".join(str(day) for day in known[:SHOWN])
    raise DataError(
        f"no scenario is ready as of {as_of}; choose one of {offered}, or make them with scenarios_pipeline"
    )


def _with_scenarios(connection: psycopg.Connection[Any]) -> list[date]:
    with connection.transaction():
        rows = connection.execute(
            "select distinct as_of from scenarios.definitions where status = 'ready' and is_active order by as_of desc"
        ).fetchall()
    if not rows:
        raise EmptyBatchError("no scenario is ready yet, so there is no as-of date; start with `make run`")
    return [row[0] for row in rows]
