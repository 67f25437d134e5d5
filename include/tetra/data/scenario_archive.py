"""Takes the paths of old as-of dates away; their definitions, symbols and checks stay, marked as not active.

Whoever needs the paths again generates that as-of date: the same seed and inputs give the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from tetra.data.statements import statement
from tetra.errors import SettingsError


@dataclass(frozen=True)
class ArchiveReport:
    """What was archived.

    Parameters
    ----------
    as_ofs : tuple of date
        Whose scenarios are no longer active, ascending.
    scenarios, paths : int
        Definitions kept, and rows of paths deleted.
    """

    as_ofs: tuple[date, ...]
    scenarios: int
    paths: int

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        days = [day.isoformat() for day in self.as_ofs]
        return {"as_ofs": days, "scenarios": self.scenarios, "paths": self.paths}


def archive_old(connection: psycopg.Connection[Any], *, in_use: date, keep: int = 5) -> ArchiveReport:
    """Delete the paths of all but the newest as-of dates, in one transaction.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    in_use : date
        The as-of date of the run, which keeps its paths however old it is.
    keep : int
        As-of dates that keep their paths; at least 1. Counted are those that have active scenarios.

    Raises
    ------
    SettingsError
        If none would be kept.
    """
    if keep < 1:
        raise SettingsError(f"keep is {keep}; give at least 1, the as-of date in use")
    with connection.transaction():
        archived = connection.execute(
            statement("deactivate_old_scenarios"), {"keep": keep, "in_use": in_use}
        ).fetchall()
        as_ofs = sorted({row[0] for row in archived})
        deleted = connection.execute("delete from scenarios.paths where as_of = any(%s)", [as_ofs])
        return ArchiveReport(tuple(as_ofs), len(archived), deleted.rowcount)
