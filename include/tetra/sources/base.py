"""What every data source offers: typed batches of one kind of data, and the records it could not read.

A source is a small client class named in ``sources.yaml``. It yields batches, one per symbol (or series) and
data set, whose columns are arrays; it never touches the database. It raises ``SourceUnavailable`` for what it
cannot serve at all, so that the next source in the list may, and ``SourceError`` for an answer it cannot use.
A row with a date and nothing else is no record: it is how vendors pad closed days.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, TypeAlias

from tetra.errors import SourceUnavailable
from tetra.sources.record_types import (
    RECORD_KINDS,
    Article,
    EarningsReport,
    EconomicEvent,
    GeopoliticalEvent,
    MembershipSpell,
    RecordBatch,
    RecordKind,
    RecordRequest,
    RecordValue,
    RejectedRecord,
    SecurityEvent,
)
from tetra.typing import DateArray, FloatArray, InstantArray

DataKind: TypeAlias = Literal["bars", "hourly_bars", "actions", "macro"] | RecordKind
ActionType: TypeAlias = Literal["split", "dividend"]
PriceBasis: TypeAlias = Literal["raw", "split", "total"]
Timeframe: TypeAlias = Literal["1d", "1h"]

__all__ = ["RecordValue", "RejectedRecord"]  # also told from here, beside the batches that carry them

DATA_KINDS: tuple[DataKind, ...] = ("bars", "hourly_bars", "actions", "macro", *RECORD_KINDS)
REQUIRED_KINDS: frozenset[DataKind] = frozenset({"bars", "macro"})
"""Kinds that ``sources.yaml`` must name; the others it may leave out."""


@dataclass(frozen=True)
class BarRequest:
    """Bars wanted from a source.

    Parameters
    ----------
    tickers : mapping of str to str
        Tetra's symbols, each with the ticker this source knows it by.
    start, end : date
        First and last session, both included.
    timeframe : str
        ``1d`` or ``1h``.
    """

    tickers: Mapping[str, str]
    start: date
    end: date
    timeframe: Timeframe = "1d"


@dataclass(frozen=True)
class BarBatch:
    """Bars of one symbol, timeframe and data set.

    Parameters
    ----------
    symbol : str
        Tetra's own key.
    source : str
        Source and data set ("sample:arch.sp500").
    price_basis : str
        What the prices are: ``raw``, ``split`` or ``total`` (split- and dividend-adjusted).
    sessions : ndarray of datetime64[D], shape (n_bars,)
        Exchange-local dates, in the order of the source; of an hourly bar the date of its session.
    open, high, low, close, volume : ndarray of shape (n_bars,)
        NaN where the source has none; never invented.
    rejected : tuple of RejectedRecord
        Records that could not even be read into the arrays.
    timeframe : str
        ``1d`` or ``1h``.
    opened_at : ndarray of datetime64[us], shape (n_bars,), optional
        When each hourly bar opened, in UTC; None for daily bars, which stand at 00:00 UTC of their session.
    """

    symbol: str
    source: str
    price_basis: PriceBasis
    sessions: DateArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray
    rejected: tuple[RejectedRecord, ...] = ()
    timeframe: Timeframe = "1d"
    opened_at: InstantArray | None = None

    @property
    def ts(self) -> InstantArray:
        """Bar opens in UTC, as ``market_data.ohlcv`` keys them."""
        return self.sessions.astype("datetime64[us]") if self.opened_at is None else self.opened_at


@dataclass(frozen=True)
class MacroRequest:
    """Observations wanted from a source.

    Parameters
    ----------
    series_ids : tuple of str
        FRED ids where FRED carries the series.
    start, end : date
        First and last observation date, both included.
    """

    series_ids: tuple[str, ...]
    start: date
    end: date


@dataclass(frozen=True)
class MacroBatch:
    """Observations of one macro series from one data set.

    Parameters
    ----------
    series_id : str
        As requested.
    source : str
        Source and data set.
    observation_dates : ndarray of datetime64[D], shape (n_observations,)
        First day of the period that each value describes.
    released_on : ndarray of datetime64[D], shape (n_observations,)
        Day each value became public; NaT where the source does not say.
    values : ndarray of shape (n_observations,)
        In the series' unit.
    rejected : tuple of RejectedRecord
        Records that could not even be read.
    """

    series_id: str
    source: str
    observation_dates: DateArray
    released_on: DateArray
    values: FloatArray
    rejected: tuple[RejectedRecord, ...] = ()


@dataclass(frozen=True)
class ActionBatch:
    """Corporate actions of one symbol from one data set.

    One without actions says that the source knows the symbol and that there were none, so no other is asked.
    A symbol has one action of a type per ex-date: the source adds up what it lists apart.

    Parameters
    ----------
    symbol : str
        Tetra's own key.
    source : str
        Source and data set.
    action_types : tuple of str, length n_actions
        ``split`` or ``dividend``.
    ex_dates : ndarray of datetime64[D], shape (n_actions,)
        First session on which the price is without it.
    values : ndarray of shape (n_actions,)
        Split: new shares per old share. Dividend: currency per share as of the ex-date.
    rejected : tuple of RejectedRecord
        Records that could not even be read.
    """

    symbol: str
    source: str
    action_types: tuple[ActionType, ...]
    ex_dates: DateArray
    values: FloatArray
    rejected: tuple[RejectedRecord, ...] = ()


class Source(ABC):
    """One vendor or collection of files: overrides what it has, inherits a clear refusal of the rest."""

    name: ClassVar[str]
    kinds: ClassVar[frozenset[DataKind]]

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield bars of the symbols it knows, in any order; the others are left to other sources.

        ``request.timeframe`` says which; a source without ``hourly_bars`` among its kinds is asked for daily ones only.

        Raises
        ------
        SourceUnavailable
            If it can serve none of the request.
        SourceError
            If an answer cannot be used.
        """
        raise SourceUnavailable(f"source {self.name!r} has no bars; list another under kinds.bars")

    def actions(self, request: BarRequest) -> Iterator[ActionBatch]:
        """Yield splits and dividends of the symbols it knows; raises as :meth:`bars` does."""
        raise SourceUnavailable(f"source {self.name!r} has no corporate actions; list another under kinds.actions")

    def macro(self, request: MacroRequest) -> Iterator[MacroBatch]:
        """Yield observations of the series it knows; raises as :meth:`bars` does."""
        raise SourceUnavailable(f"source {self.name!r} has no macro series; list another under kinds.macro")

    def news(self, request: RecordRequest) -> Iterator[RecordBatch[Article]]:
        """Yield articles on the symbols asked for, and on the market as a whole; raises as :meth:`bars` does."""
        raise self._lacks("news")

    def earnings(self, request: RecordRequest) -> Iterator[RecordBatch[EarningsReport]]:
        """Yield earnings announced, and scheduled, in the range; raises as :meth:`bars` does."""
        raise self._lacks("earnings")

    def economic_events(self, request: RecordRequest) -> Iterator[RecordBatch[EconomicEvent]]:
        """Yield releases of the economic calendar in the range; raises as :meth:`bars` does."""
        raise self._lacks("economic_events")

    def geopolitical_events(self, request: RecordRequest) -> Iterator[RecordBatch[GeopoliticalEvent]]:
        """Yield geopolitical events that began in the range; raises as :meth:`bars` does."""
        raise self._lacks("geopolitical_events")

    def security_events(self, request: RecordRequest) -> Iterator[RecordBatch[SecurityEvent]]:
        """Yield security events that happened in the range; raises as :meth:`bars` does."""
        raise self._lacks("security_events")

    def index_membership(self, request: RecordRequest) -> Iterator[RecordBatch[MembershipSpell]]:
        """Yield every spell of membership there is, whatever the range; raises as :meth:`bars` does."""
        raise self._lacks("index_membership")

    def _lacks(self, kind: DataKind) -> SourceUnavailable:
        return SourceUnavailable(f"source {self.name!r} has no {kind}; list another under kinds.{kind}")

    def last_day(self, kind: DataKind) -> date | None:
        """Return the last day it has data for, or None when its data goes on with time."""
        return None
