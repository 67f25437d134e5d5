"""What holds for the client of every vendor, against a loopback server that answers as the vendor documents."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from tests.tetra.sources.vendors.answers import APPLE_RAW, CONTRACTS, Contract
from tests.tetra.sources.vendors.loopback import BROKEN, BUSY, HTML, KEY, Asked, Clock, Reply, Vendor

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.base import BarBatch, BarRequest, Source

# yfinance 1.7 under pandas 3.1, its own affair
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

START, END = date(2020, 8, 27), date(2020, 9, 1)
CLOSES = APPLE_RAW


@pytest.fixture(params=CONTRACTS.values(), ids=CONTRACTS)
def contract(request: pytest.FixtureRequest) -> Contract:
    return request.param


Make = Callable[..., Source]


@pytest.fixture
def make(contract: Contract, vendor: Vendor, clock: Clock) -> Make:
    vendor.answer = contract.answer({"ONE": CLOSES, "TWO": CLOSES})
    return lambda **changes: contract.source(vendor.url, clock, **changes)


def asked_for(*symbols: str, start: date = START, end: date = END) -> BarRequest:
    return BarRequest({symbol: symbol for symbol in symbols}, start, end)


def bars(source: Source, *symbols: str, **span: Any) -> list[BarBatch]:
    return list(source.bars(asked_for(*symbols, **span)))


def test_bars_are_those_of_the_vendor_by_session(contract, make):
    (batch,) = bars(make(), "ONE")
    assert batch.sessions.tolist() == list(CLOSES)
    assert batch.close.tolist() == list(CLOSES.values())
    assert batch.volume == pytest.approx(1000)
    assert (batch.symbol, batch.price_basis, batch.rejected) == ("ONE", contract.price_basis, ())
    assert batch.source.startswith(make().name + ":")
    assert np.isfinite(batch.high).all() == contract.has_full_bars


def test_symbols_come_in_the_order_asked_for_whoever_answers_first(make):
    assert [batch.symbol for batch in bars(make(), "TWO", "ONE")] == ["TWO", "ONE"]
    assert [batch.symbol for batch in bars(make(), "ONE", "TWO")] == ["ONE", "TWO"]


def test_the_vendors_own_ticker_is_asked_for(make):
    request = BarRequest({"MINE": "ONE"}, START, END)
    assert [batch.symbol for batch in make().bars(request)] == ["MINE"]


def test_days_outside_the_request_are_left_out(make):
    (batch,) = bars(make(), "ONE", start=date(2020, 8, 28), end=date(2020, 8, 31))
    assert batch.sessions.tolist() == [date(2020, 8, 28), date(2020, 8, 31)]


def test_an_empty_range_leaves_the_symbols_to_the_next_source(make):
    with pytest.raises(SourceUnavailable, match="has no bars of ONE from 2019-01-02 to 2019-01-03"):
        bars(make(), "ONE", start=date(2019, 1, 2), end=date(2019, 1, 3))


def test_one_unknown_symbol_is_left_to_the_next_source_and_the_rest_is_served(make):
    assert [batch.symbol for batch in bars(make(), "GONE", "ONE")] == ["ONE"]


def test_a_bare_404_for_one_symbol_leaves_that_symbol_to_the_next_source(make, vendor):
    works = vendor.answer

    def answer(asked: Asked) -> Reply:
        gone = any("GONE" in part for part in (asked.path, *asked.query.values()))
        return Reply("<html>Not Found</html>", 404) if gone else works(asked)

    vendor.answer = answer
    assert [batch.symbol for batch in bars(make(), "GONE", "ONE")] == ["ONE"]


def test_a_delisted_symbol_ends_on_its_last_day(contract, make, vendor):
    vendor.answer = contract.answer({"ONE": {date(2020, 8, 27): 10.0}, "TWO": CLOSES})
    one, two = bars(make(), "ONE", "TWO")
    assert one.sessions.tolist() == [date(2020, 8, 27)]
    assert two.sessions.size == 4


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_not_repeated_and_names_the_key(contract, make, vendor, status):
    vendor.answer = lambda asked: Reply({"status": "ERROR", "error": f"Unknown API Key {KEY}"}, status)
    with pytest.raises(SourceUnavailable) as raised:
        bars(make(), "ONE")
    assert len(vendor.asked) == 1
    assert f"127.0.0.1:{vendor.url.rpartition(':')[2]}" in str(raised.value)
    assert str(status) in str(raised.value)
    assert contract.key_variable is None or (
        contract.key_variable in str(raised.value) and KEY not in str(raised.value)
    )


def test_too_many_requests_waits_as_long_as_the_vendor_asks(make, vendor, clock):
    vendor.replies = [BUSY]
    assert len(bars(make(), "ONE")) == 1
    assert max(clock.slept) == pytest.approx(7.0, abs=1.0)


def test_a_server_error_is_tried_again(make, vendor):
    vendor.replies = [BROKEN, BROKEN]
    assert len(bars(make(), "ONE")) == 1
    assert len(vendor.asked) >= 3


def test_a_vendor_that_stays_broken_is_passed_over_after_the_agreed_attempts(make, vendor):
    vendor.answer = lambda asked: BROKEN
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1:.*status 500, 3 times"):
        bars(make(), "ONE")
    assert len(vendor.asked) == 3


def test_a_stall_ends_at_the_timeout_and_is_tried_again(make, vendor):
    vendor.replies = [Reply(stalls=True)]
    assert len(bars(make(timeout_seconds=0.3), "ONE")) == 1


def test_a_vendor_that_only_stalls_is_passed_over(make, vendor):
    vendor.answer = lambda asked: Reply(stalls=True)
    with pytest.raises(SourceUnavailable, match=r"no answer within 0\.2 s, 2 times"):
        bars(make(timeout_seconds=0.2, retries=1), "ONE")


def test_an_answer_cut_on_the_way_is_tried_again(make, vendor):
    vendor.replies = [Reply({"long": "x" * 5000}, cut=True)]
    assert len(bars(make(), "ONE")) == 1


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('{"results": [{"t": 15985', "no whole JSON of 24 characters"),
        (HTML.body, "an HTML page of 64 characters.*Down for maintenance"),
        ("", "an empty answer"),
    ],
    ids=["truncated", "html", "empty"],
)
def test_a_page_that_is_no_json_is_an_error_naming_host_and_find(make, vendor, body, found):
    vendor.answer = lambda asked: Reply(body)
    with pytest.raises(SourceError, match=rf"(?s)127\.0\.0\.1:\d+/.*200.*{found}") as raised:
        bars(make(), "ONE")
    assert not isinstance(raised.value, SourceUnavailable)


@pytest.mark.parametrize("content", [[1, 2], {}, {"prices": 3, "results": 3, "chart": 3}, "text", None])
def test_json_of_another_shape_is_an_error_naming_the_host(make, vendor, content):
    vendor.answer = lambda asked: Reply(content)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1"):
        bars(make(), "ONE")


def test_the_key_is_sent_in_a_header_and_appears_nowhere_else(contract, make, vendor, caplog):
    vendor.replies = [BUSY]
    with caplog.at_level(logging.DEBUG):
        bars(make(), "ONE")
    sent = [value for asked in vendor.asked for value in asked.headers.values() if KEY in value]
    assert len(sent) == (len(vendor.asked) if contract.key_variable else 0)
    assert not any(KEY in str((asked.path, asked.query)) for asked in vendor.asked)
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
def test_a_parameter_out_of_range_is_named(make, change, message):
    with pytest.raises(SettingsError, match=message):
        make(**change)
