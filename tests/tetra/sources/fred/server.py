"""A loopback server that answers as FRED documents: vintages, real-time periods, pages, limits and errors, in XML.

Shapes from https://fred.stlouisfed.org/docs/api/fred/ (series_observations, series_vintagedates, series_release,
release_dates, errors); the words of its errors from threads that quote them (mortada/fredapi 35, 48; "does not exist
in ALFRED").
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

FOREVER = "9999-12-31"
TODAY = "2026-11-20"


@dataclass(frozen=True)
class Value:
    """One value of one observation and the first and last day it was the newest one."""

    observed: str
    value: str
    first_day: str
    last_day: str = FOREVER


@dataclass
class Series:
    """What FRED holds of a series."""

    values: list[Value]
    is_in_alfred: bool = True

    @property
    def vintages(self) -> list[str]:
        return sorted({value.first_day for value in self.values})


@dataclass
class Release:
    """What FRED holds of a release: its days, and how many of the last of them have no data yet."""

    release_id: str
    name: str
    series_ids: tuple[str, ...]
    days: list[str]
    scheduled: int = 0


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


Fault = Callable[["FredHandler"], None]


@dataclass
class FredServer:
    """Series, faults to answer with before them, and what was asked for."""

    series: Mapping[str, Series]
    api_key: str
    releases: list[Release] = field(default_factory=list)
    largest_page: int = 100_000
    most_vintages: int = 2000
    faults: deque[Fault] = field(default_factory=deque)
    asked: list[dict[str, str]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> FredServer:
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), FredHandler)
        self._http.daemon_threads = True
        self._http.fred = self
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/fred"

    def answer(self, path: str, query: Mapping[str, str]) -> str:
        if "api_key" not in query:
            raise Refused(400, "Bad Request.  Variable api_key has not been set.")
        if query["api_key"] != self.api_key:
            raise Refused(
                400,
                "Bad Request.  The value for variable api_key is not registered.  "
                "Read https://fred.stlouisfed.org/docs/api/api_key.html for more information.",
            )
        if path == "/fred/release/dates":
            return self.page("release_dates", self.release_dates(query), query)
        if query["series_id"] not in self.series:
            raise Refused(400, "Bad Request.  The series does not exist.")
        if path == "/fred/series/release":
            return self.release_of(query["series_id"])
        series = self.series[query["series_id"]]
        if not series.is_in_alfred and (path.endswith("vintagedates") or "realtime_start" in query):
            raise Refused(400, "Bad Request.  The series does not exist in ALFRED but may exist in FRED.")
        if path == "/fred/series/vintagedates":
            records = [f"<vintage_date>{day}</vintage_date>" for day in series.vintages]
            return self.page("vintage_dates", records, query)
        if path == "/fred/series/observations":
            return self.page("observations", self.observations(series, query), query)
        raise Refused(404, "Not Found")

    def release_of(self, series_id: str) -> str:
        found = [
            f'<release id="{release.release_id}" realtime_start="{TODAY}" realtime_end="{TODAY}" '
            f'name={quoteattr(release.name)} press_release="true"/>'
            for release in self.releases
            if series_id in release.series_ids
        ]
        return f'<releases realtime_start="{TODAY}" realtime_end="{TODAY}">{"".join(found)}</releases>'

    def release_dates(self, query: Mapping[str, str]) -> list[str]:
        (release,) = (release for release in self.releases if release.release_id == query["release_id"])
        days = release.days
        if query.get("include_release_dates_with_no_data", "false") != "true":
            days = days[: len(days) - release.scheduled]
        first, last = query.get("realtime_start", "1776-07-04"), query.get("realtime_end", FOREVER)
        return [
            f'<release_date release_id="{release.release_id}">{day}</release_date>'
            for day in days
            if first <= day <= last
        ]

    def observations(self, series: Series, query: Mapping[str, str]) -> list[str]:
        start, end = query.get("realtime_start", TODAY), query.get("realtime_end", TODAY)
        vintages = sum(start <= day <= end for day in series.vintages)
        if vintages > self.most_vintages:
            raise Refused(
                400,
                f"Bad Request.  There are {vintages} vintage dates in the specified real-time period: {start} to "
                f"{end}.  This exceeds the maximum number of vintage dates allowed ({self.most_vintages}).",
            )
        first, last = query.get("observation_start", "1776-07-04"), query.get("observation_end", FOREVER)
        # real-time periods are cut to the one asked for: what was known before it is said to start with it
        return [
            f'<observation realtime_start="{max(value.first_day, start)}" realtime_end="{min(value.last_day, end)}" '
            f"date={quoteattr(value.observed)} value={quoteattr(value.value)}/>"
            for value in sorted(series.values, key=lambda value: (value.observed, value.first_day))
            if value.first_day <= end and value.last_day >= start and first <= value.observed <= last
        ]

    def page(self, tag: str, records: list[str], query: Mapping[str, str]) -> str:
        limit = min(int(query.get("limit", self.largest_page)), self.largest_page)
        offset = int(query.get("offset", 0))
        body = "".join(records[offset : offset + limit])
        return f'<{tag} count="{len(records)}" offset="{offset}" limit="{limit}">{body}</{tag}>'


class FredHandler(BaseHTTPRequestHandler):
    """One request."""

    fred: FredServer

    def do_GET(self) -> None:
        self.fred = self.server.fred
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.fred.asked.append({"path": parts.path, **query})
        if self.fred.faults:
            self.fred.faults.popleft()(self)
            return
        try:
            self.reply(200, self.fred.answer(parts.path, query))
        except Refused as refused:
            self.reply(refused.status, error_xml(refused.status, str(refused)))

    def reply(self, status: int, text: str, headers: Mapping[str, str] | None = None, *, missing: int = 0) -> None:
        """Answer; ``missing`` bytes of the announced length never come."""
        body = text.encode()
        own = {"Date": "Fri, 20 Nov 2026 12:00:00 GMT", "Content-Type": "text/xml;charset=utf-8", **(headers or {})}
        self.send_response_only(status)
        for name, value in own.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + missing))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def error_xml(status: int, message: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8" ?>\n<error code="{status}" message={quoteattr(message)}/>'


def status(code: int, message: str = "", headers: Mapping[str, str] | None = None) -> Fault:
    """Answer with an error."""
    return lambda handler: handler.reply(code, error_xml(code, message), headers)


def page(text: str, code: int = 200, *, missing: int = 0) -> Fault:
    """Answer with this text."""
    return lambda handler: handler.reply(code, text, missing=missing)


def stall(handler: FredHandler) -> None:
    """Announce an answer, then say nothing until the server closes."""
    handler.send_response_only(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.fred.released.wait()
