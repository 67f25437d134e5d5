"""Binance spot market: daily and hourly bars of crypto pairs, as traded. Needs no key.

Days and hours are UTC's; the one that is not over is left out. Volume is in coins. ``vendor_tickers`` maps a symbol to
its pair (``BTC-USD`` to ``BTCUSDT``): prices are in Tether, which has traded within a few per mille of a dollar on all
but a few days. A pair that Binance does not have is left to the next source; a delisted one ends on its last day.
Binance answers 451 in some countries and 418 to an address it has banned: the next source is asked.

References
----------
.. [1] https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, ClassVar

from tetra.errors import SourceError
from tetra.sources.base import BarBatch, BarRequest, DataKind, Source, Timeframe
from tetra.sources.http import HttpClient
from tetra.sources.vendor import BARS, check_workers, fan_out, now_utc, utc_day, utc_milliseconds, utc_moment
from tetra.sources.vendor_rows import BarRows

PAGE = 1000
"""Most bars in one answer."""

UNKNOWN_PAIR = -1121
"""Binance's error code, with status 400."""

COLUMNS = ("open_time", "open", "high", "low", "close", "volume", "close_time")


class BinanceSource(Source):
    """Client of Binance's public market data.

    Parameters
    ----------
    base_url, timeout_seconds, retries, requests_per_minute
        See :class:`tetra.sources.http.HttpClient`.
    max_workers : int
        Symbols asked at once.
    sleep, now : callable
        Waiting and the time; replaced in tests.
    """

    name: ClassVar[str] = "binance"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "hourly_bars"})

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float,
        retries: int,
        requests_per_minute: float,
        max_workers: int,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self._http = HttpClient(
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            retries=retries,
            requests_per_minute=requests_per_minute,
            refusals=(401, 403, 418, 451),
            sleep=sleep,
        )
        self._workers = check_workers(self.name, max_workers)
        self._now = now

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that Binance has in the range; raises as the base class says."""
        return fan_out(self.name, BARS[request.timeframe], request, fetch=self._symbol_bars, workers=self._workers)

    def _symbol_bars(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        rows = BarRows(symbol, f"{self.name}:klines", request, "raw")
        now = self._now().timestamp() * 1000.0
        for kline in self._klines(ticker, request):
            record = dict(zip(COLUMNS, kline, strict=False))
            closes_at = record.get("close_time")
            if isinstance(closes_at, int) and closes_at >= now:
                continue
            rows.add(_opened(record, request.timeframe), record)
        return rows.batch()

    def _klines(self, ticker: str, request: BarRequest) -> Iterator[list[Any]]:
        start, end = utc_milliseconds(request.start), utc_milliseconds(request.end, plus_days=1) - 1
        while start <= end:
            answer = self._http.get(
                "/api/v3/klines",
                {"symbol": ticker, "interval": request.timeframe, "startTime": start, "endTime": end, "limit": PAGE},
                accept=(400, 404),
            )
            if answer.status != 200:
                self._refuse_unless_unknown(ticker, answer.content, answer.status)
                return
            page = answer.content
            if not (isinstance(page, list) and all(isinstance(kline, list) for kline in page)):
                raise SourceError(f"{self._http.host} answered no lists of klines for {ticker} but {str(page)[:160]}")
            yield from page
            if len(page) < PAGE:
                return
            last = page[-1][0] if page[-1] else None
            if not isinstance(last, int) or last < start:
                raise SourceError(f"{self._http.host}: the pages of {ticker} do not go on (open time {last!r})")
            start = last + 1

    def _refuse_unless_unknown(self, ticker: str, content: Any, status: int) -> None:
        code = content.get("code") if isinstance(content, dict) else None
        if status != 404 and code != UNKNOWN_PAIR:
            raise SourceError(f"{self._http.host} answered {status} for {ticker}: {str(content)[:160]}")


def _opened(record: dict[str, Any], timeframe: Timeframe) -> Callable[[], date]:
    read = utc_moment if timeframe == "1h" else utc_day
    return lambda: read(record["open_time"])
