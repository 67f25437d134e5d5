"""Every vendor with every kind of data it serves: how it is asked, how it answers, and what an empty range means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.tetra.sources.vendors.answers import (
    APPLE_RAW,
    CONTRACTS,
    Events,
    binance_source,
    coingecko_source,
    polygon_source,
    yahoo,
    yahoo_source,
)
from tests.tetra.sources.vendors.earnings_answers import ANNOUNCED, REPORTED, Told, polygon_earnings, yahoo_earnings
from tests.tetra.sources.vendors.hourly_answers import (
    HALF_PAST,
    UTC_HOURS,
    WHOLE_HOURS,
    Hours,
    binance_hours,
    coingecko_hours,
    polygon_hours,
    yahoo_hours,
)
from tests.tetra.sources.vendors.loopback import Asked, Clock, Reply

from tetra.sources.base import BarRequest, DataKind, Source
from tetra.sources.record_types import RecordRequest

Handler = Callable[[Asked], Reply]

SPLIT = date(2020, 8, 31)


@dataclass(frozen=True)
class Case:
    """One vendor and one kind of data.

    ``whole`` and ``ended`` are what it has of a symbol that lives and of one that was delisted early; ``answer`` makes
    a vendor of symbols with either.
    """

    vendor: str
    kind: DataKind
    source: Callable[..., Source]
    answer: Callable[[Mapping[str, Any]], Handler]
    whole: Any
    ended: Any
    start: date
    end: date
    last_of_ended: date
    key_variable: str | None = None
    serves_empty_range: bool = False
    unusable: str = "answered 200 without usable JSON"

    def make(self, url: str, clock: Clock, **changes: Any) -> Source:
        pages = {"pages_url": url} if self.source is yahoo_source else {}
        return self.source(url, clock, **{**pages, **changes})

    def ask(self, source: Source, *symbols: str, start: date | None = None, end: date | None = None) -> list[Any]:
        span = (start or self.start, end or self.end)
        tickers = {symbol: symbol for symbol in symbols}
        if self.kind == "earnings":
            return list(source.earnings(RecordRequest(tickers, *span)))
        request = BarRequest(tickers, *span, "1h" if self.kind == "hourly_bars" else "1d")
        return list(source.actions(request) if self.kind == "actions" else source.bars(request))

    def symbol_of(self, batch: Any) -> str:
        (symbol,) = batch.served if self.kind == "earnings" else {batch.symbol}
        return symbol

    def days_of(self, batch: Any) -> list[date]:
        if self.kind == "earnings":
            return [report.announced_on for report in batch.records]
        return (batch.ex_dates if self.kind == "actions" else batch.sessions).tolist()


def polygon_actions(tickers: Mapping[str, Sequence[date]]) -> Handler:
    """Splits on the days given, and no dividends."""

    def answer(asked: Asked) -> Reply:
        days = tickers.get(asked.query["ticker"], ()) if asked.path.endswith("splits") else ()
        asked_for = (day for day in days if asked.query["execution_date.gte"] <= day.isoformat())
        shown = [day for day in asked_for if day.isoformat() <= asked.query["execution_date.lte"]]
        records = [{"execution_date": day.isoformat(), "split_from": 1, "split_to": 4} for day in shown]
        return Reply({"status": "OK", "results": records})

    return answer


def yahoo_actions(tickers: Mapping[str, Sequence[date]]) -> Handler:
    """The chart with splits on the days given."""
    answers = {
        name: yahoo({name: APPLE_RAW}, Events(splits=dict.fromkeys(days, (4, 1)))) for name, days in tickers.items()
    }
    unknown = yahoo({})
    return lambda asked: answers.get(asked.path.rpartition("/")[2], unknown)(asked)


def _bars(vendor: str) -> Case:
    contract, first = CONTRACTS[vendor], min(APPLE_RAW)
    ended = {first: APPLE_RAW[first]}
    key = contract.key_variable
    return Case(vendor, "bars", contract.source, contract.answer, APPLE_RAW, ended, first, max(APPLE_RAW), first, key)


def _hours(vendor: str, source: Callable[..., Source], answer: Any, hours: Hours, key: str | None) -> Case:
    first = min(hours)
    ended = {opened: close for opened, close in hours.items() if opened.date() == first.date()}
    last = max(hours).date()
    return Case(vendor, "hourly_bars", source, answer, hours, ended, first.date(), last, first.date(), key)


def _earnings(
    vendor: str, source: Callable[..., Source], answer: Any, key: str | None, unusable: str = Case.unusable
) -> Case:
    ended: tuple[Told, ...] = (REPORTED,)
    span = (date(2020, 7, 1), date(2020, 12, 31))
    last = REPORTED.at.date()
    return Case(vendor, "earnings", source, answer, ANNOUNCED, ended, *span, last, key, True, unusable)


def _actions(
    vendor: str, source: Callable[..., Source], answer: Any, key: str | None, *, serves_empty_range: bool
) -> Case:
    first = SPLIT - timedelta(days=3)
    splits, ended, span = (first, SPLIT), (first,), (date(2020, 8, 27), date(2020, 9, 1))
    return Case(vendor, "actions", source, answer, splits, ended, *span, first, key, serves_empty_range)


POLYGON, COINGECKO = "TETRA_POLYGON_API_KEY", "TETRA_COINGECKO_API_KEY"
PAGE = "answered 200 without a whole earnings calendar"

CASES = {
    "polygon-bars": _bars("polygon"),
    "binance-bars": _bars("binance"),
    "coingecko-bars": _bars("coingecko"),
    "yahoo-bars": _bars("yahoo"),
    "polygon-hourly": _hours("polygon", polygon_source, polygon_hours, WHOLE_HOURS, POLYGON),
    "binance-hourly": _hours("binance", binance_source, binance_hours, UTC_HOURS, None),
    "coingecko-hourly": _hours("coingecko", coingecko_source, coingecko_hours, UTC_HOURS, COINGECKO),
    "yahoo-hourly": _hours("yahoo", yahoo_source, yahoo_hours, HALF_PAST, None),
    "polygon-earnings": _earnings("polygon", polygon_source, polygon_earnings, POLYGON),
    "yahoo-earnings": _earnings("yahoo", yahoo_source, yahoo_earnings, None, unusable=PAGE),
    "polygon-actions": _actions("polygon", polygon_source, polygon_actions, POLYGON, serves_empty_range=False),
    "yahoo-actions": _actions("yahoo", yahoo_source, yahoo_actions, None, serves_empty_range=True),
}
