"""Sessions of real calendars: holidays, early closes, weekends, and days far ahead."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tetra.calendars import (
    day_after_previous_session,
    is_session,
    last_completed_session,
    session_hours,
    sessions_after,
    sessions_between,
)
from tetra.errors import DataError

NEW_YORK = ZoneInfo("America/New_York")


def test_the_first_sessions_of_2015_skip_new_year_and_the_weekend():
    expected = np.array(["2015-01-02", "2015-01-05", "2015-01-06"], dtype="datetime64[D]")
    assert np.array_equal(sessions_between("XNYS", date(2015, 1, 1), date(2015, 1, 6)), expected)


def test_a_week_ends_on_friday_for_stocks_and_never_for_crypto():
    assert sessions_between("XNYS", date(2015, 6, 1), date(2015, 6, 7)).size == 5
    assert sessions_between("24/7", date(2015, 6, 1), date(2015, 6, 7)).size == 7


@pytest.mark.parametrize(
    "day",
    [
        date(2001, 9, 11),  # attacks, closed to the 14th
        date(2012, 10, 29),  # hurricane Sandy
        date(2018, 12, 5),  # day of mourning
        date(2021, 4, 2),  # Good Friday
        date(2022, 6, 20),  # Juneteenth, first observed in 2022
    ],
)
def test_a_closed_day_is_no_session(day):
    assert not is_session("XNYS", day)


def test_sessions_reach_back_to_1980():
    assert sessions_between("XNYS", date(1980, 1, 1), date(1980, 1, 2)).tolist() == [date(1980, 1, 2)]


def test_an_empty_range_of_sessions_is_empty_not_an_error():
    assert sessions_between("XNYS", date(2015, 6, 6), date(2015, 6, 7)).size == 0


def test_sessions_after_a_session_do_not_hold_it():
    assert sessions_after("XNYS", date(2022, 12, 28), 3).tolist() == [
        date(2022, 12, 29),
        date(2022, 12, 30),
        date(2023, 1, 3),
    ]


@pytest.mark.parametrize("calendar", ["XNYS", "24/7"])
@pytest.mark.parametrize("count", [0, 1, 252, 2520])
def test_so_many_sessions_after_as_were_asked_for_even_decades_ahead(calendar, count):
    found = sessions_after(calendar, date(2039, 12, 30), count)
    assert found.size == count
    assert (np.diff(found) > np.timedelta64(0, "D")).all()


def test_a_session_counts_as_completed_from_its_close_on():
    close = datetime(2024, 6, 28, 16, 0, tzinfo=NEW_YORK)
    assert last_completed_session("XNYS", close) == date(2024, 6, 28)
    assert last_completed_session("XNYS", close.replace(hour=15, minute=59)) == date(2024, 6, 27)


def test_an_early_close_completes_the_session_early():
    assert last_completed_session("XNYS", datetime(2024, 7, 3, 13, 0, tzinfo=NEW_YORK)) == date(2024, 7, 3)


def test_a_winter_evening_in_new_york_is_still_that_session_although_utc_has_moved_on():
    evening = datetime(2015, 1, 6, 19, 0, tzinfo=NEW_YORK)
    assert evening.astimezone(UTC).date() == date(2015, 1, 7)
    assert last_completed_session("XNYS", evening) == date(2015, 1, 6)


def test_closed_days_belong_to_the_session_after_them():
    assert day_after_previous_session("XNYS", date(2015, 8, 3)) == date(2015, 8, 1)  # Monday: from Saturday
    assert day_after_previous_session("XNYS", date(2015, 8, 4)) == date(2015, 8, 4)


def hours(calendar: str, *days: str) -> list[tuple[datetime | None, datetime | None]]:
    opens, closes = session_hours(calendar, np.array(days, dtype="datetime64[D]"))
    return list(zip(opens.tolist(), closes.tolist(), strict=True))


def test_sessions_open_and_close_by_new_york_in_winter_in_summer_and_early():
    winter = (datetime(2020, 11, 25, 14, 30), datetime(2020, 11, 25, 21))
    early = (datetime(2020, 11, 27, 14, 30), datetime(2020, 11, 27, 18))  # the day after Thanksgiving, 13:00
    summer = (datetime(2020, 7, 1, 13, 30), datetime(2020, 7, 1, 20))
    assert hours("XNYS", "2020-11-25", "2020-07-01", "2020-11-27", "2020-07-01") == [winter, summer, early, summer]


def test_a_market_that_never_closes_closes_at_the_midnight_that_ends_the_day():
    assert hours("24/7", "2020-11-28") == [(datetime(2020, 11, 28), datetime(2020, 11, 29))]


def test_what_is_no_session_has_no_hours():
    never = (None, None)
    assert hours("XNYS", "2020-11-26", "NaT", "1900-01-02") == [never, never, never]
    assert hours("XNYS") == []


def test_hours_of_sessions_decades_ahead_are_known():
    assert hours("XNYS", "2044-07-01") == [(datetime(2044, 7, 1, 13, 30), datetime(2044, 7, 1, 20))]


def test_a_calendar_may_be_asked_for_by_many_threads_at_once():
    days = [np.array([f"{year}-06-01"], dtype="datetime64[D]") for year in (2031, 2041, 2051, 2061) for _ in range(4)]
    with ThreadPoolExecutor(len(days)) as pool:  # each of four calendars is new to them; a warning is an error
        opens = list(pool.map(lambda day: session_hours("XTKS", day)[0], days))
    assert [found.size for found in opens] == [1] * len(days)


def test_sessions_cannot_be_changed_by_a_caller():
    with pytest.raises(ValueError, match="read-only"):
        sessions_between("XNYS", date(2015, 6, 1), date(2015, 6, 5))[0] = np.datetime64("1999-01-01")


def test_an_unknown_calendar_is_named_with_the_nearest_one():
    with pytest.raises(DataError, match="unknown exchange calendar 'NYSEE'; did you mean 'NYSE'"):
        is_session("NYSEE", date(2015, 6, 1))


def test_a_reversed_range_is_refused():
    with pytest.raises(DataError, match="start 2015-06-05 lies after end 2015-06-01"):
        sessions_between("XNYS", date(2015, 6, 5), date(2015, 6, 1))


def test_a_day_before_the_calendar_begins_is_refused():
    with pytest.raises(DataError, match="begins at 1960-01-01"):
        is_session("XNYS", date(1929, 10, 29))


def test_a_moment_without_a_time_zone_is_refused():
    with pytest.raises(DataError, match="has no time zone"):
        last_completed_session("XNYS", datetime(2024, 6, 28, 18, 0))
