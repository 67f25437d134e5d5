"""Macro series as they were known, against the scenarios' own reading of the same releases, date by date."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.real_closes import add_instruments, land, read

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.scenarios.exposures_factors import MacroSeries, known_values

pytestmark = pytest.mark.postgres

AS_OF = "2021-06-30"
SESSIONS = pd.DatetimeIndex(sessions_between(STOCK_CALENDAR, date(2020, 1, 2), date(2021, 12, 31)))
SELECTED = ("--select", "+macro_as_known")


def _releases() -> pd.DataFrame:
    """Return releases to the end of 2021, beyond the as-of date: revised ones, late ones, and ones without a date."""
    random = np.random.default_rng(7)
    rows = []
    for month in pd.date_range("2019-06-01", "2021-11-01", freq="MS"):
        # first release, and up to three revisions at any time later; some come after the next months' ones
        lags = np.unique(random.integers(10, 150, size=random.integers(1, 5)))
        rows += [("REVISED", month, month + pd.Timedelta(days=int(lag))) for lag in lags]
    for day in pd.date_range("2019-12-02", "2021-12-31", freq="D"):
        if random.random() < 0.7:
            rows.append(("UNDATED", day, None))
            if random.random() < 0.2:
                rows.append(("UNDATED", day, day + pd.Timedelta(days=int(random.integers(1, 20)))))
    releases = pd.DataFrame(rows, columns=["series_id", "observation_date", "released_on"])
    releases["value"] = random.normal(100, 5, len(releases))
    return releases


RELEASES = _releases()


def _land_releases(connection: Any, releases: pd.DataFrame) -> None:
    with connection.cursor().copy(
        "copy economic_data.releases (series_id, observation_date, released_on, value, source) from stdin"
    ) as copy:
        for row in releases.itertuples(index=False):
            released_on = None if pd.isna(row.released_on) else row.released_on.date()
            copy.write_row((row.series_id, row.observation_date.date(), released_on, row.value, "test"))


@pytest.fixture(scope="module")
def built(dbt: Any) -> Any:
    """The mart as of 2021-06-30, over sessions and releases to the end of that year."""
    with dbt.connect() as connection:
        add_instruments(connection, {"SPX": "index", "BTC-USD": "crypto"})
        land(connection, "SPX", pd.Series(np.arange(100.0, 100 + len(SESSIONS)), index=SESSIONS))
        days = pd.date_range("2020-01-02", "2021-06-30")
        land(connection, "BTC-USD", pd.Series(1.0, index=days))  # trades at weekends, which makes them no sessions
        connection.execute(
            "insert into economic_data.indicators values ('REVISED', 'Revised', 'index', 'monthly'),"
            " ('UNDATED', 'Undated', 'percent', 'daily'), ('FUTURE', 'Not released yet', 'percent', 'quarterly')"
        )
        _land_releases(connection, RELEASES)
        connection.execute(
            "insert into economic_data.releases values ('FUTURE', '2021-04-01', '2021-07-01', 1, 'test')"
        )
    _build(dbt, AS_OF)
    return dbt


def _build(dbt: Any, as_of: str) -> None:
    outcome = dbt("build", *SELECTED, as_of=as_of)
    assert outcome.returncode == 0, outcome.output
    assert not outcome.not_passed()


def _mart(dbt: Any) -> pd.DataFrame:
    return read(dbt, "select * from derived.macro_as_known order by series_id, session_date")


@pytest.mark.parametrize("series_id", ["REVISED", "UNDATED"])
def test_each_session_shows_what_scenarios_would_have_known_on_it(built: Any, series_id: str) -> None:
    releases = RELEASES[RELEASES["series_id"] == series_id]
    series = MacroSeries(
        observed_on=releases["observation_date"].to_numpy().astype("datetime64[D]"),
        released_on=releases["released_on"].to_numpy().astype("datetime64[D]"),
        values=releases["value"].to_numpy(),
    )
    mart = _mart(built)
    shown = mart[mart["series_id"] == series_id].set_index("session_date")
    expected = {}
    for session in SESSIONS[SESSIONS <= AS_OF].date:
        days, values = known_values(series, as_of=session)
        if days.size:
            expected[session] = (days[-1].item(), values[-1], values[-2] if days.size > 1 else np.nan)
    assert list(shown.index) == list(expected)
    assert len(expected) > 370
    assert shown["observation_date"].tolist() == [row[0] for row in expected.values()]
    np.testing.assert_array_equal(shown["value"], [row[1] for row in expected.values()])
    np.testing.assert_array_equal(shown["previous_value"].astype(float), [row[2] for row in expected.values()])
    np.testing.assert_array_equal(shown["change"].astype(float), shown["value"] - shown["previous_value"].astype(float))


def test_the_horizon_ends_the_mart_and_hides_what_is_released_after_it(built: Any) -> None:
    mart = _mart(built)
    assert mart["session_date"].max() == date(2021, 6, 30)
    assert (mart["release_date"] <= mart["session_date"]).all()
    assert "FUTURE" not in set(mart["series_id"])


def test_what_is_released_later_changes_no_earlier_session(built: Any) -> None:
    before = _mart(built)
    with built.connect() as connection:
        changed = connection.execute(
            "update economic_data.releases set value = -value"
            " where coalesce(released_on, observation_date + 7) > %(day)s"
            " returning 1",
            {"day": "2021-03-31"},
        ).fetchall()
        assert len(changed) > 100
        connection.execute(
            "insert into economic_data.releases values ('REVISED', '2020-01-01', '2021-04-01', 1, 'test'),"
            " ('REVISED', '2018-01-01', '2021-04-01', 1, 'test')"
        )
    try:
        _build(built, AS_OF)
        after = _mart(built)
    finally:
        with built.connect() as connection:
            connection.execute("delete from economic_data.releases where series_id <> 'FUTURE'")
            _land_releases(connection, RELEASES)
        _build(built, AS_OF)
    until = date(2021, 3, 31)
    pd.testing.assert_frame_equal(before[before["session_date"] <= until], after[after["session_date"] <= until])
    assert not before.equals(after)
    pd.testing.assert_frame_equal(_mart(built), before)


def test_later_horizon_adds_sessions_and_keeps_the_others(built: Any) -> None:
    before = _mart(built)
    _build(built, "2021-07-01")
    after = _mart(built)
    earlier = after[after["session_date"] <= date(2021, 6, 30)].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, earlier)
    assert set(after[after["session_date"] == date(2021, 7, 1)]["series_id"]) == {"REVISED", "UNDATED", "FUTURE"}


def test_value_shown_before_its_release_is_found(built: Any) -> None:
    with built.connect() as connection:
        connection.execute(
            "update derived.macro_as_known set release_date = session_date + 1"
            " where series_id = 'REVISED' and session_date = '2021-06-30'"
        )
    outcome = built("test", "--select", "macro_as_known", as_of=AS_OF)
    assert set(outcome.not_passed()) == {"assert_no_macro_value_is_known_before_its_release"}


def test_values_valid_at_the_same_time_are_found(built: Any) -> None:
    with built.connect() as connection:
        connection.execute(
            "create or replace view intermediate.int_macro_values_dated as"
            " select series_id, value as released_value, false as is_release_date_assumed, observation_date,"
            " released_on as valid_from, null::date as valid_to"
            " from economic_data.releases where released_on is not null"
        )
    outcome = built("test", "--select", "assert_macro_values_are_valid_one_at_a_time", as_of=AS_OF)
    assert set(outcome.not_passed()) == {"assert_macro_values_are_valid_one_at_a_time"}
