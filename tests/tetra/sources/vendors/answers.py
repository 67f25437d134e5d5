"""What each vendor answers, in the shapes its documentation shows, from one small table of days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.tetra.sources.vendors.loopback import Asked, Clock, Reply

from tetra.sources.base import Source
from tetra.sources.binance import BinanceSource
from tetra.sources.coingecko import CoinGeckoSource
from tetra.sources.polygon import PolygonSource
from tetra.sources.yahoo import YahooSource

NEW_YORK = ZoneInfo("America/New_York")

Days = Mapping[date, float]
"""Closes by session; the other prices are made from them."""

# Apple around its 4-for-1 split of 2020-08-31: closes as traded, and as Yahoo gives them today
APPLE_RAW = {
    date(2020, 8, 27): 500.04,
    date(2020, 8, 28): 499.23,
    date(2020, 8, 31): 129.04,
    date(2020, 9, 1): 134.18,
}
APPLE_SPLIT = APPLE_RAW | {date(2020, 8, 27): 125.01, date(2020, 8, 28): 124.8075}
NOW = datetime(2020, 9, 2, 3, tzinfo=UTC)


def milliseconds(day: date, at: time, zone: Any) -> int:
    return int(datetime.combine(day, at, zone).timestamp()) * 1000


def polygon(tickers: Mapping[str, Days], *, page: int = 50_000, host: str = "") -> Callable[[Asked], Reply]:
    """Bars of /v2/aggs with next_url paging; an unknown ticker is a result without results, as Polygon has it."""

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/v3/reference"):
            return Reply({"results": [], "status": "OK", "request_id": "r"})
        *_, ticker, _, _, _, start, end = asked.path.split("/")
        zone = UTC if ticker.startswith("X:") else NEW_YORK
        days = [day for day in tickers.get(ticker, {}) if start <= day.isoformat() <= end]
        offset = int(asked.query.get("cursor", 0))
        shown = days[offset : offset + page]
        body: dict[str, Any] = {
            "ticker": ticker,
            "adjusted": False,
            "queryCount": len(shown),
            "resultsCount": len(shown),
            "status": "OK",
        }
        if shown:
            body["results"] = [
                {
                    "t": milliseconds(day, time(0), zone),
                    "o": tickers[ticker][day],
                    "h": tickers[ticker][day] + 1,
                    "l": tickers[ticker][day] - 1,
                    "c": tickers[ticker][day],
                    "v": 1000,
                    "vw": tickers[ticker][day],
                    "n": 10,
                }
                for day in shown
            ]
        if offset + page < len(days):
            body["next_url"] = f"{host}{asked.path}?cursor={offset + page}"
        return Reply(body)

    return answer


def binance(pairs: Mapping[str, Days]) -> Callable[[Asked], Reply]:
    """Lists of twelve, numbers as text; an unknown pair is status 400 with code -1121."""

    def answer(asked: Asked) -> Reply:
        days = pairs.get(asked.query["symbol"])
        if days is None:
            return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
        start, end, limit = (int(asked.query[name]) for name in ("startTime", "endTime", "limit"))
        klines = []
        for day, close in days.items():
            opened = milliseconds(day, time(0), UTC)
            if start <= opened <= end:
                prices = [str(close), str(close + 1), str(close - 1), str(close), "1000.0"]
                klines.append([opened, *prices, opened + 86_399_999, "500.0", 10, "1.0", "1.0", "0"])
        return Reply(klines[:limit])

    return answer


def coingecko(coins: Mapping[str, Days]) -> Callable[[Asked], Reply]:
    """Points at midnight UTC, each the close of the day that has just ended; an unknown coin is status 404."""

    def answer(asked: Asked) -> Reply:
        days = coins.get(asked.path.split("/")[2])
        if days is None:
            return Reply({"error": "coin not found"}, 404)
        start, end = int(asked.query["from"]) * 1000, int(asked.query["to"]) * 1000
        points = [(milliseconds(day + timedelta(days=1), time(0), UTC), close) for day, close in days.items()]
        shown = [(at, close) for at, close in points if start <= at <= end]
        return Reply(
            {
                "prices": [[at, close] for at, close in shown],
                "market_caps": [[at, 1.0] for at, _ in shown],
                "total_volumes": [[at, 1000 * close] for at, close in shown],
            }
        )

    return answer


@dataclass(frozen=True)
class Events:
    """Corporate actions as Yahoo gives them."""

    dividends: Days = field(default_factory=dict)
    splits: Mapping[date, tuple[float, float]] = field(default_factory=dict)


def yahoo(
    tickers: Mapping[str, Days], events: Events | None = None, zone: str = "America/New_York"
) -> Callable[[Asked], Reply]:
    """The chart endpoint; an unknown ticker is status 404 with the reason, no days is a result without any."""
    happened = events or Events()

    def at(day: date) -> int:
        opens = time(0) if zone == "UTC" else time(9, 30)
        return milliseconds(day, opens, ZoneInfo(zone)) // 1000

    def answer(asked: Asked) -> Reply:
        ticker = asked.path.rpartition("/")[2]
        if ticker not in tickers:
            reason = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return Reply({"chart": {"result": None, "error": reason}}, 404)
        start, end = int(asked.query.get("period1", 0)), int(asked.query.get("period2", 2**40))
        days = {day: close for day, close in tickers[ticker].items() if start <= at(day) < end}
        result: dict[str, Any] = {
            "meta": {
                "currency": "USD",
                "symbol": ticker,
                "instrumentType": "EQUITY",
                "exchangeTimezoneName": zone,
                "regularMarketTime": at(max(tickers[ticker])),
                "priceHint": 2,
                "dataGranularity": "1d",
                "validRanges": ["1d", "max"],
            },
            "indicators": {"quote": [{}], "adjclose": [{}]},
        }
        if days:
            closes = list(days.values())
            result["timestamp"] = [at(day) for day in days]
            result["indicators"] = {
                "quote": [
                    {
                        "open": closes,
                        "high": [close + 1 for close in closes],
                        "low": [close - 1 for close in closes],
                        "close": closes,
                        "volume": [1000] * len(closes),
                    }
                ],
                "adjclose": [{"adjclose": closes}],
            }
            result["events"] = {
                "dividends": {
                    str(at(day)): {"amount": amount, "date": at(day)}
                    for day, amount in happened.dividends.items()
                    if start <= at(day) < end
                },
                "splits": {
                    str(at(day)): {"date": at(day), "numerator": new, "denominator": old, "splitRatio": f"{new}:{old}"}
                    for day, (new, old) in happened.splits.items()
                    if start <= at(day) < end
                },
            }
        return Reply({"chart": {"result": [result], "error": None}})

    return answer


def settings(url: str, clock: Clock) -> dict[str, Any]:
    return {
        "base_url": url,
        "timeout_seconds": 5,
        "retries": 2,
        "requests_per_minute": 1e9,
        "max_workers": 2,
        "sleep": clock.sleep,
    }


def polygon_source(url: str, clock: Clock, **changes: Any) -> PolygonSource:
    given = settings(url, clock) | {"key_variable": "TETRA_POLYGON_API_KEY", "now": lambda: NOW}
    return PolygonSource(**{**given, **changes})


def binance_source(url: str, clock: Clock, **changes: Any) -> BinanceSource:
    return BinanceSource(**{**settings(url, clock), "now": lambda: NOW, **changes})


def coingecko_source(url: str, clock: Clock, **changes: Any) -> CoinGeckoSource:
    given = settings(url, clock) | {
        "key_variable": "TETRA_COINGECKO_API_KEY",
        "key_header": "x-cg-demo-api-key",
        "currency": "usd",
    }
    return CoinGeckoSource(**{**given, **changes})


def yahoo_source(url: str, clock: Clock, **changes: Any) -> YahooSource:
    return YahooSource(**{**settings(url, clock), "now": lambda: NOW, **changes})


@dataclass(frozen=True)
class Contract:
    """One vendor: how its client is made, how it answers, and what its answers mean."""

    source: Callable[..., Source]
    answer: Callable[[Mapping[str, Days]], Callable[[Asked], Reply]]
    price_basis: str
    has_full_bars: bool
    key_variable: str | None


CONTRACTS = {
    "polygon": Contract(polygon_source, polygon, "raw", True, "TETRA_POLYGON_API_KEY"),
    "binance": Contract(binance_source, binance, "raw", True, None),
    "coingecko": Contract(coingecko_source, coingecko, "raw", False, "TETRA_COINGECKO_API_KEY"),
    "yahoo": Contract(yahoo_source, yahoo, "split", True, None),
}
