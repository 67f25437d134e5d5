"""Which records may be landed: each way of being impossible, and what is merely unusual."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from tetra.calendars import sessions_between
from tetra.data.records import Checked, check_bars, check_macro
from tetra.sources.base import BarBatch, MacroBatch, RejectedRecord

NAN = float("nan")
SESSIONS = sessions_between("XNYS", date(2015, 6, 1), date(2015, 6, 5))
GOOD = (10.0, 11.0, 9.0, 10.5, 1000.0)


def check(*rows: tuple[float, ...], days: list[str] | None = None, asset_class: str = "stock") -> Checked[BarBatch]:
    opens, highs, lows, closes, volumes = np.array(rows).T
    sessions = SESSIONS[: len(rows)] if days is None else np.array(days, dtype="datetime64[D]")
    batch = BarBatch("X", "test:set", "raw", sessions, opens, highs, lows, closes, volumes)
    return check_bars(batch, sessions=SESSIONS, calendar="XNYS", asset_class=asset_class)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ((10.0, 11.0, 9.0, NAN, 1.0), "close is missing"),
        ((10.0, np.inf, 9.0, 10.5, 1.0), "a price or volume is infinite"),
        ((10.0, 9.0, 11.0, 10.0, 1.0), "low is above high"),
        ((10.0, 11.0, 9.0, 11.5, 1.0), "close is outside low to high"),
        ((8.5, 11.0, 9.0, 10.0, 1.0), "open is outside low to high"),
        ((10.0, 11.0, 9.0, 10.5, -1.0), "volume is negative"),
        ((10.0, 11.0, 0.0, 10.5, 1.0), "a price of a stock is zero or negative"),
        ((NAN, NAN, NAN, -10.5, NAN), "a price of a stock is zero or negative"),
    ],
)
def test_an_impossible_bar_is_set_aside_with_its_reason(row, reason):
    checked = check(GOOD, row, GOOD)
    assert checked.kept.sessions.tolist() == [date(2015, 6, 1), date(2015, 6, 3)]
    assert [(record.key, record.reason) for record in checked.rejected] == [("X|1d|2015-06-02", reason)]


def test_a_bar_on_a_closed_day_is_set_aside():
    checked = check(GOOD, GOOD, days=["2015-06-05", "2015-06-06"])
    assert checked.kept.sessions.tolist() == [date(2015, 6, 5)]
    assert checked.rejected[0].reason == "not a session of XNYS"


def test_the_first_of_two_bars_of_a_session_is_kept_and_the_other_has_a_key_of_its_own():
    checked = check(GOOD, (10.0, 11.0, 9.0, 10.6, 1.0), GOOD, days=["2015-06-01", "2015-06-01", "2015-06-02"])
    assert checked.kept.close.tolist() == [10.5, 10.5]
    assert checked.rejected[0].key == "X|1d|2015-06-01#2"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param((NAN, NAN, NAN, 10.5, NAN), id="close alone"),
        pytest.param((10.0, 10.5 * (1 - 1e-9), 9.0, 10.5, 1.0), id="rounding between high and close"),
        pytest.param((10.0, 1000.0, 9.0, 999.0, 0.0), id="a jump, and no volume"),
    ],
)
def test_what_is_possible_is_landed(row):
    checked = check(GOOD, row)
    assert checked.kept.sessions.size == 2
    assert checked.rejected == ()


def test_oil_may_cost_less_than_nothing():
    assert check((-10.0, -5.0, -40.0, -36.98, 1.0), asset_class="commodity").rejected == ()


def test_a_rejected_record_is_kept_as_json_can_hold_it():
    record = check((NAN, np.inf, 9.0, 10.5, 1.0)).rejected[0].record
    assert (record["open"], record["high"], record["close"]) == (None, "inf", 10.5)


def test_what_the_source_could_not_read_is_passed_on():
    unreadable = RejectedRecord("X|1d|2015-06-03", "test:set", "not a number: 'n/a'", {"close": "n/a"})
    column = np.array([10.0])
    batch = BarBatch("X", "test:set", "raw", SESSIONS[:1], column, column, column, column, column, (unreadable,))
    checked = check_bars(batch, sessions=SESSIONS, calendar="XNYS", asset_class="stock")
    assert checked.rejected == (unreadable,)
    assert checked.kept.rejected == ()


HALF_DAY = date(2020, 11, 27)  # the day after Thanksgiving closes at 13:00, 18:00 UTC


def check_hours(
    *opened: str, sessions: list[str] | None = None, calendar: str = "XNYS", closes: list[float] | None = None
) -> Checked[BarBatch]:
    opened_at = np.array(opened, dtype="datetime64[us]")
    days = opened_at.astype("datetime64[D]") if sessions is None else np.array(sessions, dtype="datetime64[D]")
    columns = [np.full(opened_at.size, 10.0) for _ in range(5)]
    columns[3] = columns[3] if closes is None else np.array(closes)
    batch = BarBatch("X", "test:set", "raw", days, *columns, timeframe="1h", opened_at=opened_at)
    week = sessions_between(calendar, date(2020, 11, 23), date(2020, 11, 30))
    return check_bars(batch, sessions=week, calendar=calendar, asset_class="stock")


def reasons(checked: Checked[BarBatch]) -> dict[str, str]:
    return {record.key: record.reason for record in checked.rejected}


@pytest.mark.parametrize("minute", ["00", "30"])
def test_hourly_bars_may_open_from_the_hour_of_the_open_to_the_close(minute):
    opened = [f"2020-11-25T{hour}:{minute}" for hour in range(14, 21)]  # 09:00 or 09:30 to 15:30 in New York
    checked = check_hours(*opened)
    assert checked.rejected == ()
    assert checked.kept.opened_at is not None
    assert checked.kept.opened_at.tolist() == [datetime.fromisoformat(at) for at in opened]
    assert checked.kept.ts is checked.kept.opened_at


def test_hourly_bars_before_the_open_and_from_the_close_on_are_set_aside_by_the_minute_they_opened():
    outside = "opened outside the trading hours of its session of XNYS"
    checked = check_hours("2020-11-25T13:59", "2020-11-25T14:00", "2020-11-25T21:00", "2020-11-25T21:30")
    assert reasons(checked) == {
        "X|1h|2020-11-25T13:59": outside,
        "X|1h|2020-11-25T21:00": outside,
        "X|1h|2020-11-25T21:30": outside,
    }
    assert checked.rejected[0].record["opened_at"] == "2020-11-25T13:59Z"
    assert checked.rejected[0].record["session"] == "2020-11-25"


def test_an_early_close_ends_the_hours_early():
    checked = check_hours(f"{HALF_DAY}T17:30", f"{HALF_DAY}T18:00")
    assert reasons(checked) == {f"X|1h|{HALF_DAY}T18:00": "opened outside the trading hours of its session of XNYS"}


def test_an_hourly_bar_of_another_session_than_its_own_is_set_aside():
    checked = check_hours("2020-11-25T15:00", sessions=["2020-11-24"])
    assert list(reasons(checked)) == ["X|1h|2020-11-25T15:00"]


def test_an_hourly_bar_on_a_closed_day_is_set_aside():
    assert reasons(check_hours("2020-11-26T15:00")) == {"X|1h|2020-11-26T15:00": "not a session of XNYS"}


def test_hours_of_one_session_are_no_duplicates_and_the_first_of_two_of_one_hour_is_kept():
    opened = ("2020-11-25T15:00", "2020-11-25T16:00", "2020-11-25T15:00")
    checked = check_hours(*opened, closes=[10.0, 10.0, 9.0])
    assert checked.kept.close.tolist() == [10.0, 10.0]
    assert reasons(checked) == {"X|1h|2020-11-25T15:00#2": "a second record of the hour"}


def test_hours_of_a_market_that_never_closes_may_open_at_any_time():
    assert check_hours("2020-11-26T00:00", "2020-11-28T23:00", calendar="24/7").rejected == ()


def test_an_hourly_bar_that_opened_nobody_knows_when_is_set_aside():
    checked = check_hours("NaT", "2020-11-25T15:00", sessions=["2020-11-25", "2020-11-25"])
    assert reasons(checked) == {"X|1h|NaT": "opened outside the trading hours of its session of XNYS"}
    assert checked.kept.sessions.size == 1


def test_prices_of_hourly_bars_are_judged_as_those_of_daily_ones():
    assert reasons(check_hours("2020-11-25T15:00", closes=[11.0])) == {
        "X|1h|2020-11-25T15:00": "close is outside low to high"
    }


def test_an_observation_without_a_value_or_released_too_early_or_twice_is_set_aside():
    days = ["2015-06-01", "2015-07-01", "2015-08-01", "2015-08-01"]
    released = ["2015-05-01", "NaT", "2015-09-01", "2015-09-01"]
    batch = MacroBatch(
        "RATE",
        "test:set",
        np.array(days, dtype="datetime64[D]"),
        np.array(released, dtype="datetime64[D]"),
        np.array([1.0, NAN, 3.0, 3.1]),
    )
    checked = check_macro(batch)
    assert checked.kept.values.tolist() == [3.0]
    assert {record.key: record.reason for record in checked.rejected} == {
        "RATE|2015-06-01|2015-05-01": "released before the period it describes",
        "RATE|2015-07-01|": "value is missing or infinite",
        "RATE|2015-08-01|2015-09-01#2": "a second record of the observation",
    }


def test_a_later_release_of_an_observation_is_a_record_of_its_own():
    batch = MacroBatch(
        "RATE",
        "test:set",
        np.array(["2015-06-01", "2015-06-01"], dtype="datetime64[D]"),
        np.array(["2015-07-15", "2015-08-15"], dtype="datetime64[D]"),
        np.array([1.0, 1.1]),
    )
    assert check_macro(batch).rejected == ()
