"""What yfinance asks Yahoo through: charts and earnings pages go to our clients, everything else gets an empty answer.

So pace, patience and timeouts are ours (:mod:`tetra.sources.http`), over the browser-like connections that Yahoo
expects (curl_cffi). Yahoo's cookie and crumb are not fetched: what is asked for here is answered without them.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yfinance
from curl_cffi import requests as curl
from yfinance.data import YfData

from tetra.errors import SourceError
from tetra.settings import state_dir
from tetra.sources.http import HttpClient
from tetra.sources.http_answers import short
from tetra.sources.transport import ConnectionFailed, Parameters, RawAnswer, Send

CHART = "/v8/finance/chart/"
EARNINGS = "/calendar/earnings"
"""Paths of the endpoints used, below the hosts of the interface and of the site."""


class YahooSession(curl.Session[curl.Response]):
    """The session that yfinance is given.

    Parameters
    ----------
    charts, pages : callable
        From a transport over this session to the client of Yahoo's interface, and to that of its site.
    """

    def __init__(self, *, charts: Callable[[Send], HttpClient], pages: Callable[[Send], HttpClient]) -> None:
        super().__init__(impersonate="chrome")
        self.charts = charts(self._over_the_wire)
        self.pages = pages(self._over_the_wire)

    def request(self, method: str, url: str, *args: Any, **options: Any) -> curl.Response:
        """Answer one request of yfinance."""
        parts = urlsplit(url)
        parameters = dict(parse_qsl(parts.query)) | {k: str(v) for k, v in (options.get("params") or {}).items()}
        parameters.pop("crumb", None)
        if method == "GET" and parts.path.startswith(CHART):
            return _response(url, self._chart(parts.path, parameters))
        if method == "GET" and parts.path == EARNINGS:
            return _response(url, self._earnings_page(parameters))
        return _response(url, "{}")

    def _chart(self, path: str, parameters: Parameters) -> str:
        # Yahoo says in the body why it has no chart (404), or none of these days (400, 422); yfinance reads it there
        answer = self.charts.get(path, parameters, accept=(400, 404, 422))
        content = answer.content
        if answer.status == 404 and content is None:
            content = {"chart": {"result": None, "error": {"code": "Not Found", "description": "status 404"}}}
        if not (isinstance(content, dict) and isinstance(content.get("chart"), dict)):
            # yfinance would take it for a symbol without data
            raise SourceError(f"{self.charts.host}{path} answered no chart but {short(str(content))}")
        return json.dumps(content)

    def _earnings_page(self, parameters: Parameters) -> str:
        answer = self.pages.get_text(EARNINGS, parameters, accept=(404,))
        if answer.status == 404:
            return ""
        page = str(answer.content)
        # yfinance would take a notice for a symbol without announcements, and half a table for all of it
        if "earnings calendar" not in page.lower() or "</html>" not in page.lower():
            raise SourceError(
                f"{self.pages.host}{EARNINGS} answered 200 without a whole earnings calendar: "
                f"{len(page)} characters, beginning {short(page)!r}"
            )
        return page

    def _over_the_wire(self, url: str, parameters: Parameters, headers: Mapping[str, str], timeout: float) -> RawAnswer:
        try:
            found = super().request(
                "GET", url, params=dict(parameters), headers=dict(headers), timeout=timeout, allow_redirects=False
            )
        except curl.exceptions.Timeout as error:
            raise ConnectionFailed(f"no answer within {timeout:g} s") from error
        except curl.exceptions.RequestException as error:
            raise ConnectionFailed(f"no connection, or it was cut ({type(error).__name__})") from error
        answered = {name.lower(): str(value) for name, value in found.headers.items()}
        return RawAnswer(found.status_code, answered, found.content.decode("utf-8", "replace"))


def prepare_yfinance() -> None:
    """Make yfinance raise what it would log, keep its files in our state, and forget what it was told before."""
    yfinance.config.debug.hide_exceptions = False
    _keep_files_in(str(state_dir() / "yfinance"))
    YfData.cache_get.cache_clear()  # a run again in the same process must see what was revised


@functools.cache
def _keep_files_in(directory: str) -> None:
    """Have yfinance keep what it remembers (exchanges' time zones) there; it wants this once, before its first use."""
    yfinance.set_tz_cache_location(directory)


def _response(url: str, text: str) -> curl.Response:
    found = curl.Response()
    found.url, found.content = url, text.encode()
    return found
