"""What the tests of suites share: the judge, the ways to break a slice, the names of suites and expectations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from tetra_expectations.runner import ValidationOutcome, validate

Break = Callable[[pd.DataFrame], Any]

Defect = tuple[str, str, Break, str, str, str]
"""Suite, what is wrong, how to make it so; the expectation that sees it, on which column, and the verdict."""

BARS = "market_data.ohlcv"
HOURS = "market_data.ohlcv_hourly"
ACTIONS = "market_data.corporate_actions"
MEMBERS = "market_data.index_membership"
MACRO = "economic_data.releases"
NEWS = "news.articles"
MOOD = "news.sentiment"
EARNINGS = "events.earnings"
CALENDAR = "events.economic_events"
POLITICS = "events.geopolitical_events"
SECURITY = "events.security_events"
PATHS = "scenarios.paths"
RETURNS = "derived.daily_returns"
INDICATORS = "derived.technical_indicators"
KNOWN = "derived.macro_as_known"
RANKS = "assessment.strategy_rankings"

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


def judge(frame: pd.DataFrame, suite: str, project: Path) -> ValidationOutcome:
    return validate(
        frame, suite=suite, slice_key="2015-06-02", as_of=date(2015, 6, 2), run_id="test", project_dir=project
    )


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def put(column: str, value: object, row: int = 0) -> Break:
    def break_it(frame: pd.DataFrame) -> None:
        frame[column] = frame[column].astype(object) if isinstance(value, str | type(None)) else frame[column]
        frame.loc[row, column] = value

    return break_it


def fill(column: str, value: object) -> Break:
    def break_it(frame: pd.DataFrame) -> None:
        frame[column] = value

    return break_it


def twin(*columns: str) -> Break:
    """Give the second row the first one's values."""

    def break_it(frame: pd.DataFrame) -> None:
        for column in columns:
            frame[column] = frame[column].where(frame.index != 1, frame.loc[0, column])

    return break_it
