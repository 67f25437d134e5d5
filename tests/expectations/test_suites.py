"""Every suite is seen to pass on good rows, and to fail on exactly the expectation that one defect breaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tetra_expectations import runner
from tetra_expectations.runner import ValidationOutcome, validate

Break = Callable[[pd.DataFrame], Any]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gx")


def judge(frame: pd.DataFrame, suite: str, project: Path) -> ValidationOutcome:
    return validate(
        frame, suite=suite, slice_key="2015-06-02", as_of=date(2015, 6, 2), run_id="test", project_dir=project
    )


def put(column: str, value: object, row: int = 0) -> Break:
    def break_it(frame: pd.DataFrame) -> None:
        frame[column] = frame[column].astype(object) if isinstance(value, str | type(None)) else frame[column]
        frame.loc[row, column] = value

    return break_it


def bars() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "symbol": ["A", "A", "B", "B"],
            "session_date": pd.to_datetime(["2015-06-01", "2015-06-02"] * 2),
            "open": [10.0, 10.5, np.nan, np.nan],
            "high": [11.0, 11.5, np.nan, np.nan],
            "low": [9.0, 9.5, np.nan, np.nan],
            "close": [10.5, 11.0, 20.0, 21.0],
            "volume": [1e6, 2e6, np.nan, np.nan],
            "simple_return": [np.nan, 0.0476, np.nan, 0.05],
            "return_zscore": [np.nan, 1.2, np.nan, np.nan],
            "is_midnight": [True] * 4,
            "is_session": [True] * 4,
        }
    )
    frame["highest_allowed"] = frame["high"]
    frame["lowest_allowed"] = frame["low"]
    frame["lowest_price"] = frame[["open", "high", "low", "close"]].min(axis=1)
    frame.attrs[runner.PARAMETERS] = {"expected_sessions": 2, "expected_bars": 4, "fewest_bars": 2}
    return frame


def observations() -> pd.DataFrame:
    days = pd.to_datetime(["2015-04-01", "2015-05-01", "2015-05-01"])
    return pd.DataFrame(
        {
            "series_id": ["AAA", "AAA", "BAA"],
            "observation_date": days,
            "released_on": pd.to_datetime(["2015-05-05", None, None]),
            "value": [3.5, 3.6, 4.5],
            "share_of_days_allowed": [np.nan, 30 / 31, np.nan],
        }
    )


def paths() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario_name": ["bootstrap_01", "bootstrap_01", "covid"],
            "symbol": ["A", "B", "A"],
            "sessions": [252.0, 252.0, 40.0],
            "bars": [252.0, 252.0, 40.0],
            "share_missing": [0.0, 0.0, 0.025],
            "lowest_close": [5.0, 6.0, 7.0],
            "days_read_after_as_of": [0, 0, 0],
            "failed_checks": [0.0, 0.0, 0.0],
        }
    )


def rankings() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "enabled_strategy": ["sma_20_50", "rsi_14", "news"],
            "ranked_strategy": ["sma_20_50", "rsi_14", "news"],
            "avg_score": [60.0, 40.0, np.nan],
            "scenarios_tested": [100, 100, 0],
        }
    )


GOOD: dict[str, Callable[[], pd.DataFrame]] = {
    "market_data.ohlcv": bars,
    "economic_data.releases": observations,
    "scenarios.paths": paths,
    "assessment.strategy_rankings": rankings,
}


def test_every_suite_is_tested_here():
    assert set(GOOD) == set(runner.SUITES)


@pytest.mark.parametrize("suite", sorted(GOOD))
def test_good_rows_pass(suite, project):
    outcome = judge(GOOD[suite](), suite, project)
    assert (outcome.status, outcome.failed) == ("PASS", ())
    assert outcome.expectations_checked == len(runner.SUITES[suite]().expectations)


@pytest.mark.parametrize("suite", sorted(GOOD))
def test_no_rows_fail(suite, project):
    frame = GOOD[suite]()
    empty = frame.iloc[:0]
    empty.attrs = {runner.PARAMETERS: {"expected_sessions": 0, "expected_bars": 0, "fewest_bars": 1}}
    outcome = judge(empty, suite, project)
    assert outcome.status == "FAIL"
    assert [(failure.expectation, failure.observed) for failure in outcome.failed] == [
        ("expect_table_row_count_to_be_between", "0")
    ]


BARS, MACRO, PATHS, RANKS = GOOD
BETWEEN, IN_SET, ABOVE = (
    "expect_column_values_to_be_between",
    "expect_column_values_to_be_in_set",
    "expect_column_pair_values_a_to_be_greater_than_b",
)
DEFECTS: list[tuple[str, str, Break, str, str | None, str]] = [
    (
        BARS,
        "a repeated bar",
        put("session_date", pd.Timestamp("2015-06-01"), 3),
        "expect_compound_columns_to_be_unique",
        "symbol, session_date",
        "FAIL",
    ),
    (BARS, "a bar off midnight", put("is_midnight", False), IN_SET, "is_midnight", "FAIL"),
    (BARS, "a bar on a holiday", put("is_session", False), IN_SET, "is_session", "FAIL"),
    (BARS, "no close", put("close", np.nan, 3), "expect_column_values_to_not_be_null", "close", "FAIL"),
    (BARS, "a free share", put("lowest_price", 0.0), BETWEEN, "lowest_price", "FAIL"),
    (BARS, "a high below the close", put("highest_allowed", 10.2), ABOVE, "highest_allowed, close", "FAIL"),
    (BARS, "a low above the close", put("close", 8.0), ABOVE, "close, lowest_allowed", "FAIL"),
    (BARS, "an open above the high", put("open", 12.0), ABOVE, "highest_allowed, open", "FAIL"),
    (BARS, "an open below the low", put("open", 8.0), ABOVE, "open, lowest_allowed", "FAIL"),
    (BARS, "a zero volume", put("volume", 0.0), BETWEEN, "volume", "WARN"),
    (BARS, "a shifted decimal point", put("simple_return", -0.9, 1), BETWEEN, "simple_return", "WARN"),
    (BARS, "an outlier", put("return_zscore", 7.0, 1), BETWEEN, "return_zscore", "WARN"),
    (
        MACRO,
        "a repeated observation",
        put("series_id", "AAA", 2),
        "expect_compound_columns_to_be_unique",
        "series_id, observation_date, released_on",
        "FAIL",
    ),
    (MACRO, "no value", put("value", np.nan), "expect_column_values_to_not_be_null", "value", "FAIL"),
    (MACRO, "a stale series", put("share_of_days_allowed", 3.0, 1), BETWEEN, "share_of_days_allowed", "WARN"),
    (
        MACRO,
        "news from the future",
        put("released_on", pd.Timestamp("2015-03-01")),
        ABOVE,
        "released_on, observation_date",
        "FAIL",
    ),
    (
        PATHS,
        "a ready scenario without paths",
        put("symbol", None, 2),
        "expect_column_values_to_not_be_null",
        "symbol",
        "FAIL",
    ),
    (
        PATHS,
        "a repeated path",
        put("symbol", "A", 1),
        "expect_compound_columns_to_be_unique",
        "scenario_name, symbol",
        "FAIL",
    ),
    (
        PATHS,
        "a path too short",
        put("bars", 251.0),
        "expect_column_pair_values_to_be_equal",
        "bars, sessions",
        "FAIL",
    ),
    (PATHS, "too many holes", put("share_missing", 0.06), BETWEEN, "share_missing", "FAIL"),
    (PATHS, "a price of zero", put("lowest_close", 0.0), BETWEEN, "lowest_close", "FAIL"),
    (
        PATHS,
        "a look into the future",
        put("days_read_after_as_of", 3),
        BETWEEN,
        "days_read_after_as_of",
        "FAIL",
    ),
    (PATHS, "a family out of its band", put("failed_checks", 1.0), BETWEEN, "failed_checks", "WARN"),
    (
        RANKS,
        "a strategy left out",
        put("ranked_strategy", None),
        "expect_column_values_to_not_be_null",
        "ranked_strategy",
        "FAIL",
    ),
    (
        RANKS,
        "a strategy not enabled",
        put("enabled_strategy", None),
        "expect_column_values_to_not_be_null",
        "enabled_strategy",
        "FAIL",
    ),
    (
        RANKS,
        "most untested",
        put("avg_score", np.nan),
        "expect_column_values_to_not_be_null",
        "avg_score",
        "FAIL",
    ),
]


@pytest.mark.parametrize(
    ("suite", "break_it", "expectation", "column", "status"),
    [pytest.param(suite, *rest, id=f"{suite}: {name}") for suite, name, *rest in DEFECTS],
)
def test_one_defect_fails_exactly_one_expectation(suite, break_it, expectation, column, status, project):
    frame = GOOD[suite]()
    break_it(frame)
    outcome = judge(frame, suite, project)
    assert [(failure.expectation, failure.column) for failure in outcome.failed] == [(expectation, column)]
    assert outcome.status == status
    assert outcome.failed[0].notes


def test_a_missing_bar_warns_and_a_missing_session_fails(project):
    one_bar_less = bars().drop(index=3)
    one_bar_less.attrs = bars().attrs
    outcome = judge(one_bar_less, BARS, project)
    assert [(failure.expectation, failure.observed) for failure in outcome.failed] == [
        ("expect_table_row_count_to_be_between", "3")
    ]
    assert outcome.status == "WARN"
    frame = bars()
    frame.attrs[runner.PARAMETERS]["expected_sessions"] = 3
    outcome = judge(frame, BARS, project)
    assert [(failure.expectation, failure.column) for failure in outcome.failed] == [
        ("expect_column_unique_value_count_to_be_between", "session_date")
    ]
    assert outcome.status == "FAIL"


def test_half_of_the_bars_missing_fails(project):
    frame = bars().iloc[:2].copy()
    frame.attrs = {runner.PARAMETERS: {"expected_sessions": 2, "expected_bars": 8, "fewest_bars": 4}}
    outcome = judge(frame, BARS, project)
    assert outcome.status == "FAIL"


def test_a_check_that_cannot_be_made_fails_even_if_it_is_only_a_warning(project):
    frame = bars().drop(columns="volume")
    frame.attrs = bars().attrs
    outcome = judge(frame, BARS, project)
    failed = {failure.expectation: failure for failure in outcome.failed}
    assert set(failed) == {"expect_table_columns_to_match_set", BETWEEN}
    assert failed[BETWEEN].severity == "critical"
    assert failed[BETWEEN].observed.startswith("could not be judged: ")


@pytest.mark.parametrize("suite", sorted(GOOD))
def test_every_expectation_has_a_reason_and_stops_or_warns(suite):
    for expectation in runner.SUITES[suite]().expectations:
        assert expectation.notes, expectation
        assert expectation.severity in {"critical", "warning"}, expectation
