"""Polygon (now also Massive): daily bars as traded, splits and dividends as declared. Needs a key.

Bars are asked unadjusted (``price_basis`` raw). A day's bar begins at midnight New York time, for crypto and
currencies (``X:``, ``C:``) at midnight UTC. Dividends are amounts per share of their own day. A plan that does not
reach back far enough, or a wrong key, is answered with 401 or 403: the next source is asked. A ticker that Polygon
does not have, or that was delisted before the range, has no results and is left to the next source.

References
----------
.. [1] https://polygon.io/docs/rest/stocks/aggregates/custom-bars, .../corporate-actions/{splits,dividends}
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import ZoneInfo

from tetra.errors import SourceError
from tetra.sources.base import ActionBatch, BarBatch, BarRequest, DataKind, Source
from tetra.sources.http import ApiKey, HttpClient
from tetra.sources.transport import Parameters
from tetra.sources.vendor import ActionRows, BarRows, check_workers, fan_out, now_utc, number, records_of

NEW_YORK = ZoneInfo("America/New_York")

MOST_PAGES = 100
"""Of one request: 50,000 bars each, so reaching it means that the pages go in a circle."""

CURRENCY = "USD"
"""Polygon's prices of US securities; a dividend in another currency cannot be subtracted from them."""


class PolygonSource(Source):
    """Client of Polygon's REST API.

    Parameters
    ----------
    base_url, timeout_seconds, retries, requests_per_minute
        See :class:`tetra.sources.http.HttpClient`.
    key_variable : str
        Environment variable with the API key.
    max_workers : int
        Symbols asked at once.
    sleep, now : callable
        Waiting and the time; replaced in tests.
    """

    name: ClassVar[str] = "polygon"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "actions"})

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float,
        retries: int,
        requests_per_minute: float,
        key_variable: str,
        max_workers: int,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self._http = HttpClient(
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            retries=retries,
            requests_per_minute=requests_per_minute,
            key=ApiKey(key_variable, header="Authorization", prefix="Bearer "),
            sleep=sleep,
        )
        self._workers = check_workers(self.name, max_workers)
        self._now = now

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that Polygon has in the range; raises as the base class says."""
        return fan_out(self.name, "bars", request, fetch=self._symbol_bars, workers=self._workers)

    def actions(self, request: BarRequest) -> Iterator[ActionBatch]:
        """Yield one batch per symbol with a split or dividend in the range; raises as the base class says."""
        return fan_out(self.name, "corporate actions", request, fetch=self._symbol_actions, workers=self._workers)

    def _symbol_bars(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        rows = BarRows(symbol, f"{self.name}:aggregates", request, "raw")
        path = f"/v2/aggs/ticker/{quote(ticker, safe=':')}/range/1/day/{request.start}/{request.end}"
        zone = UTC if ticker.startswith(("X:", "C:")) else NEW_YORK
        unfinished = self._now().astimezone(UTC).date() if zone is UTC else date.max
        for bar in self._pages(path, {"adjusted": "false", "sort": "asc", "limit": 50_000}):
            days = _day(bar, zone)
            fields = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
            record = {name: bar.get(letter) for name, letter in fields.items()} | {"t": bar.get("t")}
            if zone is UTC and _is_from(days, unfinished):
                continue
            rows.add(days, record)
        return rows.batch()

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
        for _ in range(MOST_PAGES):
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
            path = parts.path
            parameters = {name: value for name, value in parse_qsl(parts.query) if name.lower() != "apikey"}
        raise SourceError(f"{self._http.host}{path}: more than {MOST_PAGES} pages; next_url goes in a circle")

    def _results(self, content: Any) -> list[Any]:
        """Return the results; an answer with a status and without results is an empty range."""
        if isinstance(content, dict) and "status" in content and content.get("results") is None:
            return []
        return records_of(content, "results", self._http.host)


def _day(bar: dict[str, Any], zone: Any) -> Callable[[], date]:
    return lambda: datetime.fromtimestamp(number(bar["t"]) / 1000.0, zone).date()


def _is_from(day: Callable[[], date], first: date) -> bool:
    """Return whether a bar's day is the given one or later; False where it cannot be read."""
    try:
        return day() >= first
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
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
