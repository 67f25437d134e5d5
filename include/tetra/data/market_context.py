"""What scenarios need to know of the market beside prices: sectors, and macro series with their release dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg

from tetra.data.statements import statement
from tetra.scenarios.exposures_factors import MacroSeries


@dataclass(frozen=True)
class MarketContext:
    """Sectors and macro series.

    Parameters
    ----------
    sectors : mapping of str to str
        GICS sector per symbol; symbols without one are left out.
    macro : mapping of str to MacroSeries
        Every release held per series, later than any as-of date too: whoever reads them looks at release dates.
    """

    sectors: Mapping[str, str] = field(default_factory=dict)
    macro: Mapping[str, MacroSeries] = field(default_factory=dict)


def load_context(connection: psycopg.Connection[Any], series_ids: Sequence[str]) -> MarketContext:
    """Return sectors of all instruments, and the releases of some series.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    series_ids : sequence of str
        Those of them that are held are returned.
    """
    sectors = dict(
        connection.execute("select symbol, sector from market_data.instruments where sector is not null").fetchall()
    )
    rows = connection.execute(statement("select_releases_of_series"), {"series_ids": list(series_ids)}).fetchall()
    by_series: dict[str, list[tuple[Any, Any, float]]] = {}
    for series_id, observed_on, released_on, value in rows:
        by_series.setdefault(series_id, []).append((observed_on, released_on, value))
    macro = {
        series_id: MacroSeries(
            observed_on=np.array([row[0] for row in releases], dtype="datetime64[D]"),
            released_on=np.array([row[1] for row in releases], dtype="datetime64[D]"),
            values=np.array([row[2] for row in releases], dtype=np.float64),
        )
        for series_id, releases in by_series.items()
    }
    return MarketContext(sectors, macro)
