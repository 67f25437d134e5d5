"""Polygon's own ways: pages, New York days, splits and dividends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.tetra.sources.vendors.answers import APPLE_RAW, polygon, polygon_source
from tests.tetra.sources.vendors.loopback import Asked, Reply

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.base import BarRequest

APPLE = BarRequest({"AAPL": "AAPL"}, date(2020, 8, 1), date(2020, 9, 1))


def test_all_pages_are_read_and_bars_are_asked_unadjusted(vendor, clock):
    vendor.answer = polygon({"AAPL": APPLE_RAW}, page=1, host=vendor.url)
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    assert batch.close.tolist() == list(APPLE_RAW.values())
    assert len(vendor.asked) == 4
    assert vendor.asked[0].query == {"adjusted": "false", "sort": "asc", "limit": "50000"}
    assert {asked.headers["authorization"] for asked in vendor.asked} == {"Bearer s3cret-key"}


def test_a_next_page_on_another_host_is_asked_of_ours(vendor, clock):
    vendor.answer = polygon({"AAPL": APPLE_RAW}, page=2, host="https://elsewhere.invalid")
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    assert batch.sessions.size == 4


def test_pages_that_go_in_a_circle_end(vendor, clock):
    vendor.answer = lambda asked: Reply({"results": [], "next_url": vendor.url + asked.path})
    with pytest.raises(SourceError, match="goes in a circle"):
        list(polygon_source(vendor.url, clock).bars(APPLE))


def test_a_stocks_day_is_new_yorks_in_winter_and_in_summer(vendor, clock):
    days = {date(2020, 1, 2): 300.35, date(2020, 7, 1): 364.11}
    vendor.answer = polygon({"AAPL": days})
    request = BarRequest({"AAPL": "AAPL"}, date(2020, 1, 1), date(2020, 12, 31))
    (batch,) = polygon_source(vendor.url, clock).bars(request)
    assert batch.sessions.tolist() == list(days)


def test_cryptos_day_is_utcs_and_the_one_that_is_not_over_is_left_out(vendor, clock):
    days = {date(2020, 8, 31): 11_655.0, date(2020, 9, 1): 11_921.0}
    vendor.answer = polygon({"X:BTCUSD": days})
    request = BarRequest({"BTC-USD": "X:BTCUSD"}, date(2020, 8, 31), date(2020, 9, 1))
    source = polygon_source(vendor.url, clock, now=lambda: datetime(2020, 9, 1, 21, tzinfo=UTC))
    (batch,) = source.bars(request)
    assert batch.sessions.tolist() == [date(2020, 8, 31)]


def test_an_index_has_no_volume_and_gets_none(vendor, clock):
    vendor.answer = lambda asked: Reply({"results": [{"t": 1598846400000, "o": 1.0, "h": 2.0, "l": 1.0, "c": 2.0}]})
    (batch,) = polygon_source(vendor.url, clock).bars(BarRequest({"SPX": "I:SPX"}, APPLE.start, APPLE.end))
    assert vendor.asked[0].path.startswith("/v2/aggs/ticker/I:SPX/")
    assert (batch.sessions.tolist(), batch.volume.tolist()) == (
        [date(2020, 8, 31)],
        pytest.approx([float("nan")], nan_ok=True),
    )


def test_a_record_that_cannot_be_read_is_set_aside_with_its_reason(vendor, clock):
    good = {"t": 1598846400000, "o": 1.0, "h": 2.0, "l": 1.0, "c": 2.0, "v": 5}
    results = [good | {"t": "yesterday"}, good, good | {"t": 1598932800000, "c": "n/a"}, good | {"o": [1]}]
    vendor.answer = lambda asked: Reply({"results": results})
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    assert batch.close.tolist() == [2.0]
    assert [record.key for record in batch.rejected] == [
        "AAPL|1d|record 0",
        "AAPL|1d|2020-09-01",
        "AAPL|1d|2020-08-31",
    ]
    assert "could not convert string to float: 'n/a'" in batch.rejected[1].reason
    assert batch.rejected[2].record["open"] == "[1]"  # JSON scalars only


def reference(splits: list[dict], dividends: list[dict]):
    def answer(asked: Asked) -> Reply:
        (day,) = (name.removesuffix(".gte") for name in asked.query if name.endswith(".gte"))
        records = {"/v3/reference/splits": splits, "/v3/reference/dividends": dividends}[asked.path]
        span = (asked.query[f"{day}.gte"], asked.query[f"{day}.lte"])
        return Reply({"status": "OK", "results": [r for r in records if span[0] <= r.get(day, span[0]) <= span[1]]})

    return answer


SPLIT = {"execution_date": "2020-08-31", "split_from": 1, "split_to": 4, "ticker": "AAPL"}
DIVIDEND = {
    "cash_amount": 0.82,
    "currency": "USD",
    "dividend_type": "CD",
    "ex_dividend_date": "2020-08-07",
    "ticker": "AAPL",
}


def test_a_split_in_the_range_is_new_shares_per_old_and_dividends_are_as_declared(vendor, clock):
    vendor.answer = reference([SPLIT], [DIVIDEND])
    (batch,) = polygon_source(vendor.url, clock).actions(APPLE)
    assert batch.action_types == ("dividend", "split")
    assert batch.ex_dates.tolist() == [date(2020, 8, 7), date(2020, 8, 31)]
    assert batch.values.tolist() == [0.82, 4.0]


def test_raw_bars_divided_by_the_split_have_no_seam(vendor, clock):
    vendor.answer = polygon({"AAPL": APPLE_RAW})
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    ratio = 4.0
    returns = batch.close[1:] / batch.close[:-1] - 1
    assert returns[1] < -0.7
    assert batch.close[2] * ratio / batch.close[1] - 1 == pytest.approx(
        0.0339, abs=1e-4
    )  # the widely published +3.39 %


def test_two_dividends_of_one_day_are_one(vendor, clock):
    special = DIVIDEND | {"cash_amount": 3.0, "dividend_type": "SC"}
    vendor.answer = reference([], [DIVIDEND, special])
    (batch,) = polygon_source(vendor.url, clock).actions(APPLE)
    assert batch.values.tolist() == [pytest.approx(3.82)]


def test_actions_that_cannot_be_used_are_set_aside(vendor, clock):
    splits = [SPLIT | {"split_from": 0}, SPLIT | {"execution_date": "31 August"}, SPLIT, SPLIT | {"split_to": 7}]
    dividends = [DIVIDEND | {"currency": "CAD"}, DIVIDEND | {"cash_amount": None}, DIVIDEND | {"cash_amount": -1}]
    vendor.answer = lambda asked: Reply({"results": splits if asked.path.endswith("splits") else dividends})
    (batch,) = polygon_source(vendor.url, clock).actions(APPLE)
    assert batch.values.tolist() == [4.0]
    reasons = " / ".join(record.reason for record in batch.rejected)
    for reason in ("division by zero", "31 August", "a second split", "is in CAD", "dividend of nan", "dividend of -1"):
        assert reason in reasons


def test_without_any_action_the_next_source_is_asked(vendor, clock):
    vendor.answer = reference([], [])
    with pytest.raises(SourceUnavailable, match="has no corporate actions of AAPL"):
        list(polygon_source(vendor.url, clock).actions(APPLE))


def test_a_missing_key_names_its_variable_and_nothing_is_sent(vendor, clock, monkeypatch):
    monkeypatch.delenv("TETRA_POLYGON_API_KEY")
    with pytest.raises(SourceUnavailable, match="TETRA_POLYGON_API_KEY is not set"):
        list(polygon_source(vendor.url, clock).bars(APPLE))
    assert vendor.asked == []


def test_after_a_refusal_the_symbols_not_begun_are_not_asked(vendor, clock):
    vendor.answer = lambda asked: Reply(
        {"status": "NOT_AUTHORIZED", "message": "You are not entitled to this data."}, 403
    )
    request = BarRequest({f"S{n}": f"S{n}" for n in range(50)}, APPLE.start, APPLE.start + timedelta(days=1))
    with pytest.raises(SourceUnavailable, match="not entitled"):
        list(polygon_source(vendor.url, clock, max_workers=1).bars(request))
    assert len(vendor.asked) < 50
