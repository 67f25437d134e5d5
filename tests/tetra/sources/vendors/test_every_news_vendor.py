"""What holds for the client of every news vendor, against a loopback server that answers as the vendor documents."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from tests.tetra.sources.vendors.loopback import BROKEN, BUSY, HTML, KEY, Reply, Vendor
from tests.tetra.sources.vendors.news_answers import ARTICLES, EVENING, MORNING, NEWS_CONTRACTS, NewsContract

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.base import Source
from tetra.sources.record_types import EVERYTHING, Article, RecordBatch, RecordRequest

START, END = date(2024, 6, 27), date(2024, 6, 28)

Make = Callable[..., Source]


@pytest.fixture(params=NEWS_CONTRACTS.values(), ids=NEWS_CONTRACTS)
def contract(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> NewsContract:
    monkeypatch.setenv(request.param.key_variable, KEY)
    return request.param


@pytest.fixture
def make(contract: NewsContract, vendor: Vendor, clock) -> Make:
    vendor.answer = contract.answer({"ONE": ARTICLES, "TWO": [EVENING]}, market=[MORNING])
    return lambda **changes: contract.source(vendor.url, clock, **changes)


def news(source: Source, *symbols: str, start: date = START, end: date = END) -> list[RecordBatch[Article]]:
    return list(source.news(RecordRequest({symbol: symbol for symbol in symbols}, start, end)))


def headlines(batch: RecordBatch[Article]) -> set[str]:
    return {article.headline for article in batch.records}


def test_articles_are_those_of_the_vendor_on_their_day_in_new_york(contract, make):
    (batch,) = news(make(), "ONE")
    by_headline = {article.headline: article for article in batch.records}
    assert set(by_headline) == {MORNING.title, EVENING.title}
    evening = by_headline[EVENING.title]
    assert (evening.published_at, evening.published_on) == (EVENING.at, date(2024, 6, 28))
    assert (evening.url, evening.publisher, evening.summary) == (
        EVENING.url,
        "Example News",
        "What happened, in short.",
    )
    assert (batch.source, batch.served, batch.rejected) == (contract.data_set, {"ONE"}, ())


def test_a_days_articles_are_those_of_the_day_in_new_york(make):
    (batch,) = news(make(), "ONE", start=END)
    assert headlines(batch) == {EVENING.title}
    (batch,) = news(make(), "ONE", end=START)
    assert headlines(batch) == {MORNING.title}


def test_a_symbol_without_news_is_served_all_the_same(make):
    (batch,) = news(make(), "ONE", start=date(2024, 6, 20), end=date(2024, 6, 21))
    assert (batch.records, batch.served) == ((), {"ONE"})


def test_the_vendors_own_ticker_is_asked_for(make):
    (batch,) = make().news(RecordRequest({"MINE": "ONE"}, START, END))
    assert batch.served == {"MINE"}
    assert {article.symbols for article in batch.records} == {("MINE",)}


def test_news_on_the_market_belongs_to_no_symbol(make):
    (batch,) = news(make(), EVERYTHING)
    assert batch.served == {EVERYTHING}
    assert [(article.headline, article.symbols) for article in batch.records] == [(MORNING.title, ())]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_repeated_and_names_the_key(contract, make, vendor, status):
    vendor.answer = lambda asked: Reply({"status": "error", "code": "apiKeyInvalid", "message": f"bad {KEY}"}, status)
    with pytest.raises(SourceUnavailable) as raised:
        news(make(), "ONE")
    assert len(vendor.asked) == 1
    assert contract.key_variable in str(raised.value)
    assert str(status) in str(raised.value)
    assert KEY not in str(raised.value)


def test_a_missing_key_names_its_variable_and_nothing_is_sent(contract, make, vendor, monkeypatch):
    monkeypatch.delenv(contract.key_variable)
    with pytest.raises(SourceUnavailable, match=f"{contract.key_variable} is not set"):
        news(make(), "ONE")
    assert vendor.asked == []


def test_too_many_requests_waits_as_long_as_the_vendor_asks(make, vendor, clock):
    vendor.replies = [BUSY]
    assert len(news(make(), "ONE")[0].records) == 2
    assert max(clock.slept) == pytest.approx(7.0, abs=1.0)


def test_a_server_error_is_tried_again(make, vendor):
    vendor.replies = [BROKEN, BROKEN]
    assert len(news(make(), "ONE")[0].records) == 2
    assert len(vendor.asked) == 3


def test_what_was_read_before_the_vendor_broke_is_kept(make, vendor):
    source, works = make(), vendor.answer
    vendor.answer = lambda asked: BROKEN if any("TWO" in value for value in asked.query.values()) else works(asked)
    served: list[frozenset[str]] = []
    batches = source.news(RecordRequest({"ONE": "ONE", "TWO": "TWO"}, START, END))
    with pytest.raises(SourceUnavailable, match="status 500, 3 times"):
        served.extend(batch.served for batch in batches)
    assert served == [{"ONE"}]


def test_a_stall_ends_at_the_timeout_and_is_tried_again(make, vendor):
    vendor.replies = [Reply(stalls=True)]
    assert len(news(make(timeout_seconds=0.3), "ONE")[0].records) == 2


def test_a_vendor_that_only_stalls_is_passed_over(make, vendor):
    vendor.answer = lambda asked: Reply(stalls=True)
    with pytest.raises(SourceUnavailable, match=r"no answer within 0\.2 s, 2 times"):
        news(make(timeout_seconds=0.2, retries=1), "ONE")


def test_an_answer_cut_on_the_way_is_tried_again(make, vendor):
    vendor.replies = [Reply({"long": "x" * 5000}, cut=True)]
    assert len(news(make(), "ONE")[0].records) == 2


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('{"feed": [{"title": "Half an', "no whole JSON of 28 characters"),
        (HTML.body, "an HTML page of 64 characters.*Down for maintenance"),
        ("", "an empty answer"),
    ],
    ids=["truncated", "html", "empty"],
)
def test_a_page_that_is_no_json_is_an_error_naming_host_and_find(make, vendor, body, found):
    vendor.answer = lambda asked: Reply(body)
    with pytest.raises(SourceError, match=rf"(?s)127\.0\.0\.1:\d+/.*200.*{found}") as raised:
        news(make(), "ONE")
    assert not isinstance(raised.value, SourceUnavailable)


@pytest.mark.parametrize("content", [[1, 2], {"feed": 3, "articles": 3}, "text", None])
def test_json_of_another_shape_is_an_error_naming_the_host(make, vendor, content):
    vendor.answer = lambda asked: Reply(content)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1") as raised:
        news(make(), "ONE")
    assert not isinstance(raised.value, SourceUnavailable)


def test_a_redirect_is_not_followed_with_the_key(make, vendor):
    vendor.answer = lambda asked: Reply({}, 302, {"Location": f"{vendor.url}/elsewhere"})
    with pytest.raises(SourceError, match="302"):
        news(make(), "ONE")
    assert len(vendor.asked) == 1


def test_the_key_is_sent_and_never_logged(make, vendor, caplog):
    vendor.replies = [BUSY, BROKEN]
    with caplog.at_level(logging.DEBUG):
        news(make(), "ONE")
    assert len(vendor.asked) == 3
    assert all(KEY in (*asked.headers.values(), *asked.query.values()) for asked in vendor.asked)
    assert KEY not in caplog.text
    assert "1 of 1 symbols read" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"max_workers": 0}, "max_workers is 0"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"base_url": "ftp://x"}, "base_url 'ftp://x'"),
    ],
)
def test_a_parameter_out_of_range_is_named(make, change: dict[str, Any], message):
    with pytest.raises(SettingsError, match=message):
        make(**change)
