"""Slices of ``market_data.corporate_actions``: splits and dividends beside the prices that they explain."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import psycopg

from tetra.calendars import sessions_between
from tetra.data.slices import Loaded, Span, select_frame

LARGEST_SMALLER_TERM = 10
"""Splits are of n shares for m, both whole and one of them small: 3 for 2, 1 for 100."""

COLUMNS = (
    "symbol",
    "action_type",
    "ex_date",
    "value",
    "calendar",
    "close_before",
    "close",
    "is_raw",
    "split_that_day",
    "dividend_that_day",
)


def load_actions(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the corporate actions of the slice, each with the closes before and on its ex-date."""
    frame = select_frame(
        connection,
        "select_corporate_actions_validation",
        {"start": span.start, "end": span.end},
        columns=COLUMNS,
        dates=("ex_date",),
        numbers=("value", "close_before", "close", "split_that_day", "dividend_that_day"),
    )
    is_split = frame["action_type"] == "split"
    # on raw bars only are a dividend and the close before it in the same shares, and does a split show
    before = frame["close_before"].where(frame["is_raw"].eq(True) & (frame["close_before"] > 0))
    frame["dividend_yield"] = (frame["value"] * frame["split_that_day"] / before).where(~is_split)
    held = (frame["close"] + frame["dividend_that_day"]) * frame["value"]
    frame["value_kept"] = (held / before).where(is_split)
    errors = np.array([_ratio_error(value) for value in frame["value"]], dtype=float)
    frame["split_ratio_error"] = np.where(is_split, errors, np.nan)
    frame["is_session"] = False
    for calendar, rows in frame.groupby("calendar").groups.items():
        sessions = sessions_between(str(calendar), span.start, span.end).astype("datetime64[s]")
        frame.loc[rows, "is_session"] = frame.loc[rows, "ex_date"].isin(sessions)
    return frame, {}


def _ratio_error(value: float) -> float:
    """Return how far a split is from a ratio of whole numbers, relative."""
    larger = max(value, 1.0 / value)
    return abs(float(Fraction(larger).limit_denominator(LARGEST_SMALLER_TERM)) / larger - 1.0)
