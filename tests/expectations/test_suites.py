"""Every suite is seen to pass on good rows, and to fail on exactly the expectation that one defect breaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.expectations.good_slices import GOOD, NO_PARAMETERS, bars

from tetra.data import validation
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


def test_every_suite_is_tested_here():
    assert set(GOOD) == set(runner.SUITES)


def test_every_suite_has_its_slice():
    assert set(validation.LOADERS) == set(runner.SUITES)


@pytest.mark.parametrize("suite", sorted(GOOD))
def test_good_rows_pass(suite, project):
    outcome = judge(GOOD[suite](), suite, project)
    assert (outcome.status, outcome.failed) == ("PASS", ())
    assert outcome.expectations_checked == len(runner.SUITES[suite]().expectations)


@pytest.mark.parametrize("suite", sorted(GOOD))
def test_no_rows_fail(suite, project):
    frame = GOOD[suite]()
    empty = frame.iloc[:0]
    empty.attrs = {runner.PARAMETERS: NO_PARAMETERS}
    outcome = judge(empty, suite, project)
    assert outcome.status == "FAIL"
    assert [(failure.expectation, failure.observed) for failure in outcome.failed] == [
        ("expect_table_row_count_to_be_between", "0")
    ]


BARS, HOURS, ACTIONS, MEMBERS, MACRO, NEWS, MOOD, EARNINGS, CALENDAR, POLITICS, SECURITY, PATHS, RANKS = GOOD
BETWEEN = "expect_column_values_to_be_between"
IN_SET = "expect_column_values_to_be_in_set"
ABOVE = "expect_column_pair_values_a_to_be_greater_than_b"
EQUAL = "expect_column_pair_values_to_be_equal"
NOT_NULL = "expect_column_values_to_not_be_null"
NULL = "expect_column_values_to_be_null"
UNIQUE = "expect_compound_columns_to_be_unique"
UNIQUE_COLUMN = "expect_column_values_to_be_unique"
MATCHES = "expect_column_values_to_match_regex"
FAIL, WARN = "FAIL", "WARN"


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def fill(column: str, value: object) -> Break:
    def break_it(frame: pd.DataFrame) -> None:
        frame[column] = value

    return break_it


BAR_DEFECTS: list[tuple[str, Break, str, str, str]] = [
    ("a bar on a holiday", put("is_session", False), IN_SET, "is_session", FAIL),
    ("no close", put("close", np.nan, 3), NOT_NULL, "close", FAIL),
    ("a session missing", put("sessions_missing", 1, 1), BETWEEN, "sessions_missing", WARN),
    ("bars that stopped", put("sessions_silent", 3, 1), BETWEEN, "sessions_silent", WARN),
    ("bars set aside", put("share_set_aside", 0.5, 1), BETWEEN, "share_set_aside", WARN),
    ("a bar after delisting", put("is_after_delisting", True), IN_SET, "is_after_delisting", WARN),
    ("a decimal shift", put("decimal_shift", 10.0), NULL, "decimal_shift", FAIL),
    ("a jump taken back", put("reversed_jump", 3.0), NULL, "reversed_jump", WARN),
    ("a split unexplained", put("split_seam", 2.0), NULL, "split_seam", WARN),
    ("another price basis", put("changes_price_basis", True), IN_SET, "changes_price_basis", FAIL),
    ("a jump between sources", put("return_at_source_change", 0.5), BETWEEN, "return_at_source_change", WARN),
    ("opens that stand still", put("open_unchanged", 10), BETWEEN, "open_unchanged", WARN),
    ("highs that stand still", put("high_unchanged", 10), BETWEEN, "high_unchanged", WARN),
    ("lows that stand still", put("low_unchanged", 10), BETWEEN, "low_unchanged", WARN),
    ("closes that stand still", put("close_unchanged", 10), BETWEEN, "close_unchanged", WARN),
    ("volumes that stand still", put("volume_unchanged", 10), BETWEEN, "volume_unchanged", WARN),
    ("a free share", put("lowest_price", 0.0), BETWEEN, "lowest_price", FAIL),
    ("a zero volume", put("volume", 0.0), BETWEEN, "volume", WARN),
    ("a fall of 90 %", put("simple_return", -0.9, 1), BETWEEN, "simple_return", WARN),
    ("an outlier", put("return_zscore", 7.0, 1), BETWEEN, "return_zscore", WARN),
    ("a high out of range", put("range_factor", 10.0, 1), BETWEEN, "range_factor", WARN),
    ("a high below the close", put("highest_allowed", 10.2), ABOVE, "highest_allowed, close", FAIL),
    ("a low above the close", put("close", 8.0), ABOVE, "close, lowest_allowed", FAIL),
    ("an open above the high", put("open", 12.0), ABOVE, "highest_allowed, open", FAIL),
    ("an open below the low", put("open", 8.0), ABOVE, "open, lowest_allowed", FAIL),
]
DEFECTS: list[tuple[str, str, Break, str, str, str]] = [
    *((BARS, *defect) for defect in BAR_DEFECTS),
    *((HOURS, *defect) for defect in BAR_DEFECTS),
    (BARS, "a repeated bar", put("session_date", day("2015-06-01"), 3), UNIQUE, "symbol, session_date", FAIL),
    (BARS, "a bar off midnight", put("is_midnight", False), IN_SET, "is_midnight", FAIL),
    (HOURS, "a repeated hour", put("opened_at", day("2015-06-01T13:30"), 3), UNIQUE, "symbol, opened_at", FAIL),
    (HOURS, "an odd minute", put("minutes_past_half_hour", 7), IN_SET, "minutes_past_half_hour", FAIL),
    (HOURS, "half a day", put("share_of_usual_bars", 0.4, 1), BETWEEN, "share_of_usual_bars", WARN),
    (ACTIONS, "a repeated action", put("symbol", "A", 2), UNIQUE, "symbol, action_type, ex_date", FAIL),
    (ACTIONS, "no value", put("value", np.nan), NOT_NULL, "value", FAIL),
    (ACTIONS, "a merger", put("action_type", "merger"), IN_SET, "action_type", FAIL),
    (ACTIONS, "an ex-date on a Sunday", put("is_session", False), IN_SET, "is_session", WARN),
    (ACTIONS, "a split into none", put("value", 0.0), BETWEEN, "value", FAIL),
    (ACTIONS, "a split by 1.011", put("split_ratio_error", 0.011), BETWEEN, "split_ratio_error", WARN),
    (ACTIONS, "a spin-off", put("dividend_yield", 0.4, 1), BETWEEN, "dividend_yield", WARN),
    (ACTIONS, "a split the price does not show", put("value_kept", 2.0), BETWEEN, "value_kept", WARN),
    (
        MEMBERS,
        "a repeated spell",
        put("valid_from", day("1996-01-02"), 1),
        UNIQUE,
        "index_name, ticker, valid_from",
        FAIL,
    ),
    (MEMBERS, "no ticker", put("ticker", None), NOT_NULL, "ticker", FAIL),
    (MEMBERS, "no first day", put("valid_from", pd.NaT), NOT_NULL, "valid_from", FAIL),
    (MEMBERS, "two spells at once", put("overlaps_previous", True), IN_SET, "overlaps_previous", FAIL),
    (MEMBERS, "half an index", put("sp500_members", 250.0), BETWEEN, "sp500_members", WARN),
    (MEMBERS, "a spell of no day", put("valid_to", day("1996-01-02")), ABOVE, "valid_to, valid_from", FAIL),
    (MACRO, "a repeated value", put("series_id", "BAA", 1), UNIQUE, "series_id, observation_date, released_on", FAIL),
    (MACRO, "no value", put("value", np.nan), NOT_NULL, "value", FAIL),
    (MACRO, "a hole", put("share_of_days_allowed", 3.0, 1), BETWEEN, "share_of_days_allowed", WARN),
    (MACRO, "a stale series", put("share_of_days_until_stale", 3.0, 1), BETWEEN, "share_of_days_until_stale", WARN),
    (MACRO, "a decimal shift", put("decimal_shift", 100.0), NULL, "decimal_shift", WARN),
    (MACRO, "news of the future", put("released_on", day("2015-03-01")), ABOVE, "released_on, observation_date", FAIL),
    (NEWS, "a repeated article", put("article_id", "a", 1), UNIQUE_COLUMN, "article_id", FAIL),
    (NEWS, "no headline", put("headline", None), NOT_NULL, "headline", FAIL),
    (NEWS, "no day", put("published_on", pd.NaT), NOT_NULL, "published_on", FAIL),
    (NEWS, "a silence", put("days_since_previous", 30.0, 2), BETWEEN, "days_since_previous", WARN),
    (NEWS, "a removed one", put("headline", "[Removed]"), "expect_column_values_to_not_be_in_set", "headline", WARN),
    (NEWS, "markup", put("headline", "<b>Up</b>"), "expect_column_values_to_not_match_regex", "headline", WARN),
    (NEWS, "a whole text", put("headline_length", 5000.0), BETWEEN, "headline_length", WARN),
    (NEWS, "no address", put("url", "n/a"), MATCHES, "url", WARN),
    (NEWS, "a list of tickers", put("mentions", 200.0), BETWEEN, "mentions", WARN),
    (NEWS, "another day", put("day_in_new_york", day("2015-06-02")), EQUAL, "published_on, day_in_new_york", FAIL),
    (MOOD, "a repeated score", fill("article_id", "a"), UNIQUE, "article_id, symbol, scorer", FAIL),
    (MOOD, "no score", put("score", np.nan), NOT_NULL, "score", WARN),
    (MOOD, "a score of 2", put("score", 2.0), BETWEEN, "score", FAIL),
    (MOOD, "a relevance of 2", put("relevance", 2.0, 1), BETWEEN, "relevance", FAIL),
    (MOOD, "always one score", put("scores_of_scorer", 1.0), BETWEEN, "scores_of_scorer", WARN),
    (MOOD, "of another symbol", put("is_mentioned", False), IN_SET, "is_mentioned", WARN),
    (EARNINGS, "no symbol", put("symbol", None), NOT_NULL, "symbol", FAIL),
    (EARNINGS, "no quarter", put("announced_quarter", pd.NaT), NOT_NULL, "announced_quarter", FAIL),
    (EARNINGS, "on Sundays", put("is_weekend", True), IN_SET, "is_weekend", WARN),
    (EARNINGS, "twice a month", put("days_since_previous", 3.0, 1), BETWEEN, "days_since_previous", WARN),
    (EARNINGS, "thrice a quarter", put("announcements", 3.0), BETWEEN, "announcements", WARN),
    (EARNINGS, "a company's total", put("earnings_per_share", 5e6), BETWEEN, "earnings_per_share", WARN),
    (EARNINGS, "known ahead", put("days_known_ahead", 9.0), BETWEEN, "days_known_ahead", FAIL),
    (CALENDAR, "no name", put("event_name", None), NOT_NULL, "event_name", FAIL),
    (CALENDAR, "no day", put("event_date", pd.NaT), NOT_NULL, "event_date", FAIL),
    (CALENDAR, "a country's name", put("country", "Usa"), MATCHES, "country", FAIL),
    (CALENDAR, "importance 3", put("importance", "3"), IN_SET, "importance", FAIL),
    (CALENDAR, "an unknown series", put("unknown_series", 1.0), BETWEEN, "unknown_series", FAIL),
    (CALENDAR, "on Sundays", put("is_weekend", True), IN_SET, "is_weekend", WARN),
    (CALENDAR, "a wrong year", put("days_apart", 365.0), BETWEEN, "days_apart", FAIL),
    (CALENDAR, "known ahead", put("days_known_ahead", 9.0), BETWEEN, "days_known_ahead", FAIL),
    *(
        (suite, *defect)
        for suite in (POLITICS, SECURITY)
        for defect in (
            ("no name", put("name", None), NOT_NULL, "name", FAIL),
            ("one event twice", put("is_repeated", True, 1), IN_SET, "is_repeated", WARN),
            ("an odd category", put("category", "weather"), IN_SET, "category", FAIL),
            ("no reference", put("reference", "?"), MATCHES, "reference", FAIL),
            ("an unknown symbol", put("unknown_symbols", 1.0), BETWEEN, "unknown_symbols", FAIL),
        )
    ),
    (POLITICS, "a repeated event", put("event_id", "war-2015", 1), UNIQUE_COLUMN, "event_id", FAIL),
    (POLITICS, "no day", put("started_on", pd.NaT), NOT_NULL, "started_on", FAIL),
    (POLITICS, "a region's name", put("bad_regions", 1.0), BETWEEN, "bad_regions", FAIL),
    (POLITICS, "ended before it began", put("ended_on", day("2015-05-01")), ABOVE, "ended_on, started_on", FAIL),
    (SECURITY, "a repeated event", put("event_id", "breach-2015", 1), UNIQUE_COLUMN, "event_id", FAIL),
    (SECURITY, "no day", put("disclosed_on", pd.NaT), NOT_NULL, "disclosed_on", FAIL),
    (SECURITY, "told ahead", put("occurred_on", day("2015-07-01")), ABOVE, "disclosed_on, occurred_on", FAIL),
    (SECURITY, "told after 20 years", put("days_undisclosed", 7300.0), BETWEEN, "days_undisclosed", WARN),
    (PATHS, "a ready scenario without paths", put("symbol", None, 2), NOT_NULL, "symbol", FAIL),
    (PATHS, "a repeated path", put("symbol", "A", 1), UNIQUE, "scenario_name, symbol", FAIL),
    (PATHS, "a path too short", put("bars", 251.0), EQUAL, "bars, sessions", FAIL),
    (PATHS, "too many holes", put("share_missing", 0.06), BETWEEN, "share_missing", FAIL),
    (PATHS, "a price of zero", put("lowest_generated_close", 0.0), BETWEEN, "lowest_generated_close", FAIL),
    (PATHS, "multipliers too few", put("misdated_multipliers", 1.0), BETWEEN, "misdated_multipliers", FAIL),
    (PATHS, "a cost below zero", put("lowest_multiplier", -0.5), BETWEEN, "lowest_multiplier", FAIL),
    (PATHS, "a look ahead", put("days_read_after_as_of", 3), BETWEEN, "days_read_after_as_of", FAIL),
    (PATHS, "a check that failed", put("failed_checks", 1.0), BETWEEN, "failed_checks", FAIL),
    (PATHS, "a family out of its band", put("moments_off", "bootstrap: skew"), NULL, "moments_off", WARN),
    (RANKS, "a strategy left out", put("ranked_strategy", None), NOT_NULL, "ranked_strategy", FAIL),
    (RANKS, "a strategy not enabled", put("enabled_strategy", None), NOT_NULL, "enabled_strategy", FAIL),
    (RANKS, "most untested", put("avg_score", np.nan), NOT_NULL, "avg_score", FAIL),
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
    frame.attrs[runner.PARAMETERS] |= {"expected_sessions": 3}
    outcome = judge(frame, BARS, project)
    assert [(failure.expectation, failure.column) for failure in outcome.failed] == [
        ("expect_column_unique_value_count_to_be_between", "stock_session_date")
    ]
    assert outcome.status == "FAIL"


def test_half_of_the_bars_missing_fails(project):
    frame = bars().iloc[:2].copy()
    wanted = bars().attrs[runner.PARAMETERS]
    frame.attrs = {runner.PARAMETERS: wanted | {"expected_bars": 8, "fewest_bars": 4, "expected_symbols": ["A"]}}
    outcome = judge(frame, BARS, project)
    assert outcome.status == "FAIL"


@pytest.mark.parametrize(
    ("suite", "good", "parameter"),
    [
        (BARS, "B", "expected_symbols"),
        (BARS, "B", "symbols_set_aside"),
        (HOURS, "B", "expected_symbols"),
        (MACRO, "BAA", "expected_series"),
    ],
)
def test_a_symbol_without_a_row_is_named(suite, good, parameter, project):
    frame = GOOD[suite]()
    frame.attrs[runner.PARAMETERS] |= {parameter: [good]}
    assert judge(frame, suite, project).status == "PASS"
    frame.attrs[runner.PARAMETERS] |= {parameter: [good, "GONE"]}
    outcome = judge(frame, suite, project)
    assert outcome.status == "WARN"
    assert "expect_column_distinct_values_to_contain_set" in outcome.summary()
    assert "no row for GONE" in outcome.summary()


def test_a_hole_of_a_month_is_told_apart_from_single_sessions(project):
    frame = bars()
    frame.loc[1, "sessions_missing"] = 20
    found = [failure.notes for failure in judge(frame, BARS, project).failed]
    assert len(found) == 2
    assert sum("A month or more" in notes for notes in found) == 1


def test_a_dividend_larger_than_the_price_fails(project):
    frame = GOOD[ACTIONS]()
    frame.loc[1, "dividend_yield"] = 1.2
    outcome = judge(frame, ACTIONS, project)
    assert (outcome.status, outcome.failed[0].severity, outcome.failed[0].column) == (
        "FAIL",
        "critical",
        "dividend_yield",
    )


def test_a_failed_row_is_named_by_symbol_and_date_those_of_different_symbols_first(project):
    frame = bars()
    frame.loc[:, "decimal_shift"] = [10.0, 100.0, 0.1, np.nan]
    found = "A 2015-06-01 (10), B 2015-06-01 (0.1), A 2015-06-02 (100)"
    said = f"expect_column_values_to_be_null(decimal_shift) observed 3 of 4 rows, such as {found}"
    assert said in judge(frame, BARS, project).summary()


def test_a_failed_hour_is_named_by_its_moment(project):
    frame = GOOD[HOURS]()
    frame.loc[1, "close"] = 99.0
    assert "A 2015-06-01T14:30 (11.5, 99)" in judge(frame, HOURS, project).summary()


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


def test_a_family_that_is_unrealistic_is_named_with_its_moments(project):
    frame = GOOD[PATHS]()
    frame.loc[0, "moments_off"] = "bootstrap: skew, volatility; set: bear_scenarios"
    outcome = judge(frame, PATHS, project)
    assert outcome.status == "WARN"
    assert "bootstrap_01 A (bootstrap: skew, volatility; set: bear_scenarios)" in outcome.summary()
