"""Runs over the landed market, and what they have stored: rows, checksums and row versions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from tests.tetra.scenarios.landed_market import AS_OF

from tetra.scenarios.report import GenerationReport
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate

Connection = psycopg.Connection[Any]
WHY_NO_SQUEEZE = "required symbol GME has 0 of the window's 43 sessions, 95% needed; affected and not in: GME, AMC"
EPISODES_AND_PATHS = ("historical", "stochastic")


def run(connection: Connection, *, seed: int = 7, types: Sequence[str] = EPISODES_AND_PATHS) -> GenerationReport:
    """Generate the catalogue's scenarios as of the last landed session."""
    return generate(connection, as_of=AS_OF, seed=seed, request=GenerationRequest(types=tuple(types)))


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    """What a query of the as-of date answers."""
    with connection.transaction():
        return connection.execute(query, {"as_of": AS_OF}).fetchall()


def checksum(connection: Connection) -> list[tuple[Any, ...]]:
    """A hash of each stored path."""
    return rows(
        connection,
        "select scenario_name, symbol, md5(row(open, high, low, close, volume)::text) from scenarios.paths"
        " where as_of = %(as_of)s order by 1, 2",
    )


def generated_at(connection: Connection) -> dict[str, datetime]:
    """When each scenario was stored."""
    found = rows(connection, "select scenario_name, generated_at from scenarios.definitions where as_of = %(as_of)s")
    return dict(found)


EVERYTHING = "definitions", "symbols", "paths", "validations", "realism"


def versions(connection: Connection) -> list[tuple[Any, ...]]:
    """Row versions of every table: any write of a row, even of the same values, makes another."""
    parts = [
        f"select '{table}', ctid::text, xmin::text from scenarios.{table} where as_of = %(as_of)s"
        for table in EVERYTHING
    ]
    return rows(connection, " union all ".join(parts) + " order by 1, 2")


def contents(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Everything stored but for the time of storing."""
    return {
        table: rows(
            connection,
            f"select to_jsonb(kept) - 'generated_at' as content from scenarios.{table} as kept"
            " where as_of = %(as_of)s order by (to_jsonb(kept) - 'generated_at')::text",
        )
        for table in EVERYTHING
    }
