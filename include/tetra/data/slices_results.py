"""Slice of ``scenarios.paths``: every path that a pipeline made for an as-of date, summed up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import psycopg

from tetra.data.slices import Loaded, Span, select_frame
from tetra.data.statements import statement

WHOLE_SET = "set"
"""Family under which the scenarios of a date are judged together."""

SCENARIO_COLUMNS = (
    "scenario_name",
    "scenario_family",
    "symbol",
    "sessions",
    "bars",
    "missing_closes",
    "first_bar",
    "last_bar",
    "lowest_close",
    "first_session",
    "last_session",
    "as_of",
    "is_synthetic",
    "is_tradable",
    "misdated_multipliers",
    "lowest_multiplier",
    "failed_checks",
)


def load_scenarios(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return a summary of each path of the scenarios of one as-of date.

    ``share_missing`` is of the window's sessions; in the full history of those from the symbol's first bar to its last,
    as it may begin late and end early there. ``lowest_generated_close`` is null where the bars are real, or levels that
    nobody trades: those may stand at zero or below. ``moments_off`` says on the first path of a family what its realism
    card finds wrong, and on the first path of all what is wrong with the set.
    """
    frame = select_frame(
        connection,
        "select_scenario_validation",
        {"as_of": span.end},
        columns=SCENARIO_COLUMNS,
        dates=("first_session", "last_session", "as_of"),
        numbers=(
            "sessions",
            "bars",
            "missing_closes",
            "first_bar",
            "last_bar",
            "lowest_close",
            "misdated_multipliers",
            "lowest_multiplier",
            "failed_checks",
        ),
    )
    synthetic = frame["is_synthetic"].astype(bool)
    days_after = (frame["last_session"] - frame["as_of"]).dt.days
    frame["days_read_after_as_of"] = days_after.where(~synthetic, 0).clip(lower=0)
    frame["share_missing"] = _share_missing(frame)
    frame["lowest_generated_close"] = frame["lowest_close"].where(synthetic & frame["is_tradable"].astype(bool))
    frame["moments_off"] = _moments_off(connection, frame["scenario_family"], span.end)
    return frame, {}


def _share_missing(frame: pd.DataFrame) -> pd.Series:
    """Return the share without a close: of the sessions between a symbol's bars where those are known, else of all."""
    closes = frame["bars"] - frame["missing_closes"]
    lifetime = frame["last_bar"] - frame["first_bar"] + 1
    return 1 - closes / lifetime.fillna(frame["bars"])


def _moments_off(connection: psycopg.Connection[Any], families: pd.Series, as_of: date) -> pd.Series:
    """Return what is unrealistic, on the first row of the family it is about: said once, however many its paths."""
    found = dict(connection.execute(statement("select_realism_warnings"), {"as_of": as_of}).fetchall())
    first_of_family = ~families.duplicated()
    off = families.map({family: f"{family}: {moments}" for family, moments in found.items()}).where(first_of_family)
    off = off.astype(object).where(off.notna(), None)
    if WHOLE_SET in found and len(off):
        of_set = f"{WHOLE_SET}: {found[WHOLE_SET]}"
        off.iloc[0] = of_set if off.iloc[0] is None else f"{off.iloc[0]}; {of_set}"
    return off
