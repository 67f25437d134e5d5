"""Which source serves which kind of data: ``sources.yaml`` read, checked, and asked in order.

Each kind has an ordered list. What one source cannot serve, symbol by symbol, the next one is asked for; why a
source was passed over is kept for the report. A client class is imported only when its source is used.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar

from tetra.calendars import STOCK_CALENDAR, last_completed_session, sessions_between
from tetra.configuration import check_keys
from tetra.errors import SettingsError, SourceError, SourceUnavailable, unknown_value
from tetra.settings import load_yaml
from tetra.sources.base import (
    DATA_KINDS,
    REQUIRED_KINDS,
    ActionBatch,
    BarBatch,
    BarRequest,
    DataKind,
    MacroBatch,
    MacroRequest,
    Source,
)
from tetra.sources.record_types import RECORD_KINDS, RecordBatch, RecordKind, RecordRequest

log = logging.getLogger(__name__)

CLIENTS: Mapping[str, str] = {
    "sample": "tetra.sources.sample:SampleSource",
    "files": "tetra.sources.files:FilesSource",
    "polygon": "tetra.sources.polygon:PolygonSource",
    "yahoo": "tetra.sources.yahoo:YahooSource",
    "binance": "tetra.sources.binance:BinanceSource",
    "coingecko": "tetra.sources.coingecko:CoinGeckoSource",
    "fred": "tetra.sources.fred:FredSource",
    "newsapi": "tetra.sources.newsapi:NewsApiSource",
    "alphavantage": "tetra.sources.alphavantage:AlphaVantageSource",
    "curated": "tetra.sources.curated:CuratedSource",
}
"""Client class per source, as ``module:class``."""

Batch = TypeVar("Batch", BarBatch, ActionBatch, MacroBatch, RecordBatch[Any])


@dataclass(frozen=True)
class KindSettings:
    """How one kind of data is obtained.

    Parameters
    ----------
    sources : tuple of str
        In the order they are asked.
    required : bool
        Whether a run without it fails.
    combine : bool
        Whether every source is asked for everything, instead of the next one for what the first has not. For records,
        which add up; bars and series come from one source each.
    """

    sources: tuple[str, ...]
    required: bool
    combine: bool = False


@dataclass
class Fetch:
    """What became of one request; filled while its batches are consumed.

    Parameters
    ----------
    passed_over : list of str
        Why a source did not serve, one message each.
    missing : list of str
        Symbols or series that no source served.
    """

    passed_over: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


class Registry:
    """The sources of ``sources.yaml``, narrowed to those a run asks for.

    Parameters
    ----------
    only : iterable of str, optional
        Names of the sources to use; default all.
    skip : iterable of str
        Names not to use.

    Raises
    ------
    SettingsError
        If the file is malformed, or a name is not in it.
    """

    def __init__(self, *, only: Iterable[str] | None = None, skip: Iterable[str] = ()) -> None:
        content = load_yaml("sources.yaml")
        check_keys("sources.yaml", content, required=("kinds", "sources"))
        self._parameters: dict[str, Any] = content["sources"]
        for name in self._parameters:
            if name not in CLIENTS:
                raise SettingsError(f"sources.yaml: {unknown_value('source', name, CLIENTS)}")
        chosen = None if only is None else tuple(only)
        skipped = tuple(skip)
        for name in (*(chosen or ()), *skipped):
            if name not in self._parameters:
                raise SettingsError(f"{unknown_value('source', name, self._parameters)} (of sources.yaml)")
        self.kinds = {
            kind: _narrowed(settings, chosen, skipped)
            for kind, settings in _kind_settings(content["kinds"], self._parameters).items()
        }
        self._clients: dict[str, Source] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Sources that some kind of data is asked of, in the order of ``sources.yaml``."""
        used = {name for settings in self.kinds.values() for name in settings.sources}
        return tuple(name for name in self._parameters if name in used)

    def client(self, name: str) -> Source:
        """Return the client of a source, made once.

        Raises
        ------
        SettingsError
            If its parameters are not those its class takes.
        """
        if name not in self._clients:
            module, _, class_name = CLIENTS[name].partition(":")
            client_class = getattr(importlib.import_module(module), class_name)
            try:
                self._clients[name] = client_class(**self._parameters[name])
            except TypeError as error:
                raise SettingsError(f"sources.yaml, sources.{name}: {error}") from error
        return self._clients[name]

    def bars(
        self, request: BarRequest, vendor_tickers: Mapping[str, Mapping[str, str]], fetch: Fetch
    ) -> Iterator[BarBatch]:
        """Yield bars of the symbols in ``request.tickers``, from the first source that serves each.

        Parameters
        ----------
        request : BarRequest
            Its tickers name the symbols; each source gets its own tickers for them.
        vendor_tickers : mapping of str to mapping of str to str
            Per symbol the ticker per source, where it differs from the symbol.
        fetch : Fetch
            Filled on the way.
        """

        def ask(source: Source, symbols: tuple[str, ...]) -> Iterator[BarBatch]:
            return source.bars(_in_its_tickers(request, source, symbols, vendor_tickers))

        kind: DataKind = "bars" if request.timeframe == "1d" else "hourly_bars"
        return self._ordered(kind, tuple(request.tickers), ask, lambda batch: {batch.symbol}, fetch)

    def actions(
        self, request: BarRequest, vendor_tickers: Mapping[str, Mapping[str, str]], fetch: Fetch
    ) -> Iterator[ActionBatch]:
        """Yield splits and dividends of the symbols in ``request.tickers``; parameters as of :meth:`bars`."""

        def ask(source: Source, symbols: tuple[str, ...]) -> Iterator[ActionBatch]:
            return source.actions(_in_its_tickers(request, source, symbols, vendor_tickers))

        return self._ordered("actions", tuple(request.tickers), ask, lambda batch: {batch.symbol}, fetch)

    def macro(self, request: MacroRequest, fetch: Fetch) -> Iterator[MacroBatch]:
        """Yield observations of the series asked for, from the first source that serves each."""

        def ask(source: Source, series_ids: tuple[str, ...]) -> Iterator[MacroBatch]:
            return source.macro(MacroRequest(series_ids, request.start, request.end))

        return self._ordered("macro", request.series_ids, ask, lambda batch: {batch.series_id}, fetch)

    def records(
        self,
        kind: RecordKind,
        request: RecordRequest,
        vendor_tickers: Mapping[str, Mapping[str, str]],
        fetch: Fetch,
    ) -> Iterator[RecordBatch[Any]]:
        """Yield records of one kind, from the first source that serves each symbol, or from all where they combine.

        Parameters
        ----------
        kind : str
            One of ``RECORD_KINDS``.
        request : RecordRequest
            Its tickers name the symbols, ``EVERYTHING`` among them for what no symbol owns.
        vendor_tickers, fetch
            As of :meth:`bars`.
        """

        def ask(source: Source, symbols: tuple[str, ...]) -> Iterator[RecordBatch[Any]]:
            tickers = {symbol: vendor_tickers.get(symbol, {}).get(source.name, symbol) for symbol in symbols}
            wanted = RecordRequest(tickers, request.start, request.end, request.series_ids)
            answer: Iterator[RecordBatch[Any]] = getattr(source, kind)(wanted)
            return answer

        return self._ordered(kind, tuple(request.tickers), ask, lambda batch: set(batch.served), fetch)

    def _ordered(
        self,
        kind: DataKind,
        wanted: tuple[str, ...],
        ask: Callable[[Source, tuple[str, ...]], Iterator[Batch]],
        served_by: Callable[[Batch], set[str]],
        fetch: Fetch,
    ) -> Iterator[Batch]:
        remaining = wanted
        combine = self.kinds[kind].combine
        for name in self.kinds[kind].sources:
            served: set[str] = set()
            try:
                for batch in ask(self.client(name), wanted if combine else remaining):
                    served |= served_by(batch)
                    yield batch
            except SourceError as error:
                # an answer that cannot be used stops what a run must have, and nothing else
                if self.kinds[kind].required and not isinstance(error, SourceUnavailable):
                    raise
                log.warning("%s: %s", name, error)
                fetch.passed_over.append(str(error))
            remaining = tuple(item for item in remaining if item not in served)
            if not remaining and not combine:
                break
        fetch.missing.extend(remaining)


def _in_its_tickers(
    request: BarRequest, source: Source, symbols: tuple[str, ...], vendor_tickers: Mapping[str, Mapping[str, str]]
) -> BarRequest:
    tickers = {symbol: vendor_tickers.get(symbol, {}).get(source.name, symbol) for symbol in symbols}
    return BarRequest(tickers, request.start, request.end, request.timeframe)


def newest_session(now: datetime) -> date:
    """Return the newest session of the stock calendar that is over and that the sources of bars can have.

    Parameters
    ----------
    now : datetime
        With a time zone.

    Notes
    -----
    With the sample source alone that is the sample's last session, years ago.
    """
    completed = last_completed_session(STOCK_CALENDAR, now)
    registry = Registry()
    ends = [registry.client(name).last_day("bars") for name in registry.kinds["bars"].sources]
    known_ends = [end for end in ends if end is not None]
    if len(known_ends) < len(ends) or max(known_ends) >= completed:
        return completed
    end = max(known_ends)
    newest: date = sessions_between(STOCK_CALENDAR, end.replace(month=1, day=1), end)[-1].item()
    return newest


def _kind_settings(content: Any, known: Mapping[str, Any]) -> dict[DataKind, KindSettings]:
    check_keys("sources.yaml, kinds", content, required=REQUIRED_KINDS, optional=set(DATA_KINDS) - REQUIRED_KINDS)
    settings: dict[DataKind, KindSettings] = {}
    for kind in DATA_KINDS:
        block = content.get(kind, {"sources": [], "required": False})
        where = f"sources.yaml, kinds.{kind}"
        may_combine = {"combine"} if kind in RECORD_KINDS else set()
        check_keys(where, block, required=("sources", "required"), optional=may_combine)
        for name in block["sources"]:
            if name not in known:
                raise SettingsError(f"{where}: {unknown_value('source', name, known)}")
        for flag in ("required", "combine"):
            if not isinstance(block.get(flag, False), bool):
                raise SettingsError(f"{where}: {flag} must be true or false, found {block[flag]!r}")
        settings[kind] = KindSettings(tuple(block["sources"]), block["required"], block.get("combine", False))
    return settings


def _narrowed(settings: KindSettings, only: tuple[str, ...] | None, skip: tuple[str, ...]) -> KindSettings:
    kept = (name for name in settings.sources if (only is None or name in only) and name not in skip)
    return replace(settings, sources=tuple(kept))
