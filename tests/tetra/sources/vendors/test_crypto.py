"""Binance's and CoinGecko's own ways: pages, days that are not over, points instead of bars."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from tests.tetra.sources.vendors.answers import (
    binance,
    binance_source,
    coingecko,
    coingecko_source,
    milliseconds,
)
from tests.tetra.sources.vendors.loopback import Reply

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.base import BarRequest

FIRST = date(2017, 8, 17)
LONG = {FIRST + timedelta(days=n): 4000.0 + n for n in range(2500)}
WEEK = {date(2020, 8, 26) + timedelta(days=n): 11_000.0 + n for n in range(7)}


def bitcoin(ticker: str, start: date, end: date) -> BarRequest:
    return BarRequest({"BTC-USD": ticker}, start, end)


def test_binance_pages_by_start_time_until_the_range_ends(vendor, clock):
    vendor.answer = binance({"BTCUSDT": LONG})
    source = binance_source(vendor.url, clock, now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    (batch,) = source.bars(bitcoin("BTCUSDT", FIRST, max(LONG)))
    assert batch.sessions.tolist() == list(LONG)
    assert len(vendor.asked) == 3
    assert vendor.asked[0].query["interval"] == "1d"
    assert (batch.symbol, batch.open[0], batch.high[0], batch.low[0], batch.close[0]) == (
        "BTC-USD",
        4000.0,
        4001.0,
        3999.0,
        4000.0,
    )


def test_binance_a_day_that_is_not_over_is_left_out(vendor, clock):
    vendor.answer = binance({"BTCUSDT": WEEK})
    source = binance_source(vendor.url, clock, now=lambda: datetime(2020, 9, 1, 21, tzinfo=UTC))
    (batch,) = source.bars(bitcoin("BTCUSDT", date(2020, 8, 31), date(2020, 9, 1)))
    assert batch.sessions.tolist() == [date(2020, 8, 31)]


@pytest.mark.parametrize("status", [418, 451])
def test_binance_a_ban_or_a_forbidden_country_is_not_asked_again(vendor, clock, status):
    vendor.answer = lambda asked: Reply({"code": 0, "msg": "Service unavailable from a restricted location"}, status)
    with pytest.raises(SourceUnavailable, match=f"status {status}: Service unavailable"):
        list(binance_source(vendor.url, clock).bars(bitcoin("BTCUSDT", FIRST, FIRST)))
    assert len(vendor.asked) == 1


def test_binance_a_bad_request_that_is_no_unknown_pair_is_an_error(vendor, clock):
    vendor.answer = lambda asked: Reply({"code": -1100, "msg": "Illegal characters found in parameter"}, 400)
    with pytest.raises(SourceError, match="Illegal characters"):
        list(binance_source(vendor.url, clock).bars(bitcoin("BTC/USDT", FIRST, FIRST)))


def test_binance_pages_that_do_not_go_on_are_an_error(vendor, clock):
    page = [[milliseconds(FIRST, time(0), UTC) - 1, "1", "1", "1", "1", "1", 2]] * 1000
    vendor.answer = lambda asked: Reply(page)
    with pytest.raises(SourceError, match="do not go on"):
        list(binance_source(vendor.url, clock).bars(bitcoin("BTCUSDT", FIRST, FIRST)))


def test_binance_a_record_that_cannot_be_read_is_set_aside(vendor, clock):
    opened = milliseconds(FIRST, time(0), UTC)
    vendor.answer = lambda asked: Reply([[opened, "1", "2", "1", "many", "9", opened + 1], [None]])
    (batch,) = binance_source(vendor.url, clock).bars(bitcoin("BTCUSDT", FIRST, FIRST))
    assert batch.sessions.size == 0
    assert [record.key for record in batch.rejected] == ["BTC-USD|1d|2017-08-17", "BTC-USD|1d|record 1"]


def test_coingecko_closes_are_dated_by_the_day_that_ends_and_volume_is_in_coins(vendor, clock):
    vendor.answer = coingecko({"bitcoin": WEEK})
    (batch,) = coingecko_source(vendor.url, clock).bars(bitcoin("bitcoin", date(2020, 8, 28), date(2020, 8, 30)))
    assert batch.sessions.tolist() == [date(2020, 8, 28), date(2020, 8, 29), date(2020, 8, 30)]
    assert batch.close.tolist() == [11_002.0, 11_003.0, 11_004.0]
    assert batch.volume.tolist() == [1000.0, 1000.0, 1000.0]
    assert np.isnan(batch.open).all()


def test_coingecko_hourly_points_give_the_first_of_each_midnight(vendor, clock):
    start = milliseconds(date(2020, 8, 29), time(0), UTC)
    points = [[start + hour * 3_600_000 + 90_000, 11_000.0 + hour] for hour in range(30)]
    vendor.answer = lambda asked: Reply({"prices": points, "total_volumes": []})
    (batch,) = coingecko_source(vendor.url, clock).bars(bitcoin("bitcoin", date(2020, 8, 28), date(2020, 8, 30)))
    assert batch.sessions.tolist() == [date(2020, 8, 28), date(2020, 8, 29)]  # the 30th is not over
    assert batch.close.tolist() == [11_000.0, 11_024.0]
    assert np.isnan(batch.volume).all()


def test_coingecko_further_back_than_the_plan_names_the_key(vendor, clock):
    status = {"error_code": 10012, "error_message": "Your request exceeds the allowed time range."}
    vendor.answer = lambda asked: Reply({"error": {"status": status}}, 401)
    with pytest.raises(SourceUnavailable, match=r"exceeds the allowed time range.*TETRA_COINGECKO_API_KEY"):
        list(coingecko_source(vendor.url, clock).bars(bitcoin("bitcoin", FIRST, FIRST)))


def test_coingecko_works_without_a_key(vendor, clock, monkeypatch):
    monkeypatch.delenv("TETRA_COINGECKO_API_KEY")
    vendor.answer = coingecko({"bitcoin": WEEK})
    assert list(coingecko_source(vendor.url, clock).bars(bitcoin("bitcoin", min(WEEK), max(WEEK))))
    assert "x-cg-demo-api-key" not in vendor.asked[0].headers


@pytest.mark.parametrize("make", [binance_source, coingecko_source])
def test_crypto_has_no_corporate_actions(vendor, clock, make):
    with pytest.raises(SourceUnavailable, match="has no corporate actions"):
        make(vendor.url, clock).actions(bitcoin("bitcoin", FIRST, FIRST))
