"""Slices of ``economic_data.releases``: macro observations beside the ones before and after them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from tetra.data import slices_bar_series as series_kernels
from tetra.data.slices import Loaded, Span, select_frame

MACRO_LOOKBACK_DAYS = 400
"""Days before a run's sessions whose observations are read again: many are released, or revised, months later."""

MACRO_DAYS_ALLOWED = {"daily": 7, "weekly": 14, "monthly": 31, "quarterly": 92}
"""Longest time between observations; daily: New York was closed from 2001-09-11 to 16."""

MACRO_DAYS_UNTIL_STALE = {"daily": 14, "weekly": 28, "monthly": 100, "quarterly": 240}
"""Longest time from the last observation to the slice's end. An observation is dated by the first day of its period, is
published after its last, and the statistics of trade come two months later."""


def load_macro(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the observations of the slice and of the days before that a run reads again, and the series expected."""
    first = span.first_day - timedelta(days=MACRO_LOOKBACK_DAYS)
    frame = select_frame(
        connection,
        "select_macro_slice",
        {"start": first, "end": span.end},
        columns=("series_id", "frequency", "observation_date", "released_on", "value", "days_since_previous"),
        dates=("observation_date", "released_on"),
        numbers=("value", "days_since_previous"),
    )
    allowed = frame["frequency"].map(MACRO_DAYS_ALLOWED).astype(float)
    frame["share_of_days_allowed"] = frame["days_since_previous"] / allowed
    frame["decimal_shift"] = _decimal_shifts(frame)
    frame["share_of_days_until_stale"] = _share_of_days_until_stale(frame, pd.Timestamp(span.end))
    rows = connection.execute(
        "select series_id from economic_data.indicators where is_active and exists (select from economic_data.releases"
        " where releases.series_id = indicators.series_id and observation_date < %s) order by series_id",
        [first],
    )
    return frame, {"expected_series": [series_id for (series_id,) in rows]}


def _decimal_shifts(frame: pd.DataFrame) -> pd.Series:
    """Return the power of ten by which the last value of an observation differs from both its neighbours."""
    latest = frame.drop_duplicates(["series_id", "observation_date"], keep="last")
    series = latest["series_id"].factorize()[0].astype(np.int64)
    shifts = series_kernels.decimal_shifts(series, latest["value"].to_numpy(dtype=float))
    return pd.Series(shifts, index=latest.index).reindex(frame.index)


def _share_of_days_until_stale(frame: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    """Return how old each series' last observation is over how old it may be; NaN on the others."""
    is_last = ~frame["series_id"].duplicated(keep="last")
    age: pd.Series = (end - frame["observation_date"]).dt.days
    return age.where(is_last) / frame["frequency"].map(MACRO_DAYS_UNTIL_STALE).astype(float)
