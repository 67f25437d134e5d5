"""Alpha Vantage: news with the vendor's own sentiment, earnings reported and scheduled. Needs a key.

- **News** is one search per ticker (``CRYPTO:BTC``, ``FOREX:USD`` for what is no stock), read forward in time, a
  thousand articles at a time. ``*`` asks for ``market_topic``. An article is about every symbol of the request that it
  scores. Times are taken as UTC; the documentation names no zone.
- **Scores** are handed on as they come: -1 to 1, relevance 0 to 1. What lies outside is set aside when it is landed.
- **Earnings** come per stock, with the calendar of scheduled ones added, of which one request holds all stocks.
- **Errors** come with status 200. What the plan or the day's requests do not cover, and a wrong key, is
  ``SourceUnavailable``; a ticker that is not known is left to the next source.

References
----------
.. [1] https://www.alphavantage.co/documentation/ (NEWS_SENTIMENT, EARNINGS, EARNINGS_CALENDAR)
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Unpack

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.alphavantage_earnings import earnings_batch
from tetra.sources.alphavantage_transport import KEY, alphavantage_transport
from tetra.sources.articles import ArticleRows, day_in_new_york, optional_text, text_of, utc_span
from tetra.sources.base import DataKind
from tetra.sources.record_types import EVERYTHING, Article, EarningsReport, RecordBatch, RecordRequest, VendorScore
from tetra.sources.transport import Parameters
from tetra.sources.vendor import KeyedSettings, KeyedSource, fan_out, number, records_of

log = logging.getLogger(__name__)

PATH = "/query"
FULL_PAGES = (1000, 50)
"""Articles of a page that may have a next one: what is asked for, and what a plan that does not cover it gives."""

MOST_PAGES = 100
"""Of one search: reaching it means that the pages do not move forward."""

MINUTE = "%Y%m%dT%H%M"
SECOND = "%Y%m%dT%H%M%S"

HORIZONS = ((90, "3month"), (180, "6month"))
"""Days ahead that each calendar covers; beyond them it is 12month."""

NO_ARTICLES = "No articles found"
UNKNOWN_TICKER = ("Invalid inputs", "Invalid API call")
WRONG_KEY = "apikey is invalid"


class AlphaVantageSource(KeyedSource):
    """Client of Alpha Vantage.

    Parameters
    ----------
    market_topic : str
        Topic of news on the market as a whole.
    **settings
        Those of :class:`tetra.sources.vendor.KeyedSource`.
    """

    name: ClassVar[str] = "alphavantage"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"news", "earnings"})
    key_header: ClassVar[str] = KEY

    def __init__(self, *, market_topic: str, **settings: Unpack[KeyedSettings]) -> None:
        super().__init__(send=alphavantage_transport(), **settings)
        self._market_topic = market_topic

    def news(self, request: RecordRequest) -> Iterator[RecordBatch[Article]]:
        """Yield one batch per symbol that Alpha Vantage knows; raises as the base class says."""
        symbols = {ticker: symbol for symbol, ticker in request.tickers.items()}

        def fetch(symbol: str, ticker: str, asked: RecordRequest) -> RecordBatch[Article] | None:
            return self._articles(symbol, ticker, asked, symbols)

        return fan_out(self.name, "news", request, fetch=fetch, workers=self._workers)

    def earnings(self, request: RecordRequest) -> Iterator[RecordBatch[EarningsReport]]:
        """Yield one batch per stock that Alpha Vantage knows; raises as the base class says."""
        calendar = self._calendar(request.end)

        def fetch(symbol: str, ticker: str, asked: RecordRequest) -> RecordBatch[EarningsReport] | None:
            content = self._get({"function": "EARNINGS", "symbol": ticker})
            if content == {}:  # a fund, or a ticker it does not know
                return None
            reported = records_of(content, "quarterlyEarnings", self._http.host)
            scheduled = [row for row in calendar if row.get("symbol") == ticker]
            return earnings_batch(symbol, f"{self.name}:earnings", reported, scheduled, asked)

        return fan_out(self.name, "earnings", request, fetch=fetch, workers=self._workers)

    def _articles(
        self, symbol: str, ticker: str, request: RecordRequest, symbols: Mapping[str, str]
    ) -> RecordBatch[Article] | None:
        rows = ArticleRows(symbol, f"{self.name}:news_sentiment", request)
        subject = {"topics": self._market_topic} if symbol == EVERYTHING else {"tickers": ticker}
        begins, ended = utc_span(request.start, request.end)
        for _ in range(MOST_PAGES):
            span = {"time_from": begins.strftime(MINUTE), "time_to": ended.strftime(MINUTE)}
            content = self._get({"function": "NEWS_SENTIMENT", **subject, **span, "sort": "EARLIEST", "limit": 1000})
            if content == {}:
                return None
            feed = records_of(content, "feed", self._http.host)
            for record in feed:
                rows.add(record, lambda fields: _article(fields, symbol, symbols))
            # from the minute of the last one, which may hold more; but always forward
            begins = max(_last(feed, begins), begins + timedelta(minutes=1))
            if len(feed) not in FULL_PAGES or begins >= ended:
                return rows.batch()
        raise SourceError(f"{self._http.host}{PATH}: over {MOST_PAGES} pages of news on {ticker}; ask for fewer days")

    def _calendar(self, end: date) -> list[dict[str, Any]]:
        """Return the scheduled announcements of all stocks; none where the request ends before today."""
        days_ahead = (end - day_in_new_york(self._now())).days
        if days_ahead < 0:
            return []
        horizon = next((name for days, name in HORIZONS if days_ahead <= days), "12month")
        content = self._get({"function": "EARNINGS_CALENDAR", "horizon": horizon})
        return [row for row in records_of(content, "calendar", self._http.host) if isinstance(row, dict)]

    def _get(self, parameters: Parameters) -> Any:
        """Return an answer's JSON; empty where the ticker is not known.

        Raises
        ------
        SourceUnavailable, SourceError
            If it is a notice in place of data.
        """
        content = self._http.get(PATH, parameters).content
        notice = _notice(content)
        if not notice:
            return content
        if NO_ARTICLES in notice:
            return {"feed": []}
        if any(text in notice for text in UNKNOWN_TICKER):
            log.info("alphavantage: %s: %s", dict(parameters), notice)
            return {}
        said = f"{self._http.host} refuses {parameters['function']}: {notice.replace(self._key.value(), '***')}"
        if WRONG_KEY in notice:
            raise SourceUnavailable(f"{said}; check the key in {self._key.variable}")
        if "Error Message" in content:
            raise SourceError(said)
        raise SourceUnavailable(f"{said}; run again tomorrow, or with a plan that covers it")


def _notice(content: Any) -> str:
    """Return what Alpha Vantage says in place of data, or nothing."""
    if isinstance(content, dict):
        for name in ("Error Message", "Information", "Note"):
            if isinstance(content.get(name), str):
                return " ".join(content[name].split())[:400]
    return ""


def _article(record: Mapping[str, Any], symbol: str, symbols: Mapping[str, str]) -> Article:
    published_at = _published_at(record)
    overall = VendorScore(None, number(record["overall_sentiment_score"]))
    scores: dict[str, VendorScore] = {}
    for mention in record.get("ticker_sentiment") or ():
        about = symbols.get(mention["ticker"])
        if about is not None:
            score, relevance = number(mention["ticker_sentiment_score"]), number(mention["relevance_score"])
            scores.setdefault(about, VendorScore(about, score, relevance))
    about_symbols = set(scores) | ({symbol} - {EVERYTHING})
    return Article(
        headline=text_of(record.get("title"), "title"),
        published_on=day_in_new_york(published_at),
        published_at=published_at,
        symbols=tuple(sorted(about_symbols)),
        url=optional_text(record.get("url")),
        publisher=optional_text(record.get("source")),
        summary=optional_text(record.get("summary")),
        scores=(overall, *(scores[about] for about in sorted(scores))),
    )


def _published_at(record: Mapping[str, Any]) -> datetime:
    return datetime.strptime(text_of(record.get("time_published"), "time_published"), SECOND).replace(tzinfo=UTC)


def _last(feed: list[Any], begins: datetime) -> datetime:
    """Return the minute of the last article of a page whose time can be read."""
    for record in reversed(feed):
        try:
            return _published_at(record).replace(second=0)
        except (ValueError, TypeError, AttributeError):
            continue
    return begins
