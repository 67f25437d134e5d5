"""yfinance itself against a loopback Yahoo: what it makes of charts, splits and dividends."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from tests.tetra.sources.vendors.answers import APPLE_SPLIT, Events, yahoo, yahoo_source
from tests.tetra.sources.vendors.loopback import BUSY, Reply

from tetra.errors import SourceError
from tetra.sources.base import BarRequest

# yfinance 1.7 under pandas 3.1, its own affair
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

APPLE = BarRequest({"AAPL": "AAPL"}, date(2020, 8, 27), date(2020, 9, 1))


def test_only_charts_are_asked_for_and_only_of_the_configured_host(vendor, clock):
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT})
    assert len(list(yahoo_source(vendor.url, clock).bars(APPLE))) == 1
    assert {asked.path for asked in vendor.asked} == {"/v8/finance/chart/AAPL"}
    assert not any("crumb" in asked.query for asked in vendor.asked)
    span = vendor.asked[-1].query
    new_york = {"period1": datetime(2020, 8, 27, 4, tzinfo=UTC), "period2": datetime(2020, 9, 2, 4, tzinfo=UTC)}
    assert {name: int(span[name]) for name in new_york} == {n: int(at.timestamp()) for n, at in new_york.items()}


def test_bars_are_split_adjusted_and_have_no_seam(vendor, clock):
    events = Events(splits={date(2020, 8, 31): (4, 1)})
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT}, events)
    (batch,) = yahoo_source(vendor.url, clock).bars(APPLE)
    assert batch.price_basis == "split"
    assert batch.close.tolist() == list(APPLE_SPLIT.values())
    assert np.abs(np.diff(np.log(batch.close))).max() < 0.05


def test_a_dividend_before_a_split_is_given_as_of_its_ex_date(vendor, clock):
    days = {date(2020, 8, 6): 113.9, date(2020, 8, 7): 111.11} | APPLE_SPLIT | {date(2020, 11, 6): 118.69}
    events = Events(dividends={date(2020, 8, 7): 0.205, date(2020, 11, 6): 0.205}, splits={date(2020, 8, 31): (4, 1)})
    vendor.answer = yahoo({"AAPL": days}, events)
    request = BarRequest({"AAPL": "AAPL"}, date(2020, 8, 1), date(2020, 12, 31))
    (batch,) = yahoo_source(vendor.url, clock).actions(request)
    assert batch.action_types == ("dividend", "split", "dividend")
    assert batch.ex_dates.tolist() == [date(2020, 8, 7), date(2020, 8, 31), date(2020, 11, 6)]
    assert batch.values.tolist() == [pytest.approx(0.82), 4.0, pytest.approx(0.205)]  # Apple declared 0.82 and 0.205


def test_a_split_after_the_requests_end_is_undone_too_but_not_reported(vendor, clock):
    days = {date(2020, 8, 6): 113.9, date(2020, 8, 7): 111.11} | APPLE_SPLIT
    events = Events(dividends={date(2020, 8, 7): 0.205}, splits={date(2020, 8, 31): (4, 1)})
    vendor.answer = yahoo({"AAPL": days}, events)
    request = BarRequest({"AAPL": "AAPL"}, date(2020, 8, 1), date(2020, 8, 14))
    (batch,) = yahoo_source(vendor.url, clock).actions(request)
    assert (batch.action_types, batch.values.tolist()) == (("dividend",), [pytest.approx(0.82)])


def test_a_dividend_on_the_day_of_a_split_is_of_the_new_shares(vendor, clock):
    events = Events(dividends={date(2020, 8, 31): 0.1}, splits={date(2020, 8, 31): (4, 1)})
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT}, events)
    (batch,) = yahoo_source(vendor.url, clock).actions(APPLE)
    assert dict(zip(batch.action_types, batch.values.tolist(), strict=True)) == {"dividend": 0.1, "split": 4.0}


def test_a_known_symbol_without_actions_is_an_empty_batch_and_an_unknown_one_is_none(vendor, clock):
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT})
    both = BarRequest({"GONE": "GONE", "AAPL": "AAPL"}, APPLE.start, APPLE.end)
    (batch,) = yahoo_source(vendor.url, clock).actions(both)
    assert (batch.symbol, batch.action_types, batch.ex_dates.size, batch.values.size) == ("AAPL", (), 0, 0)


def test_a_reverse_split_is_a_fraction(vendor, clock):
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT}, Events(splits={date(2020, 8, 31): (1, 8)}))
    (batch,) = yahoo_source(vendor.url, clock).actions(APPLE)
    assert batch.values.tolist() == [0.125]


def test_an_action_that_cannot_be_is_set_aside(vendor, clock):
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT}, Events(dividends={date(2020, 8, 28): -0.5}))
    (batch,) = yahoo_source(vendor.url, clock).actions(APPLE)
    assert batch.values.size == 0
    assert batch.rejected[0].reason == "cannot be read: a dividend of -0.5 is not above zero"


def test_asking_again_in_the_same_process_sees_a_revision(vendor, clock):
    source = yahoo_source(vendor.url, clock)
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT})
    list(source.bars(APPLE))
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT | {date(2020, 9, 1): 135.0}})
    (batch,) = source.bars(APPLE)
    assert batch.close[-1] == 135.0


def test_an_index_is_asked_by_its_caret_ticker(vendor, clock):
    vendor.answer = yahoo({"^GSPC": {date(2020, 8, 31): 3500.31}})
    (batch,) = yahoo_source(vendor.url, clock).bars(BarRequest({"SPX": "^GSPC"}, APPLE.start, APPLE.end))
    assert (batch.symbol, batch.close.tolist()) == ("SPX", [3500.31])


def test_cryptos_day_that_is_not_over_is_left_out(vendor, clock):
    vendor.answer = yahoo({"BTC-USD": {date(2020, 8, 31): 11_680.0, date(2020, 9, 1): 11_970.0}}, zone="UTC")
    source = yahoo_source(vendor.url, clock, now=lambda: datetime(2020, 9, 1, 21, tzinfo=UTC))
    (batch,) = source.bars(BarRequest({"BTC-USD": "BTC-USD"}, APPLE.start, APPLE.end))
    assert batch.sessions.tolist() == [date(2020, 8, 31)]


def test_days_without_any_price_are_no_records(vendor, clock):
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT | {date(2020, 8, 28): float("nan")}})
    (batch,) = yahoo_source(vendor.url, clock).bars(APPLE)
    assert date(2020, 8, 28) not in batch.sessions.tolist()


def test_no_day_of_the_range_told_with_status_400_leaves_the_symbol_to_the_next_source(vendor, clock):
    works = yahoo({"AAPL": APPLE_SPLIT, "NEW": APPLE_SPLIT})
    reason = {"code": "Bad Request", "description": "Data doesn't exist for startDate = 1, endDate = 2"}
    refusal = Reply({"chart": {"result": None, "error": reason}}, 400)

    def answer(asked):
        return refusal if asked.path.endswith("NEW") and "period1" in asked.query else works(asked)

    vendor.answer = answer
    both = BarRequest({"NEW": "NEW", "AAPL": "AAPL"}, APPLE.start, APPLE.end)
    assert [batch.symbol for batch in yahoo_source(vendor.url, clock).bars(both)] == ["AAPL"]


def test_yahoos_rate_limit_is_waited_out_for_actions_too(vendor, clock):
    vendor.answer = yahoo({"AAPL": APPLE_SPLIT}, Events(splits={date(2020, 8, 31): (4, 1)}))
    vendor.replies = [BUSY, BUSY]
    assert len(list(yahoo_source(vendor.url, clock).actions(APPLE))) == 1


def test_a_chart_that_yfinance_cannot_read_is_an_error_naming_host_and_ticker(vendor, clock):
    works = yahoo({"AAPL": APPLE_SPLIT})

    def broken(asked):
        reply = works(asked)
        if "period1" in asked.query:
            del reply.body["chart"]["result"][0]["indicators"]["quote"][0]["close"]
        return reply

    vendor.answer = broken
    with pytest.raises(
        SourceError, match=r"127\.0\.0\.1:\d+: yfinance cannot read the chart of AAPL: KeyError\('close'\)"
    ):
        list(yahoo_source(vendor.url, clock).bars(APPLE))
