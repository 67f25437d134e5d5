"""Each vendor's own ways with hours: extended hours, pages, splits, how far back, points instead of bars."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from tests.tetra.sources.vendors.answers import (
    NEW_YORK,
    Events,
    binance_source,
    coingecko_source,
    polygon_source,
    yahoo_source,
)
from tests.tetra.sources.vendors.hourly_answers import (
    HALF_PAST,
    WHOLE_HOURS,
    binance_hours,
    coingecko_hours,
    milliseconds,
    new_york,
    polygon_hours,
    yahoo_hours,
)
from tests.tetra.sources.vendors.loopback import Reply

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.base import BarRequest

# yfinance 1.7 under pandas 3.1, its own affair
pytestmark = pytest.mark.filterwarnings("ignore:The inplace keyword")

APPLE = BarRequest({"AAPL": "AAPL"}, date(2020, 8, 28), date(2020, 8, 31), "1h")
THANKSGIVING = BarRequest({"AAPL": "AAPL"}, date(2020, 11, 25), date(2020, 11, 27), "1h")
WINTER = {"now": lambda: datetime(2020, 12, 1, tzinfo=UTC)}
YEARS = {datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=n): 7000.0 + n for n in range(24 * 200)}


def bitcoin(ticker: str, start: date, end: date) -> BarRequest:
    return BarRequest({"BTC-USD": ticker}, start, end, "1h")


# Polygon


def test_polygon_extended_hours_are_left_out_of_the_hour_of_the_open_too(vendor, clock):
    (opening,) = new_york(date(2020, 8, 31), "09:00")
    extended = dict.fromkeys(new_york(date(2020, 8, 31), "04:00", "09:00", "16:00", "19:30"), 999.0)
    regular = {opening + timedelta(minutes=30): 129.0}  # one half-hour, and a second one at 10:00
    vendor.answer = polygon_hours({"AAPL": regular}, {"AAPL": extended})
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    assert batch.opened_at.tolist() == [datetime(2020, 8, 31, 13), datetime(2020, 8, 31, 14)]
    assert (batch.open[0], batch.high[0], batch.low[0], batch.close[0], batch.volume[0]) == (129, 130, 129, 129.5, 400)


def test_polygon_an_early_close_ends_the_hours_early(vendor, clock):
    hours = dict.fromkeys(new_york(date(2020, 11, 27), "12:00", "13:00", "15:00"), 116.0)
    vendor.answer = polygon_hours({"AAPL": hours})
    (batch,) = polygon_source(vendor.url, clock, **WINTER).bars(THANKSGIVING)
    assert batch.opened_at.tolist() == [datetime(2020, 11, 27, 17)]


def test_polygon_is_asked_for_half_hours_of_stocks_between_midnights_of_new_york_unadjusted(vendor, clock):
    vendor.answer = polygon_hours({"AAPL": WHOLE_HOURS})
    list(polygon_source(vendor.url, clock).bars(APPLE))
    (asked,) = vendor.asked
    start, end = datetime(2020, 8, 28, tzinfo=NEW_YORK), datetime(2020, 9, 1, tzinfo=NEW_YORK)
    assert asked.path == f"/v2/aggs/ticker/AAPL/range/30/minute/{milliseconds(start)}/{milliseconds(end) - 1}"
    assert asked.query == {"adjusted": "false", "sort": "asc", "limit": "50000"}


def test_polygon_an_hour_whose_halves_are_on_two_pages_is_one(vendor, clock):
    vendor.answer = polygon_hours({"AAPL": WHOLE_HOURS}, page=1, host=vendor.url)
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    assert batch.close.tolist() == list(WHOLE_HOURS.values())
    assert len(vendor.asked) == 2 * len(WHOLE_HOURS)


def test_polygon_a_split_in_the_range_is_a_seam_of_the_hours_as_traded(vendor, clock):
    hours = dict(zip(WHOLE_HOURS, [499.0, 499.1, 499.2, 127.6, 128.0, 129.0], strict=True))
    vendor.answer = polygon_hours({"AAPL": hours})
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    assert batch.price_basis == "raw"
    assert batch.close.tolist() == list(hours.values())


def test_polygon_an_hour_with_a_half_that_cannot_be_read_is_set_aside_whole_by_its_opening_in_utc(vendor, clock):
    works = polygon_hours({"AAPL": WHOLE_HOURS})

    def broken(asked):
        reply = works(asked)
        reply.body["results"][1]["c"] = "n/a"
        reply.body["results"][4]["t"] = None
        return reply

    vendor.answer = broken
    (batch,) = polygon_source(vendor.url, clock).bars(APPLE)
    assert batch.close.tolist()[0] == 501.0
    reasons = {record.key: record.reason for record in batch.rejected}
    assert set(reasons) == {"AAPL|1h|record 0", "AAPL|1h|2020-08-28T14:00"}
    assert reasons["AAPL|1h|2020-08-28T14:00"] == "cannot be read: could not convert string to float: 'n/a'"


def test_polygon_crypto_is_asked_for_by_the_hour_and_never_closes(vendor, clock):
    night = {datetime(2020, 8, 31, hour, tzinfo=UTC): 11_700.0 + hour for hour in (0, 3, 23)}
    vendor.answer = polygon_hours({"X:BTCUSD": night})
    (batch,) = polygon_source(vendor.url, clock).bars(bitcoin("X:BTCUSD", date(2020, 8, 31), date(2020, 8, 31)))
    assert "/range/1/hour/" in vendor.asked[0].path
    assert batch.opened_at.tolist() == [at.replace(tzinfo=None) for at in night]


# Yahoo


def test_yahoo_hours_are_asked_for_in_one_request_and_days_up_to_today_for_the_splits(vendor, clock):
    vendor.answer = yahoo_hours({"AAPL": HALF_PAST})
    list(yahoo_source(vendor.url, clock).bars(APPLE))
    hours = [asked.query for asked in vendor.asked if asked.query["interval"] == "1h"]
    assert [query["includePrePost"] for query in hours] == ["False"]
    start, end = datetime(2020, 8, 28, tzinfo=NEW_YORK), datetime(2020, 9, 1, tzinfo=NEW_YORK)
    assert (int(hours[0]["period1"]), int(hours[0]["period2"])) == (start.timestamp(), end.timestamp())
    days = vendor.asked[-1].query
    assert (days["interval"], int(days["period1"])) == ("1d", start.timestamp())
    assert int(days["period2"]) > end.timestamp()


SPLIT = Events(splits={date(2020, 8, 31): (4, 1)})
TRADED = dict(zip(HALF_PAST, [499.0, 500.0, 499.23, 127.6, 128.0, 129.04], strict=True))
ADJUSTED = {at: close / (4 if at.date() < date(2020, 8, 31) else 1) for at, close in TRADED.items()}
DAYS = {"AAPL": {date(2020, 8, 28): 124.8075, date(2020, 8, 31): 129.04}}  # Yahoo adjusts these all the way back


@pytest.mark.parametrize("given", [TRADED, ADJUSTED], ids=["as traded", "adjusted"])
def test_yahoo_hours_before_a_split_are_as_traded_whether_yahoo_adjusts_them_or_not(vendor, clock, given):
    vendor.answer = yahoo_hours({"AAPL": given}, DAYS, SPLIT)
    (batch,) = yahoo_source(vendor.url, clock).bars(APPLE)
    assert batch.price_basis == "raw"
    assert batch.close == pytest.approx(list(TRADED.values()))
    assert batch.volume.tolist() == [250.0 if given is ADJUSTED else 1000.0] * 3 + [1000.0] * 3
    assert batch.rejected == ()


def test_yahoo_a_split_after_the_requests_end_is_undone_too(vendor, clock):
    vendor.answer = yahoo_hours({"AAPL": ADJUSTED}, DAYS, SPLIT)
    request = BarRequest({"AAPL": "AAPL"}, date(2020, 8, 28), date(2020, 8, 28), "1h")
    (batch,) = yahoo_source(vendor.url, clock).bars(request)
    assert batch.close == pytest.approx(list(TRADED.values())[:3])


def test_yahoo_a_reverse_split_in_the_range_is_told_from_a_fall(vendor, clock):
    hours = dict(zip(HALF_PAST, [1.0, 1.02, 1.01, 8.0, 8.1, 8.05], strict=True))  # eight old ones for one
    days = {"AAPL": {date(2020, 8, 28): 8.08, date(2020, 8, 31): 8.05}}
    vendor.answer = yahoo_hours({"AAPL": hours}, days, Events(splits={date(2020, 8, 31): (1, 8)}))
    (batch,) = yahoo_source(vendor.url, clock).bars(APPLE)
    assert batch.close.tolist() == list(hours.values())


def test_yahoo_post_market_rows_that_yahoo_adds_on_a_half_day_are_left_out(vendor, clock):
    hours = dict.fromkeys(new_york(date(2020, 11, 27), "11:30", "12:30", "13:30", "14:30"), 116.0)
    vendor.answer = yahoo_hours({"AAPL": hours})
    (batch,) = yahoo_source(vendor.url, clock, **WINTER).bars(THANKSGIVING)
    assert batch.opened_at.tolist() == [datetime(2020, 11, 27, 16, 30), datetime(2020, 11, 27, 17, 30)]


def test_yahoo_of_a_request_that_reaches_too_far_back_the_part_within_reach_is_asked_for(vendor, clock, caplog):
    vendor.answer = yahoo_hours({"AAPL": HALF_PAST})
    request = BarRequest({"AAPL": "AAPL"}, date(2015, 1, 1), APPLE.end, "1h")
    with caplog.at_level(logging.INFO):
        (batch,) = yahoo_source(vendor.url, clock).bars(request)
    assert batch.close.tolist() == list(HALF_PAST.values())
    assert "hourly bars reach back to 2018-09-05, asked for 2015-01-01" in caplog.text
    now, longest = datetime(2020, 9, 2, 3, tzinfo=UTC), timedelta(days=730)
    (asked,) = (asked.query for asked in vendor.asked if asked.query["interval"] == "1h")
    assert timedelta(0) <= datetime.fromtimestamp(int(asked["period1"]), UTC) - (now - longest) < timedelta(days=3)


def test_yahoo_a_request_wholly_before_its_reach_is_left_to_the_next_source(vendor, clock):
    request = BarRequest({"AAPL": "AAPL"}, date(2015, 1, 1), date(2015, 12, 31), "1h")
    with pytest.raises(SourceUnavailable, match=r"'yahoo' has hourly bars from 2018-09-05 on, asked for 2015-01-01"):
        list(yahoo_source(vendor.url, clock).bars(request))
    assert vendor.asked == []


def test_yahoo_crypto_has_every_hour_and_no_splits_to_look_for(vendor, clock):
    night = {datetime(2020, 8, 31, hour, tzinfo=UTC): 11_700.0 + hour for hour in range(24)}
    vendor.answer = yahoo_hours({"BTC-USD": night}, zone="UTC")
    source = yahoo_source(vendor.url, clock, now=lambda: datetime(2020, 8, 31, 22, 30, tzinfo=UTC))
    (batch,) = source.bars(bitcoin("BTC-USD", date(2020, 8, 31), date(2020, 8, 31)))
    assert batch.opened_at.tolist() == [at.replace(tzinfo=None) for at in night][:22]
    assert vendor.asked[-1].query["interval"] == "1h"


# Binance


def test_binance_hours_are_read_in_pages_of_a_thousand(vendor, clock):
    vendor.answer = binance_hours({"BTCUSDT": YEARS})
    source = binance_source(vendor.url, clock)
    (batch,) = source.bars(bitcoin("BTCUSDT", min(YEARS).date(), max(YEARS).date()))
    assert batch.opened_at.tolist() == [at.replace(tzinfo=None) for at in YEARS]
    assert [asked.query["interval"] for asked in vendor.asked] == ["1h"] * 5  # 4,800 hours
    assert np.array_equal(batch.sessions, batch.opened_at.astype("datetime64[D]"))


def test_binance_an_hour_that_cannot_be_read_is_set_aside_by_the_minute_it_opened(vendor, clock):
    opened = milliseconds(datetime(2020, 8, 31, 5, tzinfo=UTC))
    vendor.answer = lambda asked: Reply([[opened, "1", "2", "1", "many", "9", opened + 1], [None]])
    (batch,) = binance_source(vendor.url, clock).bars(bitcoin("BTCUSDT", date(2020, 8, 31), date(2020, 8, 31)))
    assert batch.opened_at.size == 0
    assert [record.key for record in batch.rejected] == ["BTC-USD|1h|2020-08-31T05:00", "BTC-USD|1h|record 1"]


# CoinGecko


def test_coingecko_hours_are_asked_for_in_pieces_of_less_than_ninety_days(vendor, clock):
    vendor.answer = coingecko_hours({"bitcoin": YEARS})
    source = coingecko_source(vendor.url, clock)
    (batch,) = source.bars(bitcoin("bitcoin", min(YEARS).date(), max(YEARS).date()))
    assert batch.opened_at.tolist() == [at.replace(tzinfo=None) for at in YEARS]
    assert batch.close.tolist() == list(YEARS.values())
    spans = [(int(asked.query["from"]), int(asked.query["to"])) for asked in vendor.asked]
    assert len(spans) == 3
    assert all(end - start < 90 * 86_400 for start, end in spans)
    assert np.isnan(batch.volume).all()  # Coingecko's is of 24 hours


def test_coingecko_a_point_a_quarter_of_an_hour_late_closes_no_hour(vendor, clock):
    vendor.answer = coingecko_hours({"bitcoin": YEARS}, late=timedelta(minutes=16))
    with pytest.raises(SourceUnavailable, match="has no hourly bars of BTC-USD"):
        list(coingecko_source(vendor.url, clock).bars(bitcoin("bitcoin", date(2020, 2, 1), date(2020, 2, 2))))


def test_coingecko_of_points_every_five_minutes_the_first_after_the_hour_closes_it(vendor, clock):
    start = milliseconds(datetime(2020, 8, 31, tzinfo=UTC))
    points = [[start + 300_000 * n, 11_000.0 + n] for n in range(40)]
    vendor.answer = lambda asked: Reply({"prices": points})
    (batch,) = coingecko_source(vendor.url, clock).bars(bitcoin("bitcoin", date(2020, 8, 31), date(2020, 8, 31)))
    assert batch.close.tolist() == [11_012.0, 11_024.0, 11_036.0]
    assert batch.opened_at.tolist() == [datetime(2020, 8, 31, hour) for hour in range(3)]


def test_coingecko_a_price_that_cannot_be_read_is_set_aside_by_the_minute_its_hour_opened(vendor, clock):
    at = milliseconds(datetime(2020, 8, 31, 6, tzinfo=UTC))
    vendor.answer = lambda asked: Reply({"prices": [[at, "much"]]})
    (batch,) = coingecko_source(vendor.url, clock).bars(bitcoin("bitcoin", date(2020, 8, 31), date(2020, 8, 31)))
    assert [record.key for record in batch.rejected] == ["BTC-USD|1h|2020-08-31T05:00"]


def test_pages_of_hours_that_go_in_a_circle_end(vendor, clock):
    vendor.answer = lambda asked: Reply({"results": [], "next_url": f"{vendor.url}{asked.path}?cursor=1"})
    with pytest.raises(SourceError, match="goes in a circle after 1 pages"):
        list(polygon_source(vendor.url, clock).bars(APPLE))
