"""What the gates look at, and where their verdicts are kept.

Reads one table's slice into a frame, with the columns a suite judges; writes ``quality.validation_results``. The
suites and the library that runs them are in ``great_expectations/``; the operator brings the two together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

import pandas as pd
import psycopg

from tetra.data.slices import Loaded, Span
from tetra.data.slices_actions import load_actions
from tetra.data.slices_bars import load_daily_bars, load_hourly_bars
from tetra.data.slices_derived import load_daily_returns, load_macro_as_known, load_technical_indicators
from tetra.data.slices_events import (
    load_earnings,
    load_economic_events,
    load_geopolitical_events,
    load_index_membership,
    load_security_events,
)
from tetra.data.slices_macro import load_macro
from tetra.data.slices_news import load_articles, load_sentiment
from tetra.data.slices_rankings import load_rankings
from tetra.data.slices_results import load_scenarios
from tetra.data.statements import statement
from tetra.errors import SettingsError, unknown_value

PARAMETERS = "suite_parameters"
"""Key in ``DataFrame.attrs`` of the numbers that a suite compares the slice with."""


class Outcome(Protocol):
    """The verdict on a slice, as ``tetra_expectations.runner`` gives it."""

    @property
    def status(self) -> str:
        """PASS, WARN or FAIL."""

    def as_row(self) -> Mapping[str, Any]:
        """Return the columns of ``quality.validation_results``, ``failed_expectations`` as a list."""


LOADERS: Mapping[str, Callable[[psycopg.Connection[Any], Span], Loaded]] = {
    "market_data.ohlcv": load_daily_bars,
    "market_data.ohlcv_hourly": load_hourly_bars,
    "market_data.corporate_actions": load_actions,
    "market_data.index_membership": load_index_membership,
    "economic_data.releases": load_macro,
    "news.articles": load_articles,
    "news.sentiment": load_sentiment,
    "events.earnings": load_earnings,
    "events.economic_events": load_economic_events,
    "events.geopolitical_events": load_geopolitical_events,
    "events.security_events": load_security_events,
    "scenarios.paths": load_scenarios,
    "derived.daily_returns": load_daily_returns,
    "derived.technical_indicators": load_technical_indicators,
    "derived.macro_as_known": load_macro_as_known,
    "assessment.strategy_rankings": load_rankings,
}


def load_slice(
    connection: psycopg.Connection[Any],
    table: str,
    start: date,
    end: date,
    *,
    symbols: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """Return the rows of a landed table that a run is answerable for, with the columns its suite judges.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    table : str
        Schema and name, which is the suite's name too.
    start, end : date
        First and last day. Tables that are keyed by as-of date take the rows of ``end``.
    symbols : tuple of str, optional
        Instruments that the run was for, where it was not for all: bars of others are neither judged nor expected.

    Returns
    -------
    DataFrame
        One row per record; empty when there is none. ``attrs["suite_parameters"]`` holds what the suite compares
        with (sessions, bars and symbols expected).

    Raises
    ------
    SettingsError
        If no suite of that name exists.
    """
    if table not in LOADERS:
        raise SettingsError(unknown_value("suite", table, LOADERS))
    frame, parameters = LOADERS[table](connection, Span(start, end, symbols))
    frame.attrs[PARAMETERS] = parameters
    return frame


def store(connection: psycopg.Connection[Any], outcome: Outcome) -> None:
    """Keep the verdict on a slice, over an earlier one of the same suite and slice, in one transaction."""
    row = dict(outcome.as_row())
    row["failed_expectations"] = json.dumps(row["failed_expectations"])
    with connection.transaction():
        connection.execute(statement("upsert_validation_result"), row)
