"""``make bench``: one JSON line per number to reach, area by area.

``--only engine,dbt`` (``make bench ONLY=engine,dbt``) runs some areas. A new area is a module with a function ``run``
that yields rows, and a line in ``AREAS``. Rows are printed as they are measured; messages go to standard error.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence

from measuring import Row

from tetra.errors import SettingsError, TetraError, unknown_value

AREAS: Mapping[str, str] = {
    "engine": "area_engine",
    "assessment": "area_assessment",
    "load": "area_load",
    "data": "area_data",
    "scenarios": "area_scenarios",
    "luck": "area_luck",
    "dbt": "area_dbt",
}
"""Module per area, imported when it is run; an area's name begins the names of its rows."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the areas asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure the numbers to reach, as JSON lines.")
    parser.add_argument("--only", default="", metavar="AREA[,AREA]", help=f"some of: {', '.join(AREAS)}")
    try:
        areas = _chosen(parser.parse_args(arguments).only)
    except TetraError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for row in _measured(areas):
        sys.stdout.write(f"{row.as_line()}\n")
        sys.stdout.flush()
    return 0


def _chosen(only: str) -> list[str]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    for name in names:
        if name not in AREAS:
            raise SettingsError(f"{unknown_value('area', name, AREAS)} (make bench ONLY=...)")
    return [area for area in AREAS if area in names or not names]


def _measured(areas: Sequence[str]) -> Iterator[Row]:
    for area in areas:
        yield from importlib.import_module(AREAS[area]).run()


if __name__ == "__main__":
    sys.exit(main())
