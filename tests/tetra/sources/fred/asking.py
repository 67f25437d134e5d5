"""How the tests ask the FRED source, and what it gave as rows."""

from __future__ import annotations

from datetime import date

from tetra.sources.base import MacroBatch, MacroRequest
from tetra.sources.fred import FredSource


def asked_for(
    source: FredSource, *series_ids: str, start: str = "1990-01-01", end: str = "2020-12-31"
) -> list[MacroBatch]:
    """Return the batches of series and days."""
    return list(source.macro(MacroRequest(series_ids, date.fromisoformat(start), date.fromisoformat(end))))


def rows(batch: MacroBatch) -> list[tuple[str, str, float]]:
    """Return a batch as (observed, released, value)."""
    columns = (batch.observation_dates, batch.released_on, batch.values)
    return [(str(observed), str(released), float(value)) for observed, released, value in zip(*columns, strict=True)]
