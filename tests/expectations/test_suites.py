"""Every suite is seen to pass on good rows, and to fail on exactly the expectation that one defect breaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.expectations import defects_of_events, defects_of_pipelines, defects_of_prices
from tests.expectations.good_slices import GOOD, NO_PARAMETERS, bars
from tests.expectations.judging import ACTIONS, BARS, BETWEEN, HOURS, MACRO, PATHS, RETURNS, judge

from tetra.data import validation
from tetra_expectations import runner

DEFECTS = (*defects_of_prices.DEFECTS, *defects_of_events.DEFECTS, *defects_of_pipelines.DEFECTS)
SEEN_ELSEWHERE = {
    "expect_table_columns_to_match_set",
    "expect_table_row_count_to_be_between",
    "expect_column_unique_value_count_to_be_between",
    "expect_column_distinct_values_to_contain_set",
}
"""Seen to fail by tests of their own below: they need another slice, or another number to compare it with."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gx")


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


@pytest.mark.parametrize("suite", sorted(GOOD))
def test_every_expectation_is_seen_to_fail(suite):
    declared = set()
    for expectation in runner.SUITES[suite]().expectations:
        named = expectation.configuration.kwargs
        pair = [named[name] for name in ("column_A", "column_B") if name in named]
        columns = named.get("column") or ", ".join(named.get("column_list") or pair)
        if expectation.expectation_type not in SEEN_ELSEWHERE:
            declared.add((expectation.expectation_type, columns))
    assert declared
    assert declared == {(type_, columns) for name, _, _, type_, columns, _ in DEFECTS if name == suite}


@pytest.mark.parametrize("suite", sorted(GOOD))
def test_a_column_that_is_not_there_fails(suite, project):
    frame = GOOD[suite]()
    less = frame.drop(columns=runner.SUITES[suite]().expectations[0].column_set[0])
    less.attrs = frame.attrs
    outcome = judge(less, suite, project)
    assert outcome.status == "FAIL"
    assert "expect_table_columns_to_match_set" in {failure.expectation for failure in outcome.failed}


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


def test_a_session_that_most_lack_fails_and_one_that_few_lack_warns(project):
    frame = GOOD[RETURNS]()
    frame["is_stale"] = [True, True, False]
    outcome = judge(frame, RETURNS, project)
    assert [(failure.column, failure.severity) for failure in outcome.failed] == [
        ("is_stale", "critical"),
        ("is_stale", "warning"),
    ]
    assert outcome.status == "FAIL"
