"""One at a time: work of several transactions that must not run twice side by side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg


@contextmanager
def alone(connection: psycopg.Connection[Any], name: str) -> Iterator[None]:
    """Hold the lock of this name on a connection that commits each statement; another holder is waited for.

    A session's lock, not a transaction's: a transaction that waits for one has its snapshot already, and would work on
    what it saw before. The server releases it when the connection ends, however that happens.

    Parameters
    ----------
    connection : psycopg.Connection
        With no transaction open.
    name : str
        What is worked on.
    """
    was_autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [f"alone: {name}"])
    try:
        yield
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [f"alone: {name}"])
            connection.autocommit = was_autocommit
