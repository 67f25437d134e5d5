"""Yahoo Finance through yfinance: bars, splits and dividends, earnings. Needs no key.

yfinance reads Yahoo's answers; how often, how long and how many times Yahoo is asked is decided here
(:mod:`tetra.sources.yahoo_session`).

Yahoo's daily bars are adjusted for splits, up to the day of asking: ``price_basis`` split (yfinance's own dividend
adjustment is left off). Its dividends are divided by later splits too. They are multiplied back here, to the amount per
share of their own ex-date, as a table of corporate actions holds them; Yahoo rounds to six decimals, so amounts before
large splits carry an error of some 1e-5. To undo later splits they must be known: actions are read up to today,
whatever the request's end.

Hourly bars reach back two years and are given as traded, ``price_basis`` raw (:mod:`tetra.sources.yahoo_hours`). They
are of regular trading hours; those of American stocks open at 09:30, 10:30 and so on, and the last one, of 15:30, lasts
half an hour. Of a longer request the part within reach is asked for, and the log says so.

Earnings are read from Yahoo's site (:mod:`tetra.sources.yahoo_earnings`), which sends visitors of some countries to a
page of consent instead: the next source is asked.

A symbol that Yahoo does not know, or has delisted, is left to the next source. Crypto trades round the clock: a UTC
day, and of anything an hour, that is not over is left out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal

import pandas as pd
import yfinance
from yfinance.exceptions import YFException, YFTickerMissingError

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.base import ActionBatch, BarBatch, BarRequest, DataKind, Source
from tetra.sources.earnings import EarningsRows
from tetra.sources.http import HttpClient
from tetra.sources.market_hours import NEW_YORK, is_over
from tetra.sources.record_types import EarningsReport, RecordBatch, RecordRequest
from tetra.sources.vendor import BARS, always, check_workers, fan_out, now_utc
from tetra.sources.vendor_rows import ActionRows, BarRows
from tetra.sources.yahoo_earnings import PAGE, add_announcements
from tetra.sources.yahoo_hours import REACH, ChartRow, as_traded
from tetra.sources.yahoo_session import YahooSession, prepare_yfinance

log = logging.getLogger(__name__)

UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, YFException)
"""What yfinance raises on an answer of another shape than it expects."""

REFUSALS = (301, 302, 303, 307, 308, 401, 403)
"""Statuses of Yahoo's site that mean: not for you; it redirects to its page of consent."""

BAR_COLUMNS = ("Open", "High", "Low", "Close", "Volume")


class YahooSource(Source):
    """Client of Yahoo's charts and earnings calendar.

    Parameters
    ----------
    base_url, timeout_seconds, retries, requests_per_minute
        See :class:`tetra.sources.http.HttpClient`.
    max_workers : int
        Symbols asked at once.
    pages_url : str
        Host of the site, paced by itself.
    sleep, now : callable
        Waiting and the time; replaced in tests.
    """

    name: ClassVar[str] = "yahoo"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "hourly_bars", "actions", "earnings"})

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float,
        retries: int,
        requests_per_minute: float,
        max_workers: int,
        pages_url: str = "https://finance.yahoo.com",
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        settings: dict[str, Any] = {
            "timeout_seconds": timeout_seconds,
            "retries": retries,
            "requests_per_minute": requests_per_minute,
            "sleep": sleep,
        }
        self._session = YahooSession(
            charts=lambda wire: HttpClient(base_url=base_url, send=wire, **settings),
            pages=lambda wire: HttpClient(base_url=pages_url, send=wire, refusals=REFUSALS, **settings),
        )
        self._workers = check_workers(self.name, max_workers)
        self._now = now

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that Yahoo has in the range; raises as the base class says."""
        prepare_yfinance()
        is_hourly = request.timeframe == "1h"
        if is_hourly and request.start < self._hourly_from() <= request.end:
            log.info("yahoo: hourly bars reach back to %s, asked for %s", self._hourly_from(), request.start)
        fetch = self._symbol_hours if is_hourly else self._symbol_bars
        return fan_out(self.name, BARS[request.timeframe], request, fetch=fetch, workers=self._workers)

    def actions(self, request: BarRequest) -> Iterator[ActionBatch]:
        """Yield one batch per symbol that Yahoo has since the start, empty if nothing happened in the range."""
        prepare_yfinance()
        return fan_out(self.name, "corporate actions", request, fetch=self._symbol_actions, workers=self._workers)

    def earnings(self, request: RecordRequest) -> Iterator[RecordBatch[EarningsReport]]:
        """Yield one batch per symbol that Yahoo lists announcements of; raises as the base class says."""
        prepare_yfinance()
        return fan_out(self.name, "earnings", request, fetch=self._symbol_earnings, workers=self._workers)

    def _symbol_bars(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        rows = BarRows(symbol, f"{self.name}:chart", request, "split")
        today = self._now().astimezone(UTC).date()
        for day in self._history(ticker, "1d", start=request.start, end=request.end):
            if day.never_closes and day.session >= today:
                continue
            rows.add(always(day.session), {name.lower(): day.values[name] for name in BAR_COLUMNS})
        return rows.batch()

    def _symbol_hours(self, symbol: str, ticker: str, request: BarRequest) -> BarBatch | None:
        start = max(request.start, self._hourly_from())
        if start > request.end:
            raise SourceUnavailable(
                f"source {self.name!r} has hourly bars from {start} on, asked for {request.start} to {request.end}; "
                "list another under kinds.hourly_bars"
            )
        rows = BarRows(symbol, f"{self.name}:chart", request, "raw")
        hours = self._history(ticker, "1h", start=start, end=request.end)
        if hours and not hours[0].never_closes:
            hours = as_traded(hours, self._history(ticker, "1d", start=start, end=None))
        now = self._now()
        for hour in hours:
            if is_over(hour.opened, now):
                rows.add(always(hour.opened), {name.lower(): hour.values[name] for name in BAR_COLUMNS})
        return rows.batch()

    def _symbol_actions(self, symbol: str, ticker: str, request: BarRequest) -> ActionBatch | None:
        rows = ActionRows(symbol, f"{self.name}:chart", request)
        later_splits = 1.0
        days = self._history(ticker, "1d", start=request.start, end=None)
        for day in reversed(days):
            ex_date, dividend, split = day.session, day.values["Dividends"], day.values["Stock Splits"]
            if dividend != 0:
                record = {"ex_date": ex_date.isoformat(), "dividend": dividend, "later_splits": later_splits}
                rows.add("dividend", always(ex_date), always(dividend * later_splits), record)
            if split != 0:
                rows.add("split", always(ex_date), always(split), {"ex_date": ex_date.isoformat(), "split": split})
                later_splits *= split
        return rows.batch(known=bool(days))

    def _symbol_earnings(self, symbol: str, ticker: str, request: RecordRequest) -> RecordBatch[EarningsReport] | None:
        host = self._session.pages.host
        rows = EarningsRows(symbol, f"{self.name}:earnings", request, self._now().astimezone(NEW_YORK).date())
        oldest, offset = date.max, 0
        while True:
            try:
                table = yfinance.Ticker(ticker, session=self._session).get_earnings_dates(limit=PAGE, offset=offset)
                if table is None:
                    return rows.batch()
                found = add_announcements(rows, table)
            except UNREADABLE as error:
                raise SourceError(f"{host}: yfinance cannot read the earnings of {ticker}: {error!r}") from error
            if len(table) < PAGE or found is None or found < request.start:
                return rows.batch()
            if found >= oldest:
                raise SourceError(f"{host}: the pages of the earnings of {ticker} do not go on before {oldest}")
            oldest, offset = found, offset + PAGE

    def _hourly_from(self) -> date:
        return (self._now().astimezone(UTC) - REACH).date()

    def _history(self, ticker: str, interval: Literal["1d", "1h"], *, start: date, end: date | None) -> list[ChartRow]:
        """Return yfinance's rows from start to end, or to now; none for a ticker without a chart."""
        host = self._session.charts.host
        try:
            found: pd.DataFrame = yfinance.Ticker(ticker, session=self._session).history(
                start=start.isoformat(),
                end=None if end is None else (end + timedelta(days=1)).isoformat(),
                interval=interval,
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
            ChartRow(opened, {name: values[row] for name, values in columns.items()})
            for row, opened in enumerate(index.to_pydatetime().tolist())
        ]
