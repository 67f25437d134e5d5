"""Slices of ``market_data.ohlcv``: daily and hourly bars, each beside its neighbours, its calendar and its actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from tetra.data import slices_bar_series as series_kernels
from tetra.data.fixed_width import StructuredArray, read_fixed_width
from tetra.data.records import BAR_FIELDS, POSITIVE_ASSET_CLASSES, PRICE_FIELDS, ROUNDING
from tetra.data.slices import Loaded, Span, midnight
from tetra.data.slices_expected import Instrument, SessionCounts, bars_expected, expected_symbols, session_counts
from tetra.data.statements import statement
from tetra.typing import BoolArray, FloatArray

HISTORY = {"1d": timedelta(days=400), "1h": timedelta(days=90)}
"""Calendar days read before a slice: more than the bars that a return is measured against."""

MINUTES_A_DAY = 24 * 60

SHARE_CLASSES = frozenset({"stock", "etf"})
"""What is split: nobody splits an index, a coin or a barrel."""


@dataclass(frozen=True)
class _Bars:
    """Bars of the slice and of the history before it; ``inside`` says which are the slice's."""

    instruments: list[Instrument]
    rows: StructuredArray
    actions: series_kernels.Actions
    counts: SessionCounts
    inside: BoolArray
    rejected: dict[str, int]


def load_daily_bars(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the daily bars of the slice beside their neighbours, and the sessions, bars and symbols expected."""
    bars = _read(connection, span, "1d")
    frame = _frame(bars)
    rows = bars.rows[bars.inside]
    frame["is_midnight"] = rows["minute"] % MINUTES_A_DAY == 0
    # coins trade every day: they must not stand in for a session that all stocks lack
    is_stock = np.array([item.trades_every_stock_session for item in bars.instruments], dtype=bool)
    frame["stock_session_date"] = frame["session_date"].where(is_stock[rows["series"]])
    return frame, bars_expected(bars.instruments, span) | _symbols_expected(bars, frame, span)


def load_hourly_bars(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the hourly bars of the slice beside their neighbours, and the symbols expected."""
    bars = _read(connection, span, "1h")
    frame = _frame(bars)
    minute = bars.rows["minute"][bars.inside]
    frame["opened_at"] = (minute.astype(np.int64) * 60).astype("datetime64[s]")
    frame["minutes_past_half_hour"] = minute % 30
    frame["share_of_usual_bars"] = _share_of_usual_bars(bars.rows)[bars.inside]
    return frame, _symbols_expected(bars, frame, span)


def _read(connection: psycopg.Connection[Any], span: Span, timeframe: str) -> _Bars:
    # of a session that began before midnight UTC, or ends after it, no bar may be missed
    end_exclusive = midnight(span.end + timedelta(days=1 if timeframe == "1d" else 2))
    found = connection.execute(
        statement("select_bars_span"), {"timeframe": timeframe, "end_exclusive": end_exclusive}
    ).fetchall()
    instruments = [item for item in (Instrument(*row) for row in found) if item.is_wanted(span)]
    history_start = span.start - HISTORY[timeframe]
    rows = read_fixed_width(
        connection,
        statement("copy_bars_validation"),
        {
            "symbols": [item.symbol for item in instruments],
            "timezones": ["UTC" if timeframe == "1d" else item.timezone for item in instruments],
            "timeframe": timeframe,
            "history_start": midnight(history_start),
            "end_exclusive": end_exclusive,
        },
        integers=("series", "day", "minute", "basis", "source"),
        floats=BAR_FIELDS,
    )
    rows = rows[rows["day"] <= np.datetime64(span.end, "D").astype(int)]
    rejected = connection.execute(
        statement("select_bars_rejected_validation"), {"timeframe": timeframe, "start": span.start, "end": span.end}
    ).fetchall()
    return _Bars(
        instruments=instruments,
        rows=rows,
        actions=_actions(connection, instruments),
        counts=session_counts(instruments, rows["series"], rows["day"], history_start, span),
        inside=rows["day"] >= np.datetime64(span.start, "D").astype(int),
        rejected={symbol: records for symbol, records in rejected if span.symbols is None or symbol in span.symbols},
    )


def _actions(connection: psycopg.Connection[Any], instruments: list[Instrument]) -> series_kernels.Actions:
    row_of = {item.symbol: row for row, item in enumerate(instruments)}
    found = [row for row in connection.execute(statement("select_actions_validation")) if row[0] in row_of]
    return series_kernels.Actions(
        series=np.array([row_of[symbol] for symbol, _, _, _ in found], dtype=np.int64),
        day=np.array([ex_date for _, ex_date, _, _ in found], dtype="datetime64[D]").astype(np.int64),
        is_split=np.array([is_split for _, _, is_split, _ in found], dtype=bool),
        value=np.array([value for _, _, _, value in found], dtype=float),
    )


def _frame(bars: _Bars) -> pd.DataFrame:
    """Return the columns that daily and hourly bars have in common."""
    inside, rows = bars.inside, bars.rows[bars.inside]
    symbols = np.array([item.symbol for item in bars.instruments], dtype=object)
    columns: dict[str, Any] = {
        "symbol": symbols[rows["series"]],
        "session_date": rows["day"].astype("datetime64[D]").astype("datetime64[s]"),
        **{name: rows[name] for name in BAR_FIELDS},
    }
    for name, values in (_beside_neighbours(bars) | _on_calendar(bars)).items():
        columns[name] = values[inside]
    frame = pd.DataFrame(columns)
    # landing allows a vendor's rounding between low, close and high; so does the gate
    slack = ROUNDING * frame["close"].abs()
    frame["highest_allowed"] = frame["high"] + slack
    frame["lowest_allowed"] = frame["low"] - slack
    is_positive = np.array([item.asset_class in POSITIVE_ASSET_CLASSES for item in bars.instruments], dtype=bool)
    lowest_price = frame[list(PRICE_FIELDS)].min(axis=1)
    frame["lowest_price"] = lowest_price.where(is_positive[rows["series"]])  # a commodity may trade below zero
    return frame


def _beside_neighbours(bars: _Bars) -> dict[str, Any]:
    rows = bars.rows
    series, close = rows["series"].astype(np.int64), rows["close"]
    basis = rows["basis"].astype(np.int64)
    before = series_kernels.explained_closes(series, rows["day"], close, basis, bars.actions)
    simple_return = series_kernels.returns_on(before, close)
    source_before = series_kernels.previous_within(series, rows["source"].astype(float))
    basis_before = series_kernels.previous_within(series, basis.astype(float))
    changes_source = ~np.isnan(source_before) & (source_before != rows["source"])
    is_share = np.array([item.asset_class in SHARE_CLASSES for item in bars.instruments], dtype=bool)
    seams = series_kernels.split_seams(series, before, rows["open"], close)
    return {
        "simple_return": simple_return,
        "return_zscore": series_kernels.zscores_within(series, simple_return),
        "return_at_source_change": np.where(changes_source, simple_return, np.nan),
        "changes_price_basis": ~np.isnan(basis_before) & (basis_before != basis),
        "split_seam": np.where(is_share[series], seams, np.nan),
        "decimal_shift": _told_inside(bars, series_kernels.decimal_shifts(series, close)),
        "reversed_jump": _told_inside(bars, series_kernels.reversed_jumps(series, close)),
        "range_factor": _range_factor(rows),
        **{f"{name}_unchanged": series_kernels.unchanged_bars(series, rows[name]) for name in BAR_FIELDS},
    }


def _told_inside(bars: _Bars, values: FloatArray) -> FloatArray:
    """Return the values of the slice; of the bar before it, on the bar that shows what the other one is."""
    series = bars.rows["series"].astype(np.int64)
    before = series_kernels.previous_within(series, np.where(bars.inside, np.nan, values))
    return np.where(bars.inside & np.isnan(values), before, values)


def _range_factor(rows: StructuredArray) -> FloatArray:
    """Return how far high or low lies from open and close, as a factor."""
    with np.errstate(invalid="ignore", divide="ignore"):
        above = rows["high"] / np.fmax(rows["open"], rows["close"])
        below = np.fmin(rows["open"], rows["close"]) / rows["low"]
    return np.where(rows["low"] > 0, np.fmax(above, below), np.nan)


def _on_calendar(bars: _Bars) -> dict[str, Any]:
    rows, counts = bars.rows, bars.counts
    never = np.iinfo(np.int64).max
    delisted = np.array([_days(item.delisted_on) or never for item in bars.instruments], dtype=np.int64)
    is_last = bars.inside & (np.diff(rows["series"], append=-1) != 0)
    held = np.bincount(rows["series"][bars.inside], minlength=len(bars.instruments))
    rejected = np.array([bars.rejected.get(item.symbol, 0) for item in bars.instruments], dtype=float)
    with np.errstate(invalid="ignore"):
        share = (rejected / (rejected + held))[rows["series"]]
    return {
        "is_session": counts.is_session,
        "sessions_missing": counts.missing_before,
        "sessions_silent": np.where(is_last, counts.missing_after, 0),
        "is_after_delisting": rows["day"] >= delisted[rows["series"]],
        "share_set_aside": np.where(is_last, share, np.nan),
    }


def _days(day: date | None) -> int | None:
    return None if day is None else int(np.datetime64(day, "D").astype(int))


def _share_of_usual_bars(rows: StructuredArray) -> FloatArray:
    """Return the bars of each session over the symbol's median, on the session's last bar; NaN on the others."""
    share = np.full(rows.size, np.nan)
    if not rows.size:
        return share
    ends = np.flatnonzero((np.diff(rows["series"], append=-1) != 0) | (np.diff(rows["day"], append=0) != 0))
    bars = pd.Series(np.diff(ends, prepend=-1), dtype=float)
    share[ends] = bars / bars.groupby(rows["series"][ends]).transform("median")
    return share


def _symbols_expected(bars: _Bars, frame: pd.DataFrame, span: Span) -> dict[str, list[str]]:
    held = set(frame["symbol"].unique())
    return {
        "expected_symbols": expected_symbols(bars.instruments, span),
        "symbols_set_aside": sorted(symbol for symbol in bars.rejected if symbol not in held),
    }
