"""Yahoo Finance through yfinance: daily bars, splits and dividends. Needs no key.

yfinance reads Yahoo's answers; how often, how long and how many times Yahoo is asked is decided here, by
:mod:`tetra.sources.http`, over the browser-like connections that Yahoo expects (curl_cffi). Yahoo's cookie and crumb
are not fetched: the chart endpoint, the only one used, answers without them.

What Yahoo gives is adjusted for splits, up to the day of asking: bars have ``price_basis`` split (yfinance's own
dividend adjustment is left off). Its dividends are divided by later splits too. They are multiplied back here, to
the amount per share of their own ex-date, as a table of corporate actions holds them; Yahoo rounds to six decimals, so
amounts before large splits carry an error of some 1e-5. To undo later splits they must be known: actions are read up
to today, whatever the request's end.

A symbol that Yahoo does not know, or has delisted, is left to the next source. Crypto trades round the clock: a UTC
day that is not over is left out.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

import pandas as pd
import yfinance
from curl_cffi import requests as curl
from yfinance.data import YfData
from yfinance.exceptions import YFException, YFTickerMissingError

from tetra.errors import SourceError
from tetra.settings import state_dir
from tetra.sources.base import ActionBatch, BarBatch, BarRequest, DataKind, Source
from tetra.sources.http import HttpClient
from tetra.sources.transport import ConnectionFailed, Parameters, RawAnswer
from tetra.sources.vendor import ActionRows, BarRows, check_workers, fan_out, now_utc

Read = TypeVar("Read", date, float)

CHART = "/v8/finance/chart/"
"""Path of the one endpoint used."""

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, YFException)
"""What yfinance raises on an answer of another shape than it expects."""


class YahooSource(Source):
    """Client of Yahoo's charts.

    Parameters
    ----------
    base_url, timeout_seconds, retries, requests_per_minute
        See :class:`tetra.sources.http.HttpClient`.
    max_workers : int
        Symbols asked at once.
    sleep, now : callable
        Waiting and the time; replaced in tests.
    """

    name: ClassVar[str] = "yahoo"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "actions"})

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
        self._session = ChartSession(
            lambda wire: HttpClient(
                base_url=base_url,
                timeout_seconds=timeout_seconds,
                retries=retries,
                requests_per_minute=requests_per_minute,
                send=wire,
                sleep=sleep,
            )
        )
        self._workers = check_workers(self.name, max_workers)
        self._now = now

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that Yahoo has in the range; raises as the base class says."""
        _prepare_yfinance()
        return fan_out(self.name, "bars", request, fetch=self._symbol_bars, workers=self._workers)

    def actions(self, request: BarRequest) -> Iterator[ActionBatch]:
        """Yield one batch per symbol that Yahoo has since the start, empty if nothing happened in the range."""
        _prepare_yfinance()
        return fan_out(self.name, "corporate actions", request, fetch=self._symbol_actions, workers=self._workers)

    def _symbol_bars(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        rows = BarRows(symbol, f"{self.name}:chart", request, "split")
        today = self._now().astimezone(UTC).date()
        for day in self._history(ticker, start=request.start, end=request.end + timedelta(days=1)):
            if day.never_closes and day.session >= today:
                continue
            prices = ("Open", "High", "Low", "Close", "Volume")
            rows.add(_always(day.session), {name.lower(): day.values[name] for name in prices})
        return rows.batch()

    def _symbol_actions(self, symbol: str, ticker: str, request: BarRequest) -> ActionBatch | None:
        rows = ActionRows(symbol, f"{self.name}:chart", request)
        later_splits = 1.0
        days = self._history(ticker, start=request.start, end=None)
        for day in reversed(days):
            ex_date, dividend, split = day.session, day.values["Dividends"], day.values["Stock Splits"]
            if dividend != 0:
                record = {"ex_date": ex_date.isoformat(), "dividend": dividend, "later_splits": later_splits}
                rows.add("dividend", _always(ex_date), _always(dividend * later_splits), record)
            if split != 0:
                rows.add("split", _always(ex_date), _always(split), {"ex_date": ex_date.isoformat(), "split": split})
                later_splits *= split
        return rows.batch(known=bool(days))

    def _history(self, ticker: str, *, start: date, end: date | None) -> list[_Day]:
        """Return yfinance's daily rows from start up to the day before end; none for a ticker without a chart."""
        host = self._session.http.host
        try:
            found: pd.DataFrame = yfinance.Ticker(ticker, session=self._session).history(
                start=start.isoformat(),
                end=None if end is None else end.isoformat(),
                interval="1d",
                auto_adjust=False,
                actions=True,
            )
        except YFTickerMissingError:
            return []
        except UNREADABLE as error:
            raise SourceError(f"{host}: yfinance cannot read the chart of {ticker}: {error!r}") from error
        index = found.index
        if not isinstance(index, pd.DatetimeIndex):
            raise SourceError(f"{host}: yfinance gave no dates for {ticker} but {type(index).__name__}")
        columns = {str(name): found[name].to_numpy(dtype=float).tolist() for name in found.columns}
        return [
            _Day(session, str(index.tz) == "UTC", {name: values[row] for name, values in columns.items()})
            for row, session in enumerate(index.date.tolist())
        ]


@dataclass(frozen=True)
class _Day:
    """One row of yfinance's table."""

    session: date
    never_closes: bool
    values: Mapping[str, float]


class ChartSession(curl.Session[curl.Response]):
    """The session yfinance asks through: charts go to our client, everything else gets an empty answer.

    Parameters
    ----------
    client : callable
        From a transport over this session to the client that paces and repeats its requests.
    """

    def __init__(self, client: Callable[[Callable[..., RawAnswer]], HttpClient]) -> None:
        super().__init__(impersonate="chrome")
        self.http = client(self._over_the_wire)

    def request(self, method: str, url: str, **options: Any) -> curl.Response:  # type: ignore[override] # all yfinance uses
        """Answer one request of yfinance."""
        path = urlsplit(url).path
        if method != "GET" or not path.startswith(CHART):
            return _response(url, "{}")
        parameters = {name: str(value) for name, value in (options.get("params") or {}).items() if name != "crumb"}
        # Yahoo says in the body why it has no chart (404), or none of these days (400, 422); yfinance reads it there
        answer = self.http.get(path, parameters, accept=(400, 404, 422))
        content = answer.content
        if answer.status == 404 and content is None:
            content = {"chart": {"result": None, "error": {"code": "Not Found", "description": "status 404"}}}
        if not (isinstance(content, dict) and isinstance(content.get("chart"), dict)):
            # yfinance would take it for a symbol without data
            raise SourceError(f"{self.http.host}{path} answered no chart but {str(content)[:160]}")
        return _response(url, json.dumps(content))

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


def _prepare_yfinance() -> None:
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


def _always(value: Read) -> Callable[[], Read]:
    return lambda: value
