"""What a strategy sees: daily bars of several series on one axis of sessions, and what was known beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from tetra.errors import StrategyError
from tetra.typing import DateArray, FloatArray, IntArray

Field = Literal["open", "high", "low", "close", "volume", "earnings_surprise", "news_sentiment"]
BAR_FIELDS: tuple[Field, ...] = ("open", "high", "low", "close", "volume")
EVENT_FIELDS: tuple[Field, ...] = ("earnings_surprise", "news_sentiment")
FIELDS: tuple[Field, ...] = (*BAR_FIELDS, *EVENT_FIELDS)


@dataclass(frozen=True)
class PriceBlock:
    """Daily bars of several series on one axis of sessions: all that a strategy sees.

    Parameters
    ----------
    symbols : tuple of str, length n_series
        Row labels.
    open, high, low, close, volume : ndarray of shape (n_series, n_bars)
        C-contiguous float64, oldest bar first; NaN where there is no bar or the source has no such field.
    sessions : ndarray of datetime64[D], shape (n_bars,), optional
        Dates of the bars; None where prices have none (an array somebody brought).
    references : mapping of str to ndarray of shape (n_bars,)
        Closes of series that may be read and not traded (VIX), by symbol; NaN where there is no bar.
    earnings_surprise : ndarray of shape (n_series, n_bars), optional
        Reported minus expected earnings per share, over the absolute of what was expected: 0.05 is 5 % better (splits
        change both alike). It stands on the first bar whose close came after the report; NaN on all others.
    news_sentiment : ndarray of shape (n_series, n_bars), optional
        Mean sentiment, -1 to 1, of the articles that became known after the previous bar's close and by this one's;
        NaN where there was none.
    """

    symbols: tuple[str, ...]
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    sessions: DateArray | None = None
    references: Mapping[str, FloatArray] = field(default_factory=dict)
    earnings_surprise: FloatArray | None = None
    news_sentiment: FloatArray | None = None

    def __post_init__(self) -> None:
        shape = (len(self.symbols), self.close.shape[-1])
        for name in FIELDS:
            values = getattr(self, name)
            if values is not None and values.shape != shape:
                raise StrategyError(f"{name} has shape {values.shape}, expected {shape} (symbols, bars)")
        if self.sessions is not None and self.sessions.shape != shape[1:]:
            raise StrategyError(f"sessions has shape {self.sessions.shape}, expected {shape[1:]} (bars)")
        for symbol, values in self.references.items():
            if values.shape != shape[1:]:
                raise StrategyError(f"reference {symbol} has shape {values.shape}, expected {shape[1:]} (bars)")

    @property
    def n_bars(self) -> int:
        """Number of bars."""
        return int(self.close.shape[1])

    @property
    def dates(self) -> DateArray:
        """Dates of the bars.

        Raises
        ------
        StrategyError
            If the block has none.
        """
        if self.sessions is None:
            raise StrategyError("these prices have no dates; give sessions to a rule of the calendar")
        return self.sessions

    def reference(self, symbol: str) -> FloatArray:
        """Return the closes of a series that is read and not traded, shape (n_bars,).

        Raises
        ------
        StrategyError
            If the block does not hold it; list it in the strategy's ``references``.
        """
        if symbol not in self.references:
            raise StrategyError(f"these prices hold no {symbol}; the strategy's references must name it")
        return self.references[symbol]

    def field(self, name: Field) -> FloatArray:
        """Return one field; all NaN where the block has no such data."""
        values: FloatArray | None = getattr(self, name)
        return np.full(self.close.shape, np.nan) if values is None else values

    def until(self, bar: int) -> PriceBlock:
        """Return a copy that ends before ``bar``: what was known then."""
        return self._changed(
            lambda values: values[:, :bar],
            sessions=None if self.sessions is None else self.sessions[:bar].copy(),
            references={symbol: values[:bar].copy() for symbol, values in self.references.items()},
        )

    def map(self, change: Callable[[FloatArray], FloatArray]) -> PriceBlock:
        """Return a block with ``change`` applied to a copy of every field; references count as one row each."""
        return self._changed(
            change,
            sessions=self.sessions,
            references={symbol: np.array(change(values[None, :])[0]) for symbol, values in self.references.items()},
        )

    def take(self, rows: IntArray) -> PriceBlock:
        """Return a copy with the given rows only, in that order."""
        taken = self._changed(
            lambda values: values[rows],
            sessions=self.sessions,
            references=self.references,
            symbols=tuple(self.symbols[row] for row in rows.tolist()),
        )
        return taken

    def slice_rows(self, start: int, stop: int) -> PriceBlock:
        """Return rows ``start`` to before ``stop`` as views of the same memory."""
        part = object.__new__(PriceBlock)  # checked as part of this block: once more would cost more than the views
        made = part.__dict__
        made.update(self.__dict__)
        made["symbols"] = self.symbols[start:stop]
        for name in FIELDS:
            values = made[name]
            if values is not None:
                made[name] = values[start:stop]
        return part

    def _changed(
        self,
        change: Callable[[FloatArray], FloatArray],
        *,
        sessions: DateArray | None,
        references: Mapping[str, FloatArray],
        symbols: tuple[str, ...] | None = None,
    ) -> PriceBlock:
        def apply(values: FloatArray | None) -> FloatArray | None:
            return None if values is None else np.array(change(values), dtype=np.float64, order="C")

        fields: dict[str, Any] = {name: apply(getattr(self, name)) for name in FIELDS}
        named = self.symbols if symbols is None else symbols
        return PriceBlock(named, sessions=sessions, references=references, **fields)


def from_close(close: FloatArray) -> PriceBlock:
    """Return a block that knows closes alone, of series named by their row.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_bars)
        C-contiguous float64.
    """
    absent = np.broadcast_to(np.nan, close.shape)
    symbols = tuple(map(str, range(close.shape[0])))
    return PriceBlock(symbols, absent, absent, absent, close, absent)
