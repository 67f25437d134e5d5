"""CoinGecko: daily closes and volumes of crypto assets, averaged over exchanges. Works without a key, better with one.

Limits: no open, high or low; without a paid plan only the last 365 days (further back is answered with 401, and the
next source is asked) and some tens of requests per minute. Points are at 00:00 UTC, or hourly for ranges up to 90
days; the close of a day is the first point within an hour from the midnight that ends it, so a day that is not over
has none. Volume is given as the money traded in the 24 hours before the point; divided by its price it is in coins, as
other sources have it. ``vendor_tickers`` maps a symbol to CoinGecko's id (``BTC-USD`` to ``bitcoin``).

References
----------
.. [1] https://docs.coingecko.com/reference/coins-id-market-chart-range
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from tetra.errors import SourceError
from tetra.sources.base import BarBatch, BarRequest, DataKind, Source
from tetra.sources.http import ApiKey, HttpClient
from tetra.sources.vendor import BarRows, check_workers, fan_out, number, records_of, utc_day, utc_milliseconds

HOUR = 3_600_000
"""Milliseconds."""

DAY = 24 * HOUR


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
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars"})

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
        return fan_out(self.name, "bars", request, fetch=self._symbol_bars, workers=self._workers)

    def _symbol_bars(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        answer = self._http.get(
            f"/coins/{quote(ticker, safe='')}/market_chart/range",
            {
                "vs_currency": self._currency,
                "from": utc_milliseconds(request.start, plus_days=1) // 1000,
                "to": (utc_milliseconds(request.end, plus_days=1) + HOUR) // 1000,
            },
            accept=(404,),
        )
        if answer.status == 404:
            return None
        if not isinstance(answer.content, dict) or "prices" not in answer.content:
            raise SourceError(f"{self._http.host} answered no prices for {ticker}: {str(answer.content)[:160]}")
        rows = BarRows(symbol, f"{self.name}:market_chart", request, "raw")
        money = dict(_points(answer.content, "total_volumes", self._http.host))
        ended: set[int] = set()
        for at, price in _points(answer.content, "prices", self._http.host):
            midnight = at - at % DAY
            if at - midnight > HOUR or midnight in ended:
                continue
            ended.add(midnight)
            rows.add(_day_before(midnight), {"close": price, "volume": _coins(money.get(at), price), "at": at})
        return rows.batch()


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


def _coins(money: Any, price: Any) -> float | None:
    """Return the volume in coins; None where either number is absent or useless (the close says so by itself)."""
    try:
        amount, each = number(money), number(price)
    except ValueError:
        return None
    return amount / each if each > 0 else None
