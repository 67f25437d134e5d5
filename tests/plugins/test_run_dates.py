"""Which session a run is for."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from tetra_airflow.run_dates import as_of_of, requested_as_of, session_range


def _context(partition_key: str | None = None, **params: Any) -> Any:
    return {"dag_run": SimpleNamespace(partition_key=partition_key), "params": params}


def test_the_partition_key_is_the_session() -> None:
    assert as_of_of(_context("2015-06-01")) == date(2015, 6, 1)
    assert session_range(_context("2015-06-01")) == (date(2015, 6, 1), date(2015, 6, 1))


def test_params_win_over_the_key() -> None:
    assert as_of_of(_context("2015-06-01", as_of="2014-01-02")) == date(2014, 1, 2)
    assert as_of_of(_context("2015-06-01", end_date="2014-01-02")) == date(2014, 1, 2)


def test_a_run_without_a_session_fails_and_never_asks_the_clock() -> None:
    assert requested_as_of(partition_key=None, params={}) is None
    with pytest.raises(AirflowFailException, match="names no session"):
        as_of_of(_context())


def test_a_range_may_be_given_by_its_start_or_by_days() -> None:
    assert session_range(_context("2022-12-28", start_date="1990-01-02")) == (date(1990, 1, 2), date(2022, 12, 28))
    assert session_range(_context("2022-12-28", days=7)) == (date(2022, 12, 22), date(2022, 12, 28))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"as_of": "2015-6-1x"}, "as_of '2015-6-1x' is not a date"),
        ({"end_date": "28.12.2022"}, "end_date '28.12.2022' is not a date; write it as YYYY-MM-DD"),
        ({"end_date": "2015-06-05", "start_date": "2015-06-06"}, "start_date 2015-06-06 is after the end 2015-06-05"),
        ({"end_date": "2015-06-05", "start_date": "2015-06-01", "days": 2}, "start_date or days, not both"),
    ],
)
def test_bad_dates_are_named_with_the_remedy(params: dict[str, Any], message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        session_range(_context(None, **params))
