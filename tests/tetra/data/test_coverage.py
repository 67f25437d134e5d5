"""Coverage and gaps of histories with holes made in them: bars, hourly bars, macro series; and few requests for all."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from tetra.calendars import sessions_between
from tetra.data.coverage import Gap, find_gaps, gap_requests, refresh
from tetra.data.coverage_periods import periods
from tetra.data.gap_requests import GapRequest, cluster
from tetra.data.ingest import IngestRequest, ingest

MONTH = (date(2015, 6, 1), date(2015, 6, 30))


def rows(*, without: tuple[str, ...] = ()) -> list[list[object]]:
    days = [str(day) for day in sessions_between("XNYS", *MONTH)]
    return [[day, None, None, None, 10.0, None] for day in days if day not in without]


def select(connection: Any, query: str) -> list[tuple]:
    found = connection.execute(query).fetchall()
    connection.commit()
    return found


COVERAGE = (
    "select first_session::text, last_session::text, sessions_expected, sessions_held, coverage"
    " from quality.coverage where symbol = 'DT-A' and timeframe = '1d'"
)
GAPS = (
    "select gap_start::text, gap_end::text, sessions_missing from quality.gaps"
    " where symbol = 'DT-A' and timeframe = '1d' order by gap_start"
)


def test_missing_sessions_next_to_each_other_are_one_gap_even_across_a_weekend():
    expected = sessions_between("XNYS", *MONTH)
    held = np.setdiff1d(expected, np.array(["2015-06-05", "2015-06-08", "2015-06-10"], dtype="datetime64[D]"))
    assert find_gaps("X", held, expected) == [
        Gap("X", date(2015, 6, 5), date(2015, 6, 8), 2),
        Gap("X", date(2015, 6, 10), date(2015, 6, 10), 1),
    ]


def test_a_whole_history_has_no_gap():
    expected = sessions_between("XNYS", *MONTH)
    assert find_gaps("X", expected, expected) == []


def missing(frequency: str, *days: str) -> tuple[int, list[str]]:
    """Return how many periods are expected, and which of them are not held."""
    held, expected = periods(np.array(days, dtype="datetime64[D]"), frequency)
    return expected.size, [str(day) for day in np.setdiff1d(expected, held)]


def test_a_month_and_a_quarter_without_an_observation_are_missing_whatever_day_the_others_have():
    assert missing("monthly", "2014-12-01", "2015-01-31", "2015-03-01") == (4, ["2015-02-01"])
    assert missing("quarterly", "2014-07-01", "2015-01-01", "2015-05-15") == (4, ["2014-10-01"])


def test_a_week_is_missing_when_none_of_its_days_has_an_observation():
    assert missing("weekly", "2015-06-05", "2015-06-12", "2015-06-27", "2015-07-03") == (5, ["2015-06-19"])


def test_a_daily_series_owes_no_value_on_a_holiday_of_the_exchange_or_of_the_government():
    # Good Friday (exchange), Columbus Day (government) and a day that nobody has off
    assert missing("daily", "2015-04-02", "2015-04-06") == (2, [])
    assert missing("daily", "2015-10-09", "2015-10-13") == (2, [])
    assert missing("daily", "2015-06-08", "2015-06-10") == (3, ["2015-06-09"])


def test_a_daily_series_older_than_the_calendar_is_held_against_what_the_calendar_knows():
    assert missing("daily", "1954-07-01", "1954-07-02") == (0, [])
    assert missing("daily", "1954-07-01", "1960-01-05") == (2, ["1960-01-04"])


def day(number: int) -> date:
    return date(2015, 6, number)


def test_overlapping_gaps_become_one_request_and_others_stay_apart():
    gaps = [(day(3), day(5), "B"), (day(5), day(9), "A"), (day(20), day(20), "B"), (day(20), day(20), "A")]
    assert cluster(gaps, "1d") == [
        GapRequest(day(3), day(9), ("A", "B")),
        GapRequest(day(20), day(20), ("A", "B")),
    ]
    assert cluster([], "1d") == []


def test_the_nearest_gaps_become_one_request_until_few_are_left():
    gaps = [(day(1), day(1), "A"), (day(10), day(10), "A"), (day(12), day(12), "B"), (day(30), day(30), "C")]
    assert [(found.start.day, found.end.day, found.symbols) for found in cluster(gaps, "1h", most=2)] == [
        (1, 12, ("A", "B")),
        (30, 30, ("C",)),
    ]
    assert {found.timeframe for found in cluster(gaps, "1h")} == {"1h"}


@pytest.mark.postgres
def test_a_hole_is_found_and_once_filled_forgotten(writer, configure):
    configure("DT-A", bars={"DT-A": rows(without=("2015-06-05", "2015-06-08", "2015-06-10"))})
    ingest(writer, IngestRequest(*MONTH))
    refresh(writer)
    assert select(writer, COVERAGE) == [("2015-06-01", "2015-06-30", 22, 19, 19 / 22)]
    assert select(writer, GAPS) == [("2015-06-05", "2015-06-08", 2), ("2015-06-10", "2015-06-10", 1)]
    configure("DT-A", bars={"DT-A": rows(without=("2015-06-05",))})
    ingest(writer, IngestRequest(*MONTH))
    refresh(writer)
    assert select(writer, COVERAGE) == [("2015-06-01", "2015-06-30", 22, 21, 21 / 22)]
    assert select(writer, GAPS) == [("2015-06-05", "2015-06-05", 1)]


@pytest.mark.postgres
def test_rows_that_are_right_already_are_not_touched(writer, configure):
    rates = [["2015-03-01", 5.0], ["2015-05-01", 5.1]]
    configure("DT-A", bars={"DT-A": rows(without=("2015-06-05",))}, macro={"DT-RATE": rates})
    ingest(writer, IngestRequest(*MONTH))
    first = refresh(writer)
    versions = "select symbol, xmin::text from quality.coverage union all select symbol, xmin::text from quality.gaps"
    before = select(writer, versions)
    second = refresh(writer)
    assert first.records >= 4
    assert (second.records, second.gaps) == (0, first.gaps)
    assert select(writer, versions) == before


@pytest.mark.postgres
def test_an_instrument_is_held_against_its_own_calendar(writer, configure):
    coins = [[f"2015-06-{day:02}", None, None, None, 10.0, None] for day in range(1, 8)]
    configure("DT-COIN", bars={"DT-COIN": coins})
    ingest(writer, IngestRequest(date(2015, 6, 1), date(2015, 6, 7)))
    refresh(writer)
    held = select(writer, COVERAGE.replace("DT-A", "DT-COIN"))
    assert held == [("2015-06-01", "2015-06-07", 7, 7, 1.0)]


@pytest.mark.postgres
def test_a_session_with_any_hourly_bar_is_held_and_belongs_to_the_exchange_s_day(writer, owner_connection, configure):
    configure("DT-A", bars={"DT-A": rows()})
    ingest(writer, IngestRequest(*MONTH))
    moments = ["2015-06-01T13:30Z", "2015-06-01T14:30Z", "2015-06-04T00:30Z", "2015-06-05T13:30Z"]
    with owner_connection.cursor() as cursor:
        cursor.executemany(
            "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source)"
            " values ('DT-A', '1h', %s, 10, 'raw', 'x')",
            [(moment,) for moment in moments],
        )
    owner_connection.commit()
    report = refresh(writer)
    assert report.hourly_instruments >= 1
    held = select(writer, COVERAGE.replace("'1d'", "'1h'"))
    assert held == [("2015-06-01", "2015-06-05", 5, 3, 0.6)]  # 2015-06-04T00:30Z is the evening of the 3rd
    gaps = select(writer, GAPS.replace("'1d'", "'1h'"))
    assert gaps == [("2015-06-02", "2015-06-02", 1), ("2015-06-04", "2015-06-04", 1)]
    assert select(writer, GAPS) == []


@pytest.mark.postgres
def test_a_macro_series_is_held_against_its_frequency_however_often_it_was_revised(writer, owner_connection, configure):
    rates = [["2015-01-01", 5.0], ["2015-02-01", 5.1], ["2015-05-01", 5.2]]
    configure("DT-A", bars={"DT-A": rows()}, macro={"DT-RATE": rates})
    ingest(writer, IngestRequest(*MONTH))
    owner_connection.execute(
        "insert into economic_data.releases (series_id, observation_date, released_on, value, source)"
        " values ('DT-RATE', '2015-02-01', '2015-03-15', 5.15, 'x')"
    )
    owner_connection.commit()
    assert refresh(writer).series >= 1
    held = "select kind, timeframe, first_session::text, last_session::text, sessions_expected, sessions_held"
    assert select(writer, f"{held} from quality.coverage where symbol = 'DT-RATE'") == [
        ("macro", "monthly", "2015-01-01", "2015-05-01", 5, 3)
    ]
    gaps = select(
        writer,
        "select kind, gap_start::text, gap_end::text, sessions_missing from quality.gaps where symbol = 'DT-RATE'",
    )
    assert gaps == [("macro", "2015-03-01", "2015-04-01", 2)]


@pytest.mark.postgres
def test_gaps_in_bars_become_requests_those_of_macro_series_do_not(writer, configure):
    configure(
        "DT-A",
        "DT-B",
        bars={"DT-A": rows(without=("2015-06-05", "2015-06-08")), "DT-B": rows(without=("2015-06-08",))},
        macro={"DT-RATE": [["2015-01-01", 5.0], ["2015-05-01", 5.2]]},
    )
    ingest(writer, IngestRequest(*MONTH))
    refresh(writer)
    both = ("DT-A", "DT-B", "DT-RATE")
    assert gap_requests(writer, both) == (GapRequest(day(5), day(8), ("DT-A", "DT-B")),)
    assert gap_requests(writer, ("DT-B",)) == (GapRequest(day(8), day(8), ("DT-B",)),)
    assert gap_requests(writer, ()) == ()
    assert {"DT-A", "DT-B"} <= {symbol for found in gap_requests(writer) for symbol in found.symbols}


@pytest.mark.postgres
def test_an_instrument_without_a_daily_bar_is_listed(writer, configure):
    configure("DT-A", "DT-B", bars={"DT-A": rows()})
    ingest(writer, IngestRequest(*MONTH))
    query = "select symbol from quality.instruments_without_bars where symbol like 'DT-%'"
    assert select(writer, query) == [("DT-B",)]


@pytest.mark.postgres
def test_what_is_no_instrument_any_more_has_no_coverage(writer, owner_connection, configure):
    configure("DT-A", bars={"DT-A": rows()})
    ingest(writer, IngestRequest(*MONTH))
    owner_connection.execute(
        "insert into quality.coverage (kind, symbol, timeframe, first_session, last_session, sessions_expected,"
        " sessions_held, coverage) values ('bars', 'DT-NONE', '1d', '2015-06-01', '2015-06-01', 1, 1, 1)"
    )
    owner_connection.commit()
    refresh(writer)
    assert select(writer, COVERAGE.replace("DT-A", "DT-NONE")) == []
    assert len(select(writer, COVERAGE)) == 1
