"""Slices of what dbt derives, as of one session: each mart beside what it was built from."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg

from tetra.data.slices import Loaded, Span, select_frame

AVERAGES = (
    "sma_20",
    "sma_50",
    "sma_200",
    "ema_12",
    "ema_26",
    "ema_50",
    "macd_line",
    "macd_signal",
    "bollinger_lower",
    "bollinger_middle",
    "bollinger_upper",
)
"""Indicators that are there whatever the closes are, once there are enough of them."""

SESSIONS_UNTIL_READY = 252
"""By then all averages are: the longest is of 200 closes."""

RANGES = ("rsi_14", "atr_14", "stochastic_k", "stochastic_d", "adx_14", "plus_di_14", "minus_di_14")
BUILT_AND_LANDED = ("sessions_landed", "sessions_built", "last_landed", "last_built")


def load_daily_returns(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return each instrument's bars and rows by the as-of date, counted, and its return of that session.

    ``is_stale`` where an active instrument has no row of the session; ``return_zscore`` is of its return among those of
    the year before, null where these are fewer than half a year.
    """
    frame = select_frame(
        connection,
        "select_daily_returns_validation",
        {"as_of": span.end},
        columns=(
            "symbol",
            *BUILT_AND_LANDED,
            "session_date",
            "simple_return",
            "return_zscore",
            "is_stale",
            "is_return_missing",
        ),
        dates=("last_landed", "last_built", "session_date"),
        numbers=("simple_return", "return_zscore"),
    )
    return frame, {}


def load_technical_indicators(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return each instrument's bars and rows by the as-of date, counted, and its indicators of that session.

    ``averages_missing`` names the averages that have no value though there are closes enough; ``sma_200_off`` is how
    far the longest is from the mean of the closes in ``derived.daily_returns``, over the largest of them.
    """
    numbers = (*AVERAGES, *RANGES, "sma_200_off")
    frame = select_frame(
        connection,
        "select_technical_indicators_validation",
        {"as_of": span.end},
        columns=("symbol", *BUILT_AND_LANDED, "session_date", *numbers),
        dates=("last_landed", "last_built", "session_date"),
        numbers=numbers,
    )
    is_ready = frame["session_date"].notna() & (frame["sessions_built"] >= SESSIONS_UNTIL_READY)
    frame["averages_missing"] = named_columns(frame[list(AVERAGES)].isna(), where=is_ready)
    return frame, {}


def load_macro_as_known(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return each series' value of the session, and the newest one released by then."""
    frame = select_frame(
        connection,
        "select_macro_as_known_validation",
        {"as_of": span.end},
        columns=(
            "series_id",
            "session_date",
            "release_date",
            "observation_date",
            "value",
            "newest_released",
            "value_released",
        ),
        dates=("session_date", "release_date", "observation_date", "newest_released"),
        numbers=("value", "value_released"),
    )
    return frame, {}


def named_columns(found: pd.DataFrame, *, where: pd.Series) -> pd.Series:
    """Return the names of the columns that hold True, row by row; None where none does, and outside of ``where``."""
    names = [", ".join(found.columns[row]) or None for row in found.to_numpy(dtype=bool)]
    return pd.Series(names, index=found.index, dtype=object).where(where, None)
