"""CoinGecko: closes of crypto assets, averaged over exchanges. Works without a key, better with one.

Limits: no open, high or low; without a paid plan only the last 365 days (further back is answered with 401, and the
next source is asked) and some tens of requests per minute. Points are at 00:00 UTC, or hourly for ranges up to 90
days; the close of a day is the first point within an hour from the midnight that ends it, that of an hour the first
within a quarter of an hour from its end, so one that is not over has none. Hourly closes are asked for in pieces of
less than 90 days. Volume is given as the money traded in the 24 hours before the point; divided by its price it is a
day's in coins, as other sources have it; an hour's cannot be known. ``vendor_tickers`` maps a symbol to CoinGecko's id
(``BTC-USD`` to ``bitcoin``).

References
----------
.. [1] https://docs.coingecko.com/reference/coins-id-market-chart-range
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from tetra.errors import SourceError
from tetra.sources.base import BarBatch, BarRequest, DataKind, Source
from tetra.sources.http import ApiKey, HttpClient
from tetra.sources.vendor import (
    BARS,
    check_workers,
    fan_out,
    number,
    records_of,
    utc_day,
    utc_milliseconds,
    utc_moment,
)
from tetra.sources.vendor_rows import BarRows

HOUR = 3_600_000
"""Milliseconds."""

DAY = 24 * HOUR

HOURLY_LATENESS = HOUR // 4
"""How long after an hour's end the point that closes it may come; CoinGecko's come some minutes after."""

HOURLY_DAYS = 89
"""Longest piece of a range with a point for every hour, short of CoinGecko's 90 days for the lateness."""


class CoinGeckoSource(Source):
    """Client of CoinGecko's API, public, demo or paid.

    Parameters
    ----------
    base_url, timeout_seconds, retries, requests_per_minute
        See :class:`tetra.sources.http.HttpClient`.
    key_variable, key_header : str
        Environment variable with the API key, used if it is set, and the header it travels in:
        ``x-cg-demo-api-key``, or ``x-cg-pro-api-key`` with the paid plans' own ``base_url``.
    currency : str
        Of the prices ("usd").
    max_workers : int
        Symbols asked at once.
    sleep : callable
        Waiting; replaced in tests.
    """

    name: ClassVar[str] = "coingecko"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "hourly_bars"})

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float,
        retries: int,
        requests_per_minute: float,
        key_variable: str,
        key_header: str,
        currency: str,
        max_workers: int,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = HttpClient(
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            retries=retries,
            requests_per_minute=requests_per_minute,
            key=ApiKey(key_variable, header=key_header, required=False),
            sleep=sleep,
        )
        self._currency = currency
        self._workers = check_workers(self.name, max_workers)

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that CoinGecko has in the range; raises as the base class says."""
        fetch = self._symbol_hours if request.timeframe == "1h" else self._symbol_bars
        return fan_out(self.name, BARS[request.timeframe], request, fetch=fetch, workers=self._workers)

    def _symbol_bars(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        first, last = (utc_milliseconds(day, plus_days=1) for day in (request.start, request.end))
        chart = self._chart(ticker, first, last + HOUR)
        if chart is None:
            return None
        rows = BarRows(symbol, f"{self.name}:market_chart", request, "raw")
        money = dict(_points(chart, "total_volumes", self._http.host))
        for at, price, midnight in _first_of_each(_points(chart, "prices", self._http.host), DAY, lateness=HOUR):
            rows.add(_day_before(midnight), {"close": price, "volume": _coins(money.get(at), price), "at": at})
        return rows.batch()

    def _symbol_hours(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        rows = BarRows(symbol, f"{self.name}:market_chart", request, "raw")
        start, end = utc_milliseconds(request.start), utc_milliseconds(request.end, plus_days=1)
        for piece in range(start, end, HOURLY_DAYS * DAY):
            until = min(piece + HOURLY_DAYS * DAY, end)
            chart = self._chart(ticker, piece + HOUR, until + HOURLY_LATENESS)
            if chart is None:
                return None
            points = _points(chart, "prices", self._http.host)
            for at, price, ended in _first_of_each(points, HOUR, lateness=HOURLY_LATENESS):
                if piece < ended <= until:
                    rows.add(_hour_before(ended), {"close": price, "at": at})
        return rows.batch()

    def _chart(self, ticker: str, start: int, end: int) -> dict[str, Any] | None:
        """Return CoinGecko's answer for a span in milliseconds; None for a coin it does not have."""
        answer = self._http.get(
            f"/coins/{quote(ticker, safe='')}/market_chart/range",
            {"vs_currency": self._currency, "from": start // 1000, "to": end // 1000},
            accept=(404,),
        )
        if answer.status == 404:
            return None
        if not isinstance(answer.content, dict) or "prices" not in answer.content:
            raise SourceError(f"{self._http.host} answered no prices for {ticker}: {str(answer.content)[:160]}")
        return answer.content


def _first_of_each(points: list[tuple[int, Any]], period: int, *, lateness: int) -> Iterator[tuple[int, Any, int]]:
    """Yield time, value and end of the first point after the end of each period, unless it comes too late."""
    closed: set[int] = set()
    for at, value in points:
        ended = at - at % period
        if at - ended <= lateness and ended not in closed:
            closed.add(ended)
            yield at, value, ended


def _points(content: dict[str, Any], name: str, host: str) -> list[tuple[int, Any]]:
    """Return the (milliseconds, value) pairs of one series, ascending."""
    points = []
    for point in records_of(content, name, host):
        if not (isinstance(point, list) and len(point) == 2 and isinstance(point[0], int)):
            raise SourceError(f"{host}: a point of {name} is {str(point)[:80]}, not a time and a value")
        points.append((point[0], point[1]))
    return sorted(points, key=lambda point: point[0])


def _day_before(midnight: int) -> Callable[[], date]:
    return lambda: utc_day(midnight) - timedelta(days=1)


def _hour_before(ended: int) -> Callable[[], datetime]:
    return lambda: utc_moment(ended - HOUR)


def _coins(money: Any, price: Any) -> float | None:
    """Return the volume in coins; None where either number is absent or useless (the close says so by itself)."""
    try:
        amount, each = number(money), number(price)
    except ValueError:
        return None
    return amount / each if each > 0 else None
