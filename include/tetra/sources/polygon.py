"""Polygon (now also Massive): bars as traded, splits and dividends as declared, earnings. Needs a key.

Bars are asked unadjusted (``price_basis`` raw). A day's bar begins at midnight New York time, for crypto and
currencies (``X:``, ``C:``) at midnight UTC; hourly bars are made in :mod:`tetra.sources.polygon_hours`, stocks' of
regular trading hours only. Dividends are amounts per share of their own day. A plan that does not reach back far
enough, or does not cover earnings (Benzinga's, sold apart), or a wrong key, is answered with 401 or 403: the next
source is asked. A ticker that Polygon does not have, or that was delisted before the range, has no results and is left
to the next source.

References
----------
.. [1] https://polygon.io/docs/rest/stocks/aggregates/custom-bars, .../corporate-actions/{splits,dividends},
   https://polygon.io/docs/rest/partners/benzinga/earnings
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlsplit

from tetra.errors import SourceError
from tetra.sources.base import ActionBatch, BarBatch, BarRequest, DataKind
from tetra.sources.market_hours import NEW_YORK
from tetra.sources.polygon_earnings import earnings_batch
from tetra.sources.polygon_hours import HOURLY, add_hours, price_record
from tetra.sources.record_types import EarningsReport, RecordBatch, RecordRequest
from tetra.sources.transport import Parameters
from tetra.sources.vendor import (
    BARS,
    UNREADABLE,
    KeyedSource,
    fan_out,
    number,
    records_of,
    utc_milliseconds,
)
from tetra.sources.vendor_rows import ActionRows, BarRows

CURRENCY = "USD"
"""Polygon's prices of US securities; a dividend in another currency cannot be subtracted from them."""

FINE = ("OK", "DELAYED")
"""Values of ``status``; prices of a plan without live ones are delayed."""

UNADJUSTED: Parameters = {"adjusted": "false", "sort": "asc", "limit": 50_000}
"""The most of what Polygon makes bars from: days, and for hourly bars minutes, so that a year of these takes pages."""


class PolygonSource(KeyedSource):
    """Client of Polygon's REST API; its parameters are those of :class:`tetra.sources.vendor.KeyedSource`."""

    name: ClassVar[str] = "polygon"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "hourly_bars", "actions", "earnings"})
    key_header: ClassVar[str] = "Authorization"
    key_prefix: ClassVar[str] = "Bearer "

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that Polygon has in the range; raises as the base class says."""
        fetch = self._symbol_hours if request.timeframe == "1h" else self._symbol_bars
        return fan_out(self.name, BARS[request.timeframe], request, fetch=fetch, workers=self._workers)

    def actions(self, request: BarRequest) -> Iterator[ActionBatch]:
        """Yield one batch per symbol with a split or dividend in the range; raises as the base class says."""
        return fan_out(self.name, "corporate actions", request, fetch=self._symbol_actions, workers=self._workers)

    def earnings(self, request: RecordRequest) -> Iterator[RecordBatch[EarningsReport]]:
        """Yield one batch per symbol that has ever announced earnings; raises as the base class says."""
        return fan_out(self.name, "earnings", request, fetch=self._symbol_earnings, workers=self._workers)

    def _symbol_bars(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        rows = BarRows(symbol, f"{self.name}:aggregates", request, "raw")
        path = f"/v2/aggs/ticker/{quote(ticker, safe=':')}/range/1/day/{request.start}/{request.end}"
        zone = UTC if _never_closes(ticker) else NEW_YORK
        unfinished = self._now().astimezone(UTC).date() if zone is UTC else date.max
        for bar in self._pages(path, UNADJUSTED):
            day = _day(bar, zone)
            if zone is UTC and _is_from(day, unfinished):
                continue
            rows.add(day, price_record(bar))
        return rows.batch()

    def _symbol_hours(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        rows = BarRows(symbol, f"{self.name}:aggregates", request, "raw")
        never_closes = _never_closes(ticker)
        zone = UTC if never_closes else NEW_YORK
        first = utc_milliseconds(request.start, zone=zone)
        last = utc_milliseconds(request.end, plus_days=1, zone=zone) - 1
        path = f"/v2/aggs/ticker/{quote(ticker, safe=':')}/range/{HOURLY[never_closes]}/{first}/{last}"
        add_hours(rows, self._pages(path, UNADJUSTED), never_closes=never_closes, now=self._now())
        return rows.batch()

    def _symbol_earnings(self, symbol: str, ticker: str, request: RecordRequest) -> RecordBatch[EarningsReport] | None:
        # of every day: that a ticker is known, and has none in the range, can be told in no other way
        asked = self._pages("/benzinga/v1/earnings", {"ticker": ticker, "sort": "date.asc", "limit": 1000})
        today = self._now().astimezone(NEW_YORK).date()
        return earnings_batch(symbol, f"{self.name}:benzinga_earnings", asked, request, today)

    def _symbol_actions(self, symbol: str, ticker: str, request: BarRequest) -> ActionBatch | None:
        rows = ActionRows(symbol, f"{self.name}:reference", request)
        for split in self._actions_of("splits", ticker, "execution_date", request):
            rows.add("split", _date(split, "execution_date"), _ratio(split), split)
        for dividend in self._actions_of("dividends", ticker, "ex_dividend_date", request):
            rows.add("dividend", _date(dividend, "ex_dividend_date"), _cash(dividend), dividend)
        return rows.batch(known=False)  # Polygon says the same of a ticker it does not know

    def _actions_of(self, what: str, ticker: str, day: str, request: BarRequest) -> Iterator[dict[str, Any]]:
        span = {f"{day}.gte": request.start.isoformat(), f"{day}.lte": request.end.isoformat()}
        return self._pages(f"/v3/reference/{what}", {"ticker": ticker, **span, "limit": 1000})

    def _pages(self, path: str, parameters: Parameters) -> Iterator[dict[str, Any]]:
        """Yield the records of all pages; nothing where Polygon does not know the ticker."""
        read: set[str] = set()
        while True:
            answer = self._http.get(path, parameters, accept=(404,))
            if answer.status == 404:
                return
            for record in self._results(answer.content):
                if not isinstance(record, dict):
                    raise SourceError(f"{self._http.host}{path}: a result is {type(record).__name__}, not an object")
                yield record
            following = answer.content.get("next_url")
            if not following:
                return
            # its host is not believed: the key goes to base_url and nowhere else
            parts = urlsplit(str(following))
            if parts.query in read:
                raise SourceError(f"{self._http.host}{path}: next_url goes in a circle after {len(read)} pages")
            read.add(parts.query)
            path = parts.path
            parameters = {name: value for name, value in parse_qsl(parts.query) if name.lower() != "apikey"}

    def _results(self, content: Any) -> list[Any]:
        """Return the results; an answer that says it is fine and has no results is an empty range."""
        if isinstance(content, dict) and content.get("status") in FINE and content.get("results") is None:
            return []
        return records_of(content, "results", self._http.host)


def _never_closes(ticker: str) -> bool:
    return ticker.startswith(("X:", "C:"))


def _day(bar: dict[str, Any], zone: Any) -> Callable[[], date]:
    return lambda: datetime.fromtimestamp(number(bar["t"]) / 1000.0, zone).date()


def _is_from(day: Callable[[], date], first: date) -> bool:
    """Return whether a bar's day is the given one or later; False where it cannot be read."""
    try:
        return day() >= first
    except UNREADABLE:
        return False


def _date(record: dict[str, Any], name: str) -> Callable[[], date]:
    return lambda: date.fromisoformat(record[name])


def _ratio(split: dict[str, Any]) -> Callable[[], float]:
    return lambda: number(split["split_to"]) / number(split["split_from"])


def _cash(dividend: dict[str, Any]) -> Callable[[], float]:
    def amount() -> float:
        currency = dividend.get("currency") or CURRENCY
        if currency != CURRENCY:
            raise ValueError(f"the dividend is in {currency}, the prices in {CURRENCY}")
        return number(dividend["cash_amount"])

    return amount
