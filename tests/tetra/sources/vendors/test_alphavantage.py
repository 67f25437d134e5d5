"""Alpha Vantage's own ways: scores, pages by time, errors with status 200, earnings and the calendar of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.tetra.sources.vendors.loopback import HTML, KEY, Asked, Reply
from tests.tetra.sources.vendors.news_answers import (
    ARTICLES,
    CALENDAR_HEADER,
    EVENING,
    MORNING,
    NOW,
    Told,
    alphavantage,
    alphavantage_article,
    information,
)
from tests.tetra.sources.vendors.news_answers import alphavantage_source as source_of

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.record_types import EVERYTHING, EarningsReport, RecordRequest, VendorScore

ONE = RecordRequest({"ONE": "ONE"}, date(2024, 6, 27), date(2024, 6, 28))
DAILY_LIMIT = f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."
TOO_SOON = "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly."


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TETRA_ALPHAVANTAGE_API_KEY", KEY)


def test_a_search_asks_as_documented(vendor, clock):
    vendor.answer = alphavantage({"CRYPTO:BTC": ARTICLES})
    list(source_of(vendor.url, clock).news(RecordRequest({"BTC-USD": "CRYPTO:BTC"}, ONE.start, ONE.end)))
    (asked,) = vendor.asked
    assert asked.path == "/query"
    assert asked.query == {
        "function": "NEWS_SENTIMENT",
        "tickers": "CRYPTO:BTC",
        "time_from": "20240627T0400",  # midnight in New York is four o'clock in summer
        "time_to": "20240629T0400",
        "sort": "EARLIEST",
        "limit": "1000",
        "apikey": KEY,
    }
    assert KEY not in asked.headers.values()


def test_scores_are_the_vendors_of_the_article_and_of_every_symbol_asked_for(vendor, clock):
    vendor.answer = alphavantage({"ONE": [EVENING], "2": [EVENING]})
    batches = list(source_of(vendor.url, clock).news(RecordRequest({"ONE": "ONE", "TWO": "2"}, ONE.start, ONE.end)))
    (article,) = batches[0].records
    assert article.symbols == ("ONE",)  # the vendor says TWO of the other, whose ticker here is 2
    assert article.scores == (VendorScore(None, 0.25), VendorScore("ONE", -0.4, 0.8))
    vendor.answer = alphavantage({"ONE": [EVENING], "TWO": [EVENING]})
    batches = list(source_of(vendor.url, clock).news(RecordRequest({"ONE": "ONE", "ZWEI": "TWO"}, ONE.start, ONE.end)))
    assert batches[0].records == batches[1].records
    assert batches[0].records[0].symbols == ("ONE", "ZWEI")
    assert batches[0].records[0].scores[1:] == (VendorScore("ONE", -0.4, 0.8), VendorScore("ZWEI", 0.1, 0.3))


def test_scores_out_of_range_are_neither_clamped_nor_hidden(vendor, clock):
    vendor.answer = alphavantage({"ONE": [Told(MORNING.at, "Off the scale", {"ONE": ("1.7", "0.5")})]})
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert batch.records[0].scores[1].score == 1.7  # landing sets it aside


def test_news_on_the_market_asks_for_its_topic_and_keeps_the_symbols_it_scores(vendor, clock):
    vendor.answer = alphavantage({"ONE": []}, market=[EVENING])
    request = RecordRequest({EVERYTHING: EVERYTHING, "ONE": "ONE"}, ONE.start, ONE.end)
    market, _ = source_of(vendor.url, clock).news(request)
    assert vendor.asked[0].query["topics"] == "financial_markets"
    assert "tickers" not in vendor.asked[0].query
    assert market.records[0].symbols == ("ONE",)


@pytest.mark.parametrize("page", [1000, 50])
def test_pages_go_forward_in_time_and_overlap_without_repeating(vendor, clock, page):
    first = datetime(2024, 6, 27, 12, tzinfo=UTC)
    told = [Told(first + timedelta(seconds=20 * n), f"Story {n}", {"ONE": ("0", "1")}) for n in range(2 * page + 30)]
    vendor.answer = alphavantage({"ONE": told}, page=page)
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert len(batch.records) == 2 * page + 30
    assert len(vendor.asked) == 3
    assert vendor.asked[1].query["time_from"] == told[page - 1].at.strftime("%Y%m%dT%H%M")


def test_a_page_within_one_minute_does_not_go_in_a_circle(vendor, clock):
    told = [Told(MORNING.at, f"Story {n}", {"ONE": ("0", "1")}) for n in range(60)]
    vendor.answer = alphavantage({"ONE": told}, page=50)
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert len(batch.records) == 50
    assert len(vendor.asked) == 3


def test_one_unknown_ticker_is_left_to_the_next_source_and_the_rest_is_served(vendor, clock):
    vendor.answer = alphavantage({"ONE": ARTICLES})
    request = RecordRequest({"GONE": "GONE", "ONE": "ONE"}, ONE.start, ONE.end)
    assert [batch.served for batch in source_of(vendor.url, clock).news(request)] == [{"ONE"}]


def test_where_no_ticker_is_known_the_source_is_passed_over(vendor, clock):
    vendor.answer = alphavantage({})
    with pytest.raises(SourceUnavailable, match="has no news of ONE"):
        list(source_of(vendor.url, clock).news(ONE))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"Information": DAILY_LIMIT}, r"API key as \*\*\* and .* 25 requests per day.*run again tomorrow"),
        ({"Note": DAILY_LIMIT}, "25 requests per day"),
        ({"Information": "This is a premium endpoint."}, "premium endpoint.*a plan that covers it"),
        (
            {"Error Message": "the parameter apikey is invalid or missing."},
            "check the key in TETRA_ALPHAVANTAGE_API_KEY",
        ),
    ],
)
def test_what_the_key_does_not_cover_is_passed_over_with_clear_words(vendor, clock, content, message):
    vendor.answer = lambda asked: Reply(content)
    with pytest.raises(SourceUnavailable, match=message) as raised:
        list(source_of(vendor.url, clock).news(ONE))
    assert KEY not in str(raised.value)
    assert len(vendor.asked) == 1


def test_another_error_message_is_an_error(vendor, clock):
    vendor.answer = lambda asked: Reply({"Error Message": "This API function (NEWS) does not exist."})
    with pytest.raises(SourceError, match="does not exist") as raised:
        list(source_of(vendor.url, clock).news(ONE))
    assert not isinstance(raised.value, SourceUnavailable)


def test_a_request_too_soon_after_the_last_is_tried_again(vendor, clock):
    vendor.answer = alphavantage({"ONE": ARTICLES})
    vendor.replies = [information(TOO_SOON)]
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert len(batch.records) == 2
    assert clock.slept


def test_an_article_that_cannot_be_read_is_set_aside_with_its_reason(vendor, clock):
    good = alphavantage_article(MORNING)
    bad_score = {"ticker": "ONE", "relevance_score": "0.5", "ticker_sentiment_score": "bullish"}
    feed = [
        good,
        good | {"url": "u1", "time_published": "27 June"},
        good | {"url": "u2", "ticker_sentiment": [bad_score]},
        good | {"url": "u3", "title": "  "},
        good | {"url": "u4", "overall_sentiment_score": "n/a"},
        "text",
    ]
    vendor.answer = lambda asked: Reply({"items": "6", "feed": feed})
    (batch,) = source_of(vendor.url, clock).news(ONE)
    assert len(batch.records) == 1
    assert [record.key for record in batch.rejected] == ["ONE|u1", "ONE|u2", "ONE|u3", "ONE|u4", "ONE|record 5"]
    assert "27 June" in batch.rejected[0].reason
    assert "bullish" in batch.rejected[1].reason


QUARTERS = [
    {
        "fiscalDateEnding": "2024-03-31",
        "reportedDate": "2024-05-02",
        "reportedEPS": "1.53",
        "estimatedEPS": "1.5",
        "surprise": "0.03",
        "surprisePercentage": "2",
        "reportTime": "post-market",
    },
    {
        "fiscalDateEnding": "2003-09-30",
        "reportedDate": "2003-10-15",
        "reportedEPS": "0.01",
        "estimatedEPS": "None",
        "surprise": "0",
        "surprisePercentage": "None",
        "reportTime": "pre-market",
    },
]
CALENDAR = (
    CALENDAR_HEADER
    + "ONE,ONE INC,2024-08-01,2024-06-30,1.35,USD,post-market\r\n"
    + 'TWO,"TWO, INC",2024-07-25,2024-06-30,,USD,\r\n'
)


def earnings_of(quarters: list[dict], calendar: str = CALENDAR):
    def answer(asked: Asked) -> Reply:
        if asked.query["function"] == "EARNINGS_CALENDAR":
            return Reply(calendar, headers={"Content-Type": "application/x-download"})
        known = asked.query["symbol"] in ("ONE", "TWO")
        return Reply({"symbol": "ONE", "annualEarnings": [], "quarterlyEarnings": quarters} if known else {})

    return answer


def request(*symbols: str, start: date, end: date) -> RecordRequest:
    return RecordRequest({symbol: symbol for symbol in symbols}, start, end)


def test_earnings_are_those_reported_and_those_scheduled(vendor, clock):
    vendor.answer = earnings_of(QUARTERS)
    (batch,) = source_of(vendor.url, clock).earnings(request("ONE", start=date(2024, 5, 1), end=date(2024, 9, 30)))
    assert batch.records == (
        EarningsReport("ONE", date(2024, 4, 1), date(2024, 5, 2), "after_close", 1.53, 1.5),
        EarningsReport("ONE", date(2024, 7, 1), date(2024, 8, 1), "after_close", None, 1.35),
    )
    assert (batch.source, batch.served) == ("alphavantage:earnings", {"ONE"})


def test_an_estimate_that_is_not_there_is_none_and_so_is_an_unknown_hour(vendor, clock):
    vendor.answer = earnings_of(QUARTERS)
    source = source_of(vendor.url, clock)
    (batch,) = source.earnings(request("ONE", start=date(2003, 1, 1), end=date(2003, 12, 31)))
    assert batch.records == (EarningsReport("ONE", date(2003, 10, 1), date(2003, 10, 15), "before_open", 0.01, None),)
    (batch,) = source.earnings(request("TWO", start=NOW.date(), end=date(2024, 7, 31)))
    assert batch.records == (EarningsReport("TWO", date(2024, 7, 1), date(2024, 7, 25), None, None, None),)


def test_the_calendar_is_asked_once_and_only_for_days_to_come(vendor, clock):
    vendor.answer = earnings_of(QUARTERS)
    source = source_of(vendor.url, clock)
    list(source.earnings(request("ONE", "TWO", start=date(2024, 5, 1), end=date(2024, 6, 27))))
    assert [asked.query["function"] for asked in vendor.asked] == ["EARNINGS", "EARNINGS"]
    vendor.asked.clear()
    list(source.earnings(request("ONE", "TWO", start=date(2024, 5, 1), end=date(2024, 10, 6))))
    assert [asked.query.get("horizon") for asked in vendor.asked] == ["6month", None, None]


def test_what_is_reported_is_scheduled_no_more(vendor, clock):
    vendor.answer = earnings_of([QUARTERS[0] | {"reportedDate": "2024-08-01", "reportedEPS": "1.40"}])
    (batch,) = source_of(vendor.url, clock).earnings(request("ONE", start=date(2024, 7, 1), end=date(2024, 9, 30)))
    assert [report.eps_reported for report in batch.records] == [1.40]


def test_a_fund_without_earnings_is_left_to_the_next_source(vendor, clock):
    vendor.answer = earnings_of(QUARTERS)
    batches = source_of(vendor.url, clock).earnings(
        request("FUND", "ONE", start=date(2024, 5, 1), end=date(2024, 6, 1))
    )
    assert [batch.served for batch in batches] == [{"ONE"}]


def test_a_refusal_spelled_out_over_the_calendars_columns_is_understood(vendor, clock):
    vendor.answer = earnings_of(QUARTERS, CALENDAR_HEADER + "I,n,f,o,r,m,a\r\n")
    with pytest.raises(SourceUnavailable, match=r"EARNINGS_CALENDAR: Informa\.\.\. .*requests are used up"):
        list(source_of(vendor.url, clock).earnings(request("ONE", start=date(2024, 6, 1), end=date(2024, 9, 30))))


@pytest.mark.parametrize("page", [HTML.body, "no calendar today"])
def test_a_page_in_place_of_the_calendar_is_an_error(vendor, clock, page):
    vendor.answer = earnings_of(QUARTERS, page)
    with pytest.raises(SourceError, match="200 without usable JSON") as raised:
        list(source_of(vendor.url, clock).earnings(request("ONE", start=date(2024, 6, 1), end=date(2024, 9, 30))))
    assert not isinstance(raised.value, SourceUnavailable)


def test_earnings_that_cannot_be_read_are_set_aside_with_their_reason(vendor, clock):
    good = QUARTERS[0]
    quarters = [
        good | {"reportedDate": "May"},
        good | {"reportedDate": "2024-05-03", "reportedEPS": "n/a"},
        good | {"reportedDate": "2024-05-04", "reportTime": "at lunch"},
        good | {"reportedDate": "2001-05-04", "reportTime": "at lunch"},  # not asked for, so not our concern
        good | {"reportedDate": "2024-05-05", "reportedEPS": "inf"},
        good,
    ]
    vendor.answer = earnings_of(quarters, CALENDAR_HEADER + "ONE,ONE INC,2024-0\r\n")
    (batch,) = source_of(vendor.url, clock).earnings(request("ONE", start=date(2024, 5, 1), end=date(2024, 9, 30)))
    assert [report.announced_on for report in batch.records] == [date(2024, 5, 2)]
    keys = ["ONE|May", "ONE|2024-05-03", "ONE|2024-05-04", "ONE|2024-05-05", "ONE|2024-0"]
    assert [record.key for record in batch.rejected] == keys
    assert "at lunch" in batch.rejected[2].reason
