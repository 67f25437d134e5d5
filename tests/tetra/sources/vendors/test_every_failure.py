"""What every client makes of every answer its vendor may give, for every kind of data it serves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date

import pytest
from tests.tetra.sources.vendors.cases import CASES, Case
from tests.tetra.sources.vendors.loopback import BROKEN, BUSY, HTML, KEY, Asked, Clock, Reply, Vendor

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.base import DATA_KINDS, Source
from tetra.sources.binance import BinanceSource
from tetra.sources.coingecko import CoinGeckoSource
from tetra.sources.polygon import PolygonSource
from tetra.sources.yahoo import YahooSource

# yfinance 1.7 under pandas 3.1, its own affair
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

Make = Callable[..., Source]


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param


@pytest.fixture
def make(case: Case, vendor: Vendor, clock: Clock) -> Make:
    vendor.answer = case.answer({"ONE": case.whole, "TWO": case.whole})
    return lambda **changes: case.make(vendor.url, clock, **changes)


def symbols(case: Case, batches: list) -> list[str]:
    return [case.symbol_of(batch) for batch in batches]


def test_no_kind_of_data_of_a_vendor_is_left_out():
    served = {f"{source.name}-{kind}" for source in _CLIENTS for kind in source.kinds}
    assert all(kind in DATA_KINDS for source in _CLIENTS for kind in source.kinds)
    assert {f"{case.vendor}-{case.kind}" for case in CASES.values()} == served


_CLIENTS = (PolygonSource, YahooSource, BinanceSource, CoinGeckoSource)


def test_symbols_come_in_the_order_asked_for_whoever_answers_first(case, make):
    assert symbols(case, case.ask(make(), "TWO", "ONE")) == ["TWO", "ONE"]
    assert symbols(case, case.ask(make(), "ONE", "TWO")) == ["ONE", "TWO"]


def test_what_lies_outside_the_request_is_left_out(case, make):
    (whole,) = case.ask(make(), "ONE")
    days = case.days_of(whole)
    assert len(set(days)) > 1
    (batch,) = case.ask(make(), "ONE", start=days[0], end=days[0])
    assert set(case.days_of(batch)) == {days[0]}
    assert batch.rejected == ()


def test_an_empty_range_is_an_answer_where_the_vendor_is_sure_to_know_the_symbol(case, make):
    span = {"start": date(2019, 1, 2), "end": date(2019, 1, 3)}
    if case.serves_empty_range and case.kind == "earnings":
        (batch,) = case.ask(make(), "ONE", **span)
        assert (case.days_of(batch), case.symbol_of(batch)) == ([], "ONE")
    elif case.serves_empty_range:  # actions are read from the start of the range up to today
        (batch,) = case.ask(make(), "ONE", start=date(2020, 9, 1), end=date(2020, 9, 1))
        assert (case.days_of(batch), case.symbol_of(batch)) == ([], "ONE")
    else:
        with pytest.raises(SourceUnavailable, match=r"has no .* of ONE from 2019-01-02 to 2019-01-03"):
            case.ask(make(), "ONE", **span)


def test_one_unknown_symbol_is_left_to_the_next_source_and_the_rest_is_served(case, make):
    assert symbols(case, case.ask(make(), "GONE", "ONE")) == ["ONE"]


def test_a_bare_404_for_one_symbol_leaves_that_symbol_to_the_next_source(case, make, vendor):
    works = vendor.answer

    def answer(asked: Asked) -> Reply:
        gone = any("GONE" in part for part in (asked.path, *asked.query.values()))
        return Reply("<html>Not Found</html>", 404) if gone else works(asked)

    vendor.answer = answer
    assert symbols(case, case.ask(make(), "GONE", "ONE")) == ["ONE"]


def test_a_delisted_symbol_ends_on_its_last_day(case, make, vendor):
    vendor.answer = case.answer({"ONE": case.ended, "TWO": case.whole})
    one, two = case.ask(make(), "ONE", "TWO")
    assert set(case.days_of(one)) == {case.last_of_ended}
    assert max(case.days_of(two)) > case.last_of_ended


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_repeated_and_names_the_key(case, make, vendor, status):
    vendor.answer = lambda asked: Reply({"status": "ERROR", "error": f"Unknown API Key {KEY}"}, status)
    with pytest.raises(SourceUnavailable) as raised:
        case.ask(make(), "ONE")
    assert len(vendor.asked) == 1
    assert f"127.0.0.1:{vendor.url.rpartition(':')[2]}" in str(raised.value)
    assert str(status) in str(raised.value)
    assert case.key_variable is None or (case.key_variable in str(raised.value) and KEY not in str(raised.value))


def test_too_many_requests_waits_as_long_as_the_vendor_asks(case, make, vendor, clock):
    vendor.replies = [BUSY]
    assert len(case.ask(make(), "ONE")) == 1
    assert max(clock.slept) == pytest.approx(7.0, abs=1.0)


def test_a_server_error_is_tried_again(case, make, vendor):
    vendor.replies = [BROKEN, BROKEN]
    assert len(case.ask(make(), "ONE")) == 1
    assert len(vendor.asked) >= 3


def test_a_vendor_that_stays_broken_is_passed_over_after_the_agreed_attempts(case, make, vendor):
    vendor.answer = lambda asked: BROKEN
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:.*status 500, 3 times"):
        case.ask(make(), "ONE")
    assert len(vendor.asked) == 3


def test_a_stall_ends_at_the_timeout_and_is_tried_again(case, make, vendor):
    vendor.replies = [Reply(stalls=True)]
    assert len(case.ask(make(timeout_seconds=0.3), "ONE")) == 1


def test_a_vendor_that_only_stalls_is_passed_over(case, make, vendor):
    vendor.answer = lambda asked: Reply(stalls=True)
    with pytest.raises(SourceUnavailable, match=r"no answer within 0\.2 s, 2 times"):
        case.ask(make(timeout_seconds=0.2, retries=1), "ONE")


def test_an_answer_cut_on_the_way_is_tried_again(case, make, vendor):
    vendor.replies = [Reply({"long": "x" * 5000}, cut=True)]
    assert len(case.ask(make(), "ONE")) == 1


def test_an_answer_that_ends_half_way_through_is_an_error(case, make, vendor):
    works = vendor.answer

    def half(asked: Asked) -> Reply:
        whole = works(asked).encoded().decode()
        return Reply(whole[: len(whole) // 2])

    vendor.answer = half
    with pytest.raises(SourceError, match=rf"127\.0\.0\.1:\d+/.*{case.unusable}") as raised:
        case.ask(make(), "ONE")
    assert not isinstance(raised.value, SourceUnavailable)


def test_a_page_that_says_something_else_with_status_200_is_an_error_naming_host_and_find(case, make, vendor):
    vendor.answer = lambda asked: HTML
    found = rf"(?s)127\.0\.0\.1:\d+/.*{case.unusable}.*64 characters.*Down for maintenance"
    with pytest.raises(SourceError, match=found) as raised:
        case.ask(make(), "ONE")
    assert not isinstance(raised.value, SourceUnavailable)


def test_an_empty_answer_is_an_error(case, make, vendor):
    vendor.answer = lambda asked: Reply("")
    with pytest.raises(SourceError, match=rf"127\.0\.0\.1:\d+/.*{case.unusable}") as raised:
        case.ask(make(), "ONE")
    assert not isinstance(raised.value, SourceUnavailable)


@pytest.mark.parametrize(
    "content",
    [[1, 2], {}, {"prices": 3, "results": 3, "chart": 3}, {"status": "ERROR", "error": "no such thing"}, "text", None],
)
def test_json_of_another_shape_is_an_error_naming_the_host(case, make, vendor, content):
    vendor.answer = lambda asked: Reply(content)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1") as raised:
        case.ask(make(), "ONE")
    assert not isinstance(raised.value, SourceUnavailable)


def test_the_key_is_sent_in_a_header_and_appears_nowhere_else(case, make, vendor, caplog):
    vendor.replies = [BUSY]
    with caplog.at_level(logging.DEBUG):
        case.ask(make(), "ONE")
    sent = [value for asked in vendor.asked for value in asked.headers.values() if KEY in value]
    assert len(sent) == (len(vendor.asked) if case.key_variable else 0)
    assert not any(KEY in str((asked.path, asked.query)) for asked in vendor.asked)
    assert KEY not in caplog.text
    assert "1 of 1 symbols read" in caplog.text


@pytest.mark.parametrize("status", [200, 401, 418, 429, 500])
@pytest.mark.parametrize("padding", [0, 150, 155])  # so that a quotation would end within the key
def test_a_vendor_that_repeats_the_key_does_not_make_it_known(case, make, vendor, caplog, status, padding):
    repeated = Reply({"note": "x" * padding + KEY}, status)
    vendor.answer = lambda asked: repeated
    with caplog.at_level(logging.DEBUG), pytest.raises(SourceError) as raised:
        case.ask(make(retries=1), "ONE")
    if case.key_variable:
        assert KEY[:6] not in f"{raised.value} {raised.value.__cause__!r} {caplog.text}"
