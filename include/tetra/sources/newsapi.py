"""NewsAPI: headlines that name an instrument, and headlines about the market. Needs a key; gives no sentiment.

Every symbol is one search, made from ``symbol_query`` with its phrase: what ``vendor_tickers: {newsapi: "Apple Inc"}``
says, else the symbol. An article found by a search is taken to be about its symbol. The newest ``max_results`` are read
and the log says how many more there were. Publishers that withdrew an article leave a record ``[Removed]``: no article.

A plan reaches back ``history_days``. Of a longer request the part within reach is asked for, and the log says so; one
that lies wholly before it, and one that NewsAPI itself finds too far in the past, is refused: ``SourceUnavailable``.

References
----------
.. [1] https://newsapi.org/docs/endpoints/everything, https://newsapi.org/docs/errors
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Unpack

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.articles import ArticleRows, day_in_new_york, optional_text, text_of, utc_span
from tetra.sources.base import DataKind
from tetra.sources.record_types import EVERYTHING, Article, RecordBatch, RecordRequest
from tetra.sources.vendor import KeyedSettings, KeyedSource, fan_out, records_of

log = logging.getLogger(__name__)

PATH = "/v2/everything"
PAGE_SIZE = 100
"""NewsAPI's largest."""

REMOVED = "[Removed]"

BEYOND_THE_PLAN = 426
REFUSED = (400, BEYOND_THE_PLAN)
"""Statuses with a code that says why."""


class NewsApiSource(KeyedSource):
    """Client of NewsAPI's search.

    Parameters
    ----------
    language : str
        ISO 639-1 code; sentiment reads English only.
    symbol_query : str
        Search for a symbol, with ``{phrase}`` and, where wanted, ``{symbol}``.
    market_query : str
        Search for news on the market as a whole.
    max_results, history_days : int
        What the plan covers: articles of one search, days back.
    **settings
        Those of :class:`tetra.sources.vendor.KeyedSource`.

    Raises
    ------
    SettingsError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "newsapi"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"news"})
    key_header: ClassVar[str] = "X-Api-Key"

    def __init__(
        self,
        *,
        language: str,
        symbol_query: str,
        market_query: str,
        max_results: int,
        history_days: int,
        **settings: Unpack[KeyedSettings],
    ) -> None:
        super().__init__(**settings)
        for name, value in (("max_results", max_results), ("history_days", history_days)):
            if value < 1:
                raise SettingsError(f"sources.yaml, sources.newsapi: {name} is {value}, must be at least 1")
        _check_template(symbol_query)
        self._language = language
        self._symbol_query = symbol_query
        self._market_query = market_query
        self._max_results = max_results
        self._history = timedelta(days=history_days)

    def news(self, request: RecordRequest) -> Iterator[RecordBatch[Article]]:
        """Yield one batch per symbol; raises as the base class says."""
        earliest = day_in_new_york(self._now() - self._history)
        reach = f"{self._history.days} days (sources.newsapi.history_days) reach back to {earliest}"
        if request.end < earliest:
            raise SourceUnavailable(f"source 'newsapi': {reach}; {request.start} to {request.end} lies before")
        if request.start < earliest:
            log.warning("newsapi: %s, so nothing is asked for the days from %s to then", reach, request.start)
            request = replace(request, start=earliest)
        return fan_out(self.name, "news", request, fetch=self._articles, workers=self._workers)

    def _articles(self, symbol: str, phrase: str, request: RecordRequest) -> RecordBatch[Article]:
        about = () if symbol == EVERYTHING else (symbol,)
        query = self._symbol_query.format(phrase=phrase, symbol=symbol) if about else self._market_query
        rows = ArticleRows(symbol, f"{self.name}:everything", request)
        for record in self._found(query, request):
            if not _is_removed(record):
                rows.add(record, lambda fields: _article(fields, about))
        return rows.batch()

    def _found(self, query: str, request: RecordRequest) -> Iterator[Any]:
        """Yield the records of a search, newest first, as far as the plan lets."""
        begins, ended = utc_span(request.start, request.end)
        parameters: dict[str, str | int] = {
            "q": query,
            "from": _moment(begins),
            "to": _moment(ended - timedelta(seconds=1)),
            "language": self._language,
            "sortBy": "publishedAt",
            "pageSize": min(PAGE_SIZE, self._max_results),
        }
        read = 0
        for page in range(1, -(-self._max_results // PAGE_SIZE) + 1):
            found = self._page(parameters | {"page": page})
            if found is None:
                break
            records, total = found
            yield from records
            read += len(records)
            if not records or read >= total:
                return
        log.warning("newsapi: the plan covers %s of the %s articles that answer %s", read, total, query)

    def _page(self, parameters: Mapping[str, str | int]) -> tuple[list[Any], int] | None:
        """Return a page's records and how many the search has; None past the last that the plan covers."""
        answer = self._http.get(PATH, parameters, accept=REFUSED)
        if answer.status == 200:
            records = records_of(answer.content, "articles", self._http.host)
            total = answer.content.get("totalResults")
            return records, total if isinstance(total, int) else len(records)
        refusal = answer.content if isinstance(answer.content, dict) else {}
        code, message = refusal.get("code"), str(refusal.get("message"))[:300]
        if code == "maximumResultsReached" and parameters["page"] != 1:
            return None
        said = f"{self._http.host}{PATH} answered {answer.status}, {code}: {message}"
        said = said.replace(self._key.value(), "***")
        if answer.status == BEYOND_THE_PLAN or "too far in the past" in message:
            raise SourceUnavailable(f"{said}; set sources.newsapi.history_days and max_results to what the plan covers")
        raise SourceError(said)


def _article(record: Mapping[str, Any], symbols: tuple[str, ...]) -> Article:
    published_at = datetime.fromisoformat(text_of(record.get("publishedAt"), "publishedAt"))
    if published_at.tzinfo is None:
        published_at = published_at.replace(tzinfo=UTC)  # NewsAPI's times are in UTC
    publisher = record.get("source")
    return Article(
        headline=text_of(record.get("title"), "title"),
        published_on=day_in_new_york(published_at),
        published_at=published_at,
        symbols=symbols,
        url=optional_text(record.get("url")),
        publisher=optional_text(publisher.get("name")) if isinstance(publisher, dict) else None,
        summary=optional_text(record.get("description")),
    )


def _is_removed(record: Any) -> bool:
    return isinstance(record, dict) and record.get("title") == REMOVED


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S")


def _check_template(query: str) -> None:
    try:
        filled = query.format(phrase="\0", symbol="")
    except (KeyError, IndexError, ValueError) as error:
        raise SettingsError(
            f"sources.yaml, sources.newsapi: symbol_query {query!r} may hold {{phrase}} and {{symbol}} ({error!r})"
        ) from error
    if "\0" not in filled:
        raise SettingsError(f"sources.yaml, sources.newsapi: symbol_query {query!r} lacks {{phrase}}")
