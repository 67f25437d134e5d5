"""What NewsAPI and Alpha Vantage answer, in the shapes their documentation shows, from one small list of articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.tetra.sources.vendors.loopback import Asked, Clock, Reply

from tetra.sources.alphavantage import AlphaVantageSource
from tetra.sources.base import Source
from tetra.sources.newsapi import NewsApiSource

NOW = datetime(2024, 6, 29, 3, tzinfo=UTC)
"""Late on Friday 2024-06-28 in New York."""

CALENDAR_HEADER = "symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay\r\n"


@dataclass(frozen=True)
class Told:
    """An article: when it was published, in UTC, what it says, and what Alpha Vantage thinks of whom."""

    at: datetime
    title: str
    scores: Mapping[str, tuple[Any, Any]]

    @property
    def url(self) -> str:
        return f"https://news.example/{self.at:%Y%m%dT%H%M%S}/{'-'.join(self.title.lower().split())}"


MORNING = Told(datetime(2024, 6, 27, 13, 30, tzinfo=UTC), "ONE beats estimates", {"ONE": ("0.5", "0.9")})
EVENING = Told(
    datetime(2024, 6, 29, 1, 15, 30, tzinfo=UTC), "ONE sued by TWO", {"ONE": ("-0.4", "0.8"), "TWO": ("0.1", "0.3")}
)
"""One in the evening of 2024-06-28 in New York, when it was the 29th in UTC."""

ARTICLES = (MORNING, EVENING)


def newsapi(
    tickers: Mapping[str, Sequence[Told]], *, plan_results: int = 10_000, market: Sequence[Told] = ()
) -> Callable[[Asked], Reply]:
    """/v2/everything: newest first, by pages; past what the plan covers status 426."""

    def answer(asked: Asked) -> Reply:
        query = asked.query
        told = market if query["q"] == "the market" else tickers.get(query["q"].split('"')[1], ())
        shown = [item for item in told if query["from"] <= item.at.strftime("%Y-%m-%dT%H:%M:%S") <= query["to"]]
        shown.sort(key=lambda item: item.at, reverse=True)
        size, page = int(query["pageSize"]), int(query["page"])
        if size * page > plan_results:
            message = f"You have requested too many results. Developer accounts are limited to {plan_results}."
            return Reply({"status": "error", "code": "maximumResultsReached", "message": message}, 426)
        records = [newsapi_article(item) for item in shown[size * (page - 1) : size * page]]
        return Reply({"status": "ok", "totalResults": len(shown), "articles": records})

    return answer


def newsapi_article(told: Told) -> dict[str, Any]:
    return {
        "source": {"id": None, "name": "Example News"},
        "author": "A. Reporter",
        "title": told.title,
        "description": "What happened,\n  in short.",
        "url": told.url,
        "urlToImage": None,
        "publishedAt": told.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content": "The whole story… [+1200 chars]",
    }


def alphavantage(
    tickers: Mapping[str, Sequence[Told]], *, page: int = 1000, market: Sequence[Told] = ()
) -> Callable[[Asked], Reply]:
    """NEWS_SENTIMENT: oldest first from a minute on; an empty range and an unknown ticker are notices."""

    def answer(asked: Asked) -> Reply:
        query = asked.query
        told = market if "topics" in query else tickers.get(query["tickers"])
        if told is None:
            return information("Invalid inputs. Please refer to the API documentation and try again.")
        shown = [item for item in told if query["time_from"] <= item.at.strftime("%Y%m%dT%H%M") <= query["time_to"]]
        if not shown:
            return information("No articles found. Please adjust the time range or refer to the API documentation.")
        shown.sort(key=lambda item: item.at)
        feed = [alphavantage_article(item) for item in shown[:page]]
        return Reply({"items": str(len(feed)), "sentiment_score_definition": "x <= -0.35: Bearish", "feed": feed})

    return answer


def alphavantage_article(told: Told) -> dict[str, Any]:
    return {
        "title": told.title,
        "url": told.url,
        "time_published": told.at.strftime("%Y%m%dT%H%M%S"),
        "authors": ["A. Reporter"],
        "summary": "What happened,\n  in short.",
        "banner_image": None,
        "source": "Example News",
        "source_domain": "news.example",
        "topics": [{"topic": "Earnings", "relevance_score": "0.9"}],
        "overall_sentiment_score": 0.25,
        "overall_sentiment_label": "Somewhat-Bullish",
        "ticker_sentiment": [
            {
                "ticker": ticker,
                "relevance_score": relevance,
                "ticker_sentiment_score": score,
                "ticker_sentiment_label": "Neutral",
            }
            for ticker, (score, relevance) in told.scores.items()
        ],
    }


def information(text: str) -> Reply:
    return Reply({"Information": text})


def settings(url: str, clock: Clock) -> dict[str, Any]:
    return {
        "base_url": url,
        "timeout_seconds": 5,
        "retries": 2,
        "requests_per_minute": 1e9,
        "max_workers": 1,
        "sleep": clock.sleep,
        "now": lambda: NOW,
    }


def newsapi_source(url: str, clock: Clock, **changes: Any) -> NewsApiSource:
    given = settings(url, clock) | {
        "key_variable": "TETRA_NEWSAPI_API_KEY",
        "language": "en",
        "symbol_query": '"{phrase}"',
        "market_query": "the market",
        "max_results": 1000,
        "history_days": 30,
    }
    return NewsApiSource(**{**given, **changes})


def alphavantage_source(url: str, clock: Clock, **changes: Any) -> AlphaVantageSource:
    given = settings(url, clock) | {
        "key_variable": "TETRA_ALPHAVANTAGE_API_KEY",
        "market_topic": "financial_markets",
    }
    return AlphaVantageSource(**{**given, **changes})


@dataclass(frozen=True)
class NewsContract:
    """One vendor of news: how its client is made, how it answers, where its key travels."""

    source: Callable[..., Source]
    answer: Callable[..., Callable[[Asked], Reply]]
    key_variable: str
    data_set: str


NEWS_CONTRACTS = {
    "newsapi": NewsContract(newsapi_source, newsapi, "TETRA_NEWSAPI_API_KEY", "newsapi:everything"),
    "alphavantage": NewsContract(
        alphavantage_source, alphavantage, "TETRA_ALPHAVANTAGE_API_KEY", "alphavantage:news_sentiment"
    ),
}
