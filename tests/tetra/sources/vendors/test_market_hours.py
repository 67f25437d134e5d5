"""Regular hours of American stocks: what is over, what lies outside, when earnings were announced."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tetra.sources.market_hours import NEW_YORK, announcement_time, is_over, is_regular, regular_hours


def test_hours_of_a_session_are_those_of_its_calendar():
    assert regular_hours(date(2020, 11, 27)) == (  # the day after Thanksgiving
        datetime(2020, 11, 27, 14, 30, tzinfo=UTC),
        datetime(2020, 11, 27, 18, 0, tzinfo=UTC),
    )
    assert regular_hours(date(2020, 11, 26)) is None


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("09:29", False), ("09:30", True), ("15:59", True), ("16:00", False), ("04:00", False), ("20:00", False)],
)
def test_regular_hours_hold_the_open_and_not_the_close(moment, expected):
    hour, minute = map(int, moment.split(":"))
    assert is_regular(datetime(2020, 8, 31, hour, minute, tzinfo=NEW_YORK)) is expected


def test_an_hour_is_over_after_an_hour_and_a_stocks_last_one_with_its_session():
    opened = datetime(2020, 8, 31, 15, 30, tzinfo=NEW_YORK)
    assert not is_over(opened, datetime(2020, 8, 31, 15, 59, tzinfo=NEW_YORK))
    assert is_over(opened, datetime(2020, 8, 31, 16, 0, tzinfo=NEW_YORK))
    crypto = datetime(2020, 8, 31, 19, 30, tzinfo=UTC)  # the same moment
    assert not is_over(crypto, datetime(2020, 8, 31, 20, 29, tzinfo=UTC))
    assert is_over(crypto, datetime(2020, 8, 31, 20, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2020, 7, 30, 7, 0, tzinfo=NEW_YORK), "before_open"),
        (datetime(2020, 7, 30, 16, 0, tzinfo=NEW_YORK), "after_close"),
        (datetime(2020, 7, 30, 20, 30, tzinfo=UTC), "after_close"),
        (datetime(2020, 11, 27, 13, 30, tzinfo=NEW_YORK), "after_close"),  # closed at 13:00
        (datetime(2020, 7, 30, 12, 0, tzinfo=NEW_YORK), None),  # how Yahoo writes 16:00
        (datetime(2020, 7, 30, 0, 0, tzinfo=NEW_YORK), None),
        (datetime(2020, 8, 1, 8, 0, tzinfo=NEW_YORK), None),  # a Saturday
    ],
)
def test_announcements_are_before_the_open_after_the_close_or_nobody_knows_when(at, expected):
    assert announcement_time(at) == expected
