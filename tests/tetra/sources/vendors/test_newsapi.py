"""NewsAPI's own ways: searches, pages, what a plan covers, withdrawn articles."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.tetra.sources.vendors.loopback import KEY, Reply
from tests.tetra.sources.vendors.news_answers import ARTICLES, EVENING, MORNING, Told, newsapi, newsapi_article
from tests.tetra.sources.vendors.news_answers import newsapi_source as source_of

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.settings import load_yaml
from tetra.sources.newsapi import NewsApiSource
from tetra.sources.record_types import RecordRequest

ONE = RecordRequest({"ONE": "ONE"}, date(2024, 6, 27), date(2024, 6, 28))
MANY = tuple(Told(datetime(2024, 6, 27, 12, tzinfo=UTC) + timedelta(minutes=n), f"Story {n}", {}) for n in range(230))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TETRA_NEWSAPI_API_KEY", KEY)


def refusal(code: str, message: str, status: int) -> Reply:
    return Reply({"status": "error", "code": code, "message": message}, status)


def test_a_search_asks_as_documented_with_the_key_in_its_header(vendor, clock):
    vendor.answer = newsapi({"ONE": ARTICLES})
    list(source_of(vendor.url, clock).news(ONE))
    (asked,) = vendor.asked
    assert asked.path == "/v2/everything"
    assert asked.query == {
        "q": '"ONE"',
        "from": "2024-06-27T04:00:00",  # midnight in New York is four o'clock in summer
        "to": "2024-06-29T03:59:59",
        "language": "en",
        "sortBy": "publishedAt",
        "pageSize": "100",
        "page": "1",
    }
    assert asked.headers["x-api-key"] == KEY


def test_the_shipped_query_names_the_company_and_the_symbol(vendor, clock):
    shipped = load_yaml("sources.yaml")["sources"]["newsapi"]
    vendor.answer = newsapi({"Apple Inc": ARTICLES})
    source = NewsApiSource(**shipped | {"base_url": vendor.url}, sleep=clock.sleep, now=lambda: MORNING.at)
    (batch,) = source.news(RecordRequest({"AAPL": "Apple Inc"}, ONE.start, ONE.end))
    assert vendor.asked[0].query["q"] == '("Apple Inc" OR "AAPL") AND (stock OR shares OR earnings)'
    assert len(batch.records) == 2


def test_all_pages_are_read(vendor, clock):
    vendor.answer = newsapi({"ONE": MANY})
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert len(batch.records) == 230
    assert [asked.query["page"] for asked in vendor.asked] == ["1", "2", "3"]


@pytest.mark.parametrize("max_results", [100, 1000], ids=["known to us", "told by NewsAPI"])
def test_past_what_the_plan_covers_the_newest_are_kept_and_the_log_says_so(vendor, clock, caplog, max_results):
    vendor.answer = newsapi({"ONE": MANY}, plan_results=100)
    with caplog.at_level(logging.WARNING):
        (batch,) = source_of(vendor.url, clock, max_results=max_results).news(ONE)
    assert [batch.records[0].headline, batch.records[-1].headline] == ["Story 229", "Story 130"]
    assert "the plan covers 100 of the 230 articles" in caplog.text
    assert len(vendor.asked) == (1 if max_results == 100 else 2)


def test_a_range_before_the_plans_reach_is_refused_unasked_and_names_the_limit(vendor, clock):
    with pytest.raises(
        SourceUnavailable, match=r"30 days .*history_days.* back to 2024-05-29.*2024-01-02 to 2024-01-31"
    ):
        source_of(vendor.url, clock).news(RecordRequest({"ONE": "ONE"}, date(2024, 1, 2), date(2024, 1, 31)))
    assert vendor.asked == []


def test_of_a_longer_range_the_part_within_reach_is_asked(vendor, clock, caplog):
    vendor.answer = newsapi({"ONE": ARTICLES})
    with caplog.at_level(logging.WARNING):
        (batch,) = source_of(vendor.url, clock).news(RecordRequest({"ONE": "ONE"}, date(2014, 1, 2), ONE.end))
    assert vendor.asked[0].query["from"] == "2024-05-29T04:00:00"
    assert len(batch.records) == 2
    assert "nothing is asked for the days from 2014-01-02" in caplog.text


@pytest.mark.parametrize("status", [400, 426])
def test_a_range_that_newsapi_finds_too_old_is_left_to_the_next_source(vendor, clock, status):
    message = "You are trying to request results too far in the past. Your plan permits as far back as 2024-06-28"
    vendor.answer = lambda asked: refusal("parameterInvalid", message, status)
    with pytest.raises(SourceUnavailable, match=r"as far back as 2024-06-28; set sources\.newsapi\.history_days"):
        list(source_of(vendor.url, clock).news(ONE))


def test_another_invalid_parameter_is_an_error_with_newsapis_words(vendor, clock):
    vendor.answer = lambda asked: refusal("parameterInvalid", f"language xx is unknown, {KEY}", 400)
    with pytest.raises(SourceError, match="answered 400, parameterInvalid: language xx is unknown") as raised:
        list(source_of(vendor.url, clock).news(ONE))
    assert not isinstance(raised.value, SourceUnavailable)
    assert KEY not in str(raised.value)


def test_a_used_up_day_is_passed_over_after_the_agreed_attempts(vendor, clock):
    vendor.answer = lambda asked: refusal("rateLimited", "You have made too many requests recently.", 429)
    with pytest.raises(SourceUnavailable, match="status 429, 3 times"):
        list(source_of(vendor.url, clock).news(ONE))


def test_a_withdrawn_article_is_left_out(vendor, clock):
    gone = newsapi_article(MORNING) | {"title": "[Removed]", "url": "https://removed.com", "description": "[Removed]"}
    records = [gone, newsapi_article(EVENING)]
    vendor.answer = lambda asked: Reply({"status": "ok", "totalResults": 2, "articles": records})
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert [article.headline for article in batch.records] == [EVENING.title]
    assert batch.rejected == ()


def test_a_record_that_cannot_be_read_is_set_aside_with_its_reason(vendor, clock):
    good = newsapi_article(MORNING)
    records = [good | {"url": "u1", "title": None}, good | {"url": "u2", "publishedAt": "yesterday"}, 7, good, good]
    vendor.answer = lambda asked: Reply({"status": "ok", "totalResults": 5, "articles": records})
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert len(batch.records) == 1
    assert [record.key for record in batch.rejected] == ["ONE|u1", "ONE|u2", "ONE|record 2"]
    assert "title is None" in batch.rejected[0].reason
    assert "yesterday" in batch.rejected[1].reason
    assert batch.rejected[0].record["source"] == "{'id': None, 'name': 'Example News'}"  # JSON scalars only


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"symbol_query": "stocks"}, r"lacks \{phrase\}"),
        ({"symbol_query": "{company}"}, "KeyError"),
        ({"max_results": 0}, "max_results is 0"),
        ({"history_days": 0}, "history_days is 0"),
    ],
)
def test_a_search_that_cannot_be_made_is_refused_when_loaded(vendor, clock, change, message):
    with pytest.raises(SettingsError, match=message):
        source_of(vendor.url, clock, **change)
