"""What each vendor answers when asked for hours, in the shapes its documentation shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from tests.tetra.sources.vendors.answers import NEW_YORK, Days, Events, yahoo
from tests.tetra.sources.vendors.loopback import Asked, Reply

Hours = Mapping[datetime, float]
"""Closes by when the hour opened; the other prices are made from them."""


def new_york(day: date, *at: str) -> list[datetime]:
    return [datetime.combine(day, time.fromisoformat(moment), NEW_YORK) for moment in at]


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def polygon_hours(
    tickers: Mapping[str, Hours], extended: Mapping[str, Hours] | None = None, *, page: int = 50_000, host: str = ""
) -> Callable[[Asked], Reply]:
    """Half-hours of stocks, of extended hours too, and hours of crypto, between two times; pages by next_url."""

    def answer(asked: Asked) -> Reply:
        *_, ticker, _, multiplier, unit, start, end = asked.path.split("/")
        hours = tickers.get(ticker, {})
        bars = [bar for opened, close in hours.items() for bar in _polygon_bars(opened, close, f"{multiplier}/{unit}")]
        for opened, close in (extended or {}).get(ticker, {}).items():
            bars.append(_polygon_bar(opened, (close, close, close, close), 1))
        inside = sorted((bar for bar in bars if int(start) <= bar["t"] <= int(end)), key=lambda bar: bar["t"])
        offset = int(asked.query.get("cursor", 0))
        body: dict[str, Any] = {"ticker": ticker, "adjusted": False, "status": "OK"}
        if inside:
            body["results"] = inside[offset : offset + page]
        if offset + page < len(inside):
            body["next_url"] = f"{host}{asked.path}?cursor={offset + page}"
        return Reply(body)

    return answer


def _polygon_bars(opened: datetime, close: float, span: str) -> list[dict[str, Any]]:
    if span == "1/hour":
        return [_polygon_bar(opened, (close, close + 1, close - 1, close), 1000)]
    first = _polygon_bar(opened, (close, close + 1, close, close + 0.5), 400)
    return [first, _polygon_bar(opened + timedelta(minutes=30), (close + 0.5, close + 0.5, close - 1, close), 600)]


def _polygon_bar(opened: datetime, prices: tuple[float, float, float, float], volume: int) -> dict[str, Any]:
    return {"t": milliseconds(opened), **dict(zip("ohlc", prices, strict=True)), "v": volume, "vw": prices[3], "n": 9}


def binance_hours(pairs: Mapping[str, Hours]) -> Callable[[Asked], Reply]:
    """Klines of an hour."""

    def answer(asked: Asked) -> Reply:
        hours = pairs.get(asked.query["symbol"])
        if hours is None or asked.query["interval"] != "1h":
            return Reply({"code": -1121, "msg": "Invalid symbol."}, 400)
        start, end, limit = (int(asked.query[name]) for name in ("startTime", "endTime", "limit"))
        klines = []
        for opened, close in hours.items():
            if start <= (at := milliseconds(opened)) <= end:
                prices = [str(close), str(close + 1), str(close - 1), str(close), "1000.0"]
                klines.append([at, *prices, at + 3_599_999, "500.0", 10, "1.0", "1.0", "0"])
        return Reply(klines[:limit])

    return answer


def coingecko_hours(coins: Mapping[str, Hours], late: timedelta = timedelta(seconds=90)) -> Callable[[Asked], Reply]:
    """Points soon after every hour, each the close of the one that has ended; daily ones for more than 90 days."""

    def answer(asked: Asked) -> Reply:
        hours = coins.get(asked.path.split("/")[2])
        if hours is None:
            return Reply({"error": "coin not found"}, 404)
        start, end = int(asked.query["from"]) * 1000, int(asked.query["to"]) * 1000
        points = [(milliseconds(opened + timedelta(hours=1) + late), close) for opened, close in hours.items()]
        shown = [[at, close] for at, close in points if start <= at <= end]
        if end - start > 90 * 86_400_000:
            shown = [[at, close] for at, close in shown if at % 86_400_000 < 3_600_000]
        money = [[at, 24_000 * close] for at, close in shown]
        return Reply({"prices": shown, "market_caps": money, "total_volumes": money})

    return answer


def yahoo_hours(
    tickers: Mapping[str, Hours],
    days: Mapping[str, Days] | None = None,
    events: Events | None = None,
    zone: str = "America/New_York",
) -> Callable[[Asked], Reply]:
    """The chart of interval 1h with its trading periods; the daily one of the same closes, unless others are given."""
    daily = {name: _last_closes(hours) for name, hours in tickers.items()} if days is None else days
    by_day = yahoo(daily, events, zone)

    def answer(asked: Asked) -> Reply:
        reply = by_day(asked)
        ticker = asked.path.rpartition("/")[2]
        if asked.query.get("interval") != "1h" or reply.status != 200:
            return reply
        start, end = int(asked.query["period1"]), int(asked.query["period2"])
        shown = {at: close for at, close in tickers[ticker].items() if start <= at.timestamp() < end}
        return Reply({"chart": {"result": [_hourly_chart(reply, shown)], "error": None}})

    return answer


def _last_closes(hours: Hours) -> Days:
    return {opened.date(): close for opened, close in hours.items()}


def _hourly_chart(daily: Reply, hours: Hours) -> dict[str, Any]:
    result = dict(daily.body["chart"]["result"][0])
    if not hours:
        return {"meta": result["meta"], "indicators": {"quote": [{}]}}
    closes = list(hours.values())
    ends = {date(2020, 11, 27): time(13)}  # the day after Thanksgiving
    periods = []
    for day in sorted({opened.date() for opened in hours}):
        zone = next(iter(hours)).tzinfo
        opens, closed = (time(9, 30), ends.get(day, time(16))) if zone is NEW_YORK else (time(0), time(23, 59))
        start, end = (int(datetime.combine(day, at, zone).timestamp()) for at in (opens, closed))
        periods.append([{"start": start, "end": end, "timezone": "EDT", "gmtoffset": -14400}])
    high, low = [close + 1 for close in closes], [close - 1 for close in closes]
    quote = {"open": closes, "high": high, "low": low, "close": closes, "volume": [1000] * len(closes)}
    return {
        "meta": {**result["meta"], "dataGranularity": "1h", "tradingPeriods": periods},
        "timestamp": [int(opened.timestamp()) for opened in hours],
        "indicators": {"quote": [quote]},
        "events": result.get("events", {}),
    }


STOCK_DAYS = (date(2020, 8, 28), date(2020, 8, 31))
WHOLE_HOURS = {
    opened: 500.0 + number
    for number, opened in enumerate(at for day in STOCK_DAYS for at in new_york(day, "10:00", "11:00", "15:00"))
}
HALF_PAST = {
    opened: 500.0 + number
    for number, opened in enumerate(at for day in STOCK_DAYS for at in new_york(day, "09:30", "10:30", "15:30"))
}
UTC_HOURS = {opened.astimezone(UTC): close for opened, close in WHOLE_HOURS.items()}
