"""Coverage and gaps of a history with a hole made in it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tetra.calendars import sessions_between
from tetra.data.coverage import Gap, find_gaps, refresh
from tetra.data.ingest import IngestRequest, ingest

MONTH = (date(2015, 6, 1), date(2015, 6, 30))


def rows(*, without: tuple[str, ...] = ()) -> list[list[object]]:
    days = [str(day) for day in sessions_between("XNYS", *MONTH)]
    return [[day, None, None, None, 10.0, None] for day in days if day not in without]


def select(connection, query: str) -> list[tuple]:
    found = connection.execute(query).fetchall()
    connection.commit()
    return found


COVERAGE = (
    "select first_session::text, last_session::text, sessions_expected, sessions_held, coverage"
    " from quality.coverage where symbol = 'DT-A'"
)
GAPS = (
    "select gap_start::text, gap_end::text, sessions_missing from quality.gaps where symbol = 'DT-A' order by gap_start"
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
    configure("DT-A", bars={"DT-A": rows(without=("2015-06-05",))})
    ingest(writer, IngestRequest(*MONTH))
    first = refresh(writer)
    versions = "select symbol, xmin::text from quality.coverage union all select symbol, xmin::text from quality.gaps"
    before = select(writer, versions)
    second = refresh(writer)
    assert first.records >= 2
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
