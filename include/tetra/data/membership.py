"""Who was in an index on a day, which of them have prices, and what the names mean that a run is given.

Reads ``market_data.index_membership`` and ``ohlcv``; writes nothing. Prices are of the companies that somebody kept
files of, often those that are still there: :func:`members_without_prices` shows who is missing, so that a result on
"the index" is read as one on its survivors.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.statements import statement
from tetra.data.universe_types import Universe
from tetra.errors import DataError, unknown_value

log = logging.getLogger(__name__)

LONGEST_CLOSURE_DAYS = 10
"""More than New York was ever closed since 1960 (in September 2001, six days)."""


@dataclass(frozen=True)
class Member:
    """One member of an index on a day.

    Parameters
    ----------
    ticker : str
        As the source of the membership writes it.
    symbol : str or None
        The instrument; None where the universe has none.
    first_session, last_session : date or None
        Of its daily bars of any time; None where it has none.
    """

    ticker: str
    symbol: str | None
    first_session: date | None
    last_session: date | None

    def has_price_on(self, session: date) -> bool:
        """Return whether its daily bars span a session."""
        if self.first_session is None or self.last_session is None:
            return False
        return self.first_session <= session <= self.last_session


def members_on(connection: psycopg.Connection[Any], index_name: str, day: date) -> tuple[Member, ...]:
    """Return the members of an index on a day, by ticker.

    Returns
    -------
    tuple of Member
        Empty where no membership of that day has been landed.
    """
    rows = connection.execute(statement("select_index_members"), {"index_name": index_name, "day": day}).fetchall()
    return tuple(Member(*row) for row in rows)


def members_without_prices(connection: psycopg.Connection[Any], index_name: str, day: date) -> tuple[Member, ...]:
    """Return the members of an index on a day that have no daily bars around that day, by ticker.

    Parameters
    ----------
    connection : psycopg.Connection
    index_name : str
        As ``universe.yaml`` calls it.
    day : date
        Need not be a session: the last one before it counts then.

    Returns
    -------
    tuple of Member
        Those without an instrument, without a bar, and those whose bars begin later or ended before.

    Raises
    ------
    DataError
        If no membership of that day has been landed: an empty answer would say that none is missing.
    """
    session = sessions_between(STOCK_CALENDAR, day - timedelta(days=LONGEST_CLOSURE_DAYS), day)[-1].item()
    return tuple(member for member in _known_members(connection, index_name, day) if not member.has_price_on(session))


def expand_symbols(
    connection: psycopg.Connection[Any], universe: Universe, names: Iterable[str], on_date: date
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the instruments and macro series that names stand for.

    Parameters
    ----------
    connection : psycopg.Connection
    universe : Universe
        Whose names are known.
    names : iterable of str
        Each an instrument, a macro series, a group, or an index: its members on ``on_date`` that are instruments.
    on_date : date
        Viewpoint for indices.

    Returns
    -------
    tuple of str, tuple of str
        Symbols and series ids, each once, in the order of the universe.

    Raises
    ------
    DataError
        If a name is none of these (the nearest one is offered), or no membership of an index on that date is landed.
    """
    wanted: set[str] = set()
    for name in names:
        if name in universe.indices:
            members = _known_members(connection, name, on_date)
            symbols = {member.symbol for member in members if member.symbol in universe.instruments}
            log.info("%s on %s: %s of %s members are instruments", name, on_date, len(symbols), len(members))
            wanted |= {symbol for symbol in symbols if symbol is not None}
        elif name in universe.groups:
            wanted |= set(universe.groups[name])
        elif name in universe.instruments or name in universe.indicators:
            wanted.add(name)
        else:
            known = (*universe.instruments, *universe.indicators, *universe.groups, *universe.indices)
            raise DataError(f"{unknown_value('symbol, series, group or index', name, known)} (of universe.yaml)")
    return (
        tuple(symbol for symbol in universe.instruments if symbol in wanted),
        tuple(series_id for series_id in universe.indicators if series_id in wanted),
    )


def _known_members(connection: psycopg.Connection[Any], index_name: str, day: date) -> tuple[Member, ...]:
    members = members_on(connection, index_name, day)
    if not members:
        raise DataError(
            f"no membership of index {index_name!r} on {day} is landed; list a source under kinds.index_membership in "
            "sources.yaml and run the data pipeline, or name the symbols"
        )
    return members
