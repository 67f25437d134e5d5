"""A source that serves the rows its configuration lists: for tests of what happens to records on their way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tetra.errors import SourceError
from tetra.sources.base import BarBatch, BarRequest, DataKind, MacroBatch, MacroRequest, Source


class ScriptedSource(Source):
    """Serves bars ``[session, open, high, low, close, volume]`` per symbol, whatever the range asked for.

    Parameters
    ----------
    bars, macro : mapping
        Rows per symbol; ``[observation_date, value]`` per series.
    price_basis : str
    breaks_before : str, optional
        Symbol at which it raises, after serving the ones before.
    """

    name: ClassVar[str] = "scripted"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "macro"})

    def __init__(
        self,
        *,
        bars: Mapping[str, Sequence[Sequence[Any]]],
        macro: Mapping[str, Sequence[Sequence[Any]]] | None = None,
        price_basis: Any = "raw",
        breaks_before: str | None = None,
    ) -> None:
        self.rows = bars
        self.macro_rows = macro or {}
        self.price_basis = price_basis
        self.breaks_before = breaks_before

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        for symbol in request.tickers:
            if symbol == self.breaks_before:
                raise SourceError(f"{symbol} broke")
            rows = self.rows.get(symbol)
            if not rows:
                continue
            opens, highs, lows, closes, volumes = _numbers([row[1:] for row in rows]).T
            yield BarBatch(
                symbol=symbol,
                source="scripted:rows",
                price_basis=self.price_basis,
                sessions=np.array([row[0] for row in rows], dtype="datetime64[D]"),
                open=opens,
                high=highs,
                low=lows,
                close=closes,
                volume=volumes,
            )

    def macro(self, request: MacroRequest) -> Iterator[MacroBatch]:
        for series_id in request.series_ids:
            rows = self.macro_rows.get(series_id)
            if rows:
                yield MacroBatch(
                    series_id=series_id,
                    source="scripted:rows",
                    observation_dates=np.array([row[0] for row in rows], dtype="datetime64[D]"),
                    released_on=np.full(len(rows), "NaT", dtype="datetime64[D]"),
                    values=_numbers([row[1:] for row in rows])[:, 0],
                )


def _numbers(rows: Sequence[Sequence[Any]]) -> np.ndarray:
    return np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=float)
