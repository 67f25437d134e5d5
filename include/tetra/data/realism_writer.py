"""Writes realism cards, each over the one of its as-of date and family, in one transaction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from tetra.data.bulk import Column, copy_columns
from tetra.scenarios.families import FamilyCard


def stored_card_hashes(connection: psycopg.Connection[Any], *, as_of: date) -> dict[str, str]:
    """Return the input hash per family of the cards stored of an as-of date."""
    query = "select distinct scenario_family, input_hash from scenarios.realism where as_of = %s"
    return dict(connection.execute(query, [as_of]).fetchall())


def moments_off(connection: psycopg.Connection[Any], *, as_of: date) -> dict[str, tuple[str, ...]]:
    """Return the moments that are WARN on the cards of an as-of date, by family."""
    query = (
        "select scenario_family, array_agg(moment order by moment) from scenarios.realism"
        " where as_of = %s and status = 'WARN' group by scenario_family order by scenario_family"
    )
    return {family: tuple(moments) for family, moments in connection.execute(query, [as_of])}


def replace_cards(
    connection: psycopg.Connection[Any], cards: Sequence[FamilyCard], *, as_of: date, gone: Sequence[str] = ()
) -> int:
    """Write cards over those of their as-of date and families, in one transaction; return the rows written.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    cards : sequence of FamilyCard
    as_of : date
    gone : sequence of str
        Families that have no scenario any more, whose cards are deleted.
    """
    rows = [(card, moment) for card in cards for moment in card.moments]
    with connection.transaction():
        connection.execute(
            "delete from scenarios.realism where as_of = %s and scenario_family = any(%s)",
            [as_of, [*gone, *(card.family for card in cards)]],
        )
        if not rows:
            return 0
        return copy_columns(
            connection,
            table=("scenarios", "realism"),
            columns=[
                Column("as_of", "date", [as_of] * len(rows)),
                Column("scenario_family", "text", [card.family for card, _ in rows]),
                Column("moment", "text", [moment.name for _, moment in rows]),
                Column("status", "text", [moment.status for _, moment in rows]),
                Column("source_value", "float8", [_finite(moment.source) for _, moment in rows]),
                Column("observed", "float8", [_finite(moment.observed) for _, moment in rows]),
                Column("lower_bound", "float8", [_finite(moment.lower) for _, moment in rows]),
                Column("upper_bound", "float8", [_finite(moment.upper) for _, moment in rows]),
                Column("input_hash", "text", [card.input_hash for card, _ in rows]),
            ],
        )


def ready_returns(connection: psycopg.Connection[Any], *, as_of: date) -> list[float | None]:
    """Return the expected return of every scenario of an as-of date that is ready, by name."""
    query = (
        "select expected_return from scenarios.definitions"
        " where as_of = %s and status = 'ready' and is_active order by scenario_name"
    )
    return [row[0] for row in connection.execute(query, [as_of])]


def _finite(value: float | None) -> float | None:
    """Return a number as it is stored: what could not be worked out does not exist."""
    return value if value is not None and math.isfinite(value) else None
