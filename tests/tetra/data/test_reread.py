"""Which sessions an evening's run reads again."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tetra.data.ingest import reread_from

# with the sample source alone the newest session is 2022-12-28, a Wednesday; the 26th was a holiday
NOW = datetime(2026, 8, 5, 12, tzinfo=UTC)
NEWEST = date(2022, 12, 28)


def test_the_newest_session_reads_the_two_before_it_again() -> None:
    assert reread_from(NEWEST, sessions=None, now=NOW) == date(2022, 12, 23)


def test_a_backfilled_session_reads_itself_alone() -> None:
    assert reread_from(date(2015, 6, 1), sessions=None, now=NOW) == date(2015, 6, 1)


@pytest.mark.parametrize(
    ("sessions", "first"), [(0, date(2022, 12, 28)), (1, date(2022, 12, 27)), (250, date(2021, 12, 30))]
)
def test_a_run_may_say_how_many(sessions: int, first: date) -> None:
    assert reread_from(NEWEST, sessions=sessions, now=NOW) == first


def test_the_longest_closure_of_the_exchange_is_no_obstacle() -> None:
    # New York was closed from 2001-09-11 to 2001-09-14
    assert reread_from(date(2001, 9, 17), sessions=1, now=NOW) == date(2001, 9, 10)


def test_after_missed_evenings_the_newest_sessions_run_goes_back_to_what_is_held() -> None:
    # held up to Tuesday the 20th: it and the two sessions before it are read again
    assert reread_from(NEWEST, sessions=None, now=NOW, held=date(2022, 12, 20)) == date(2022, 12, 16)
    assert reread_from(NEWEST, sessions=None, now=NOW, held=NEWEST) == date(2022, 12, 23)


def test_a_gap_of_years_is_a_backfill_and_no_missed_evening() -> None:
    assert reread_from(NEWEST, sessions=None, now=NOW, held=date(2020, 1, 2)) == date(2022, 12, 23)
