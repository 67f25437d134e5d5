"""Slices of what the pipelines make: scenario paths and strategy rankings."""

from __future__ import annotations

from typing import Any

import psycopg

from tetra.data.slices import Loaded, Span, select_frame

SCENARIO_COLUMNS = (
    "scenario_name",
    "scenario_family",
    "symbol",
    "sessions",
    "bars",
    "missing_closes",
    "lowest_close",
    "first_session",
    "last_session",
    "as_of",
    "is_synthetic",
    "failed_checks",
)


def load_scenarios(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return a summary of each path of the scenarios of one as-of date."""
    frame = select_frame(
        connection,
        "select_scenario_validation",
        {"as_of": span.end},
        columns=SCENARIO_COLUMNS,
        dates=("first_session", "last_session", "as_of"),
        numbers=("sessions", "bars", "missing_closes", "lowest_close", "failed_checks"),
    )
    synthetic = frame["is_synthetic"].astype(bool)
    days_after = (frame["last_session"] - frame["as_of"]).dt.days
    frame["days_read_after_as_of"] = days_after.where(~synthetic, 0).clip(lower=0)
    frame["share_missing"] = frame["missing_closes"] / frame["bars"]
    return frame, {}


def load_rankings(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the strategies enabled, beside those ranked on one run date."""
    frame = select_frame(
        connection,
        "select_rankings_validation",
        {"as_of": span.end},
        columns=("enabled_strategy", "ranked_strategy", "avg_score", "scenarios_tested"),
        numbers=("avg_score",),
    )
    return frame, {}
