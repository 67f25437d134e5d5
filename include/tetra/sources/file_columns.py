"""From columns as they are written to dates, moments and numbers, with which fields hold none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tetra.sources.base import RecordValue
from tetra.sources.layouts import Layout
from tetra.typing import BoolArray, DateArray, FloatArray, InstantArray

_OFFSET = r"(?:[+-]\d\d:?\d\d|Z)$"


@dataclass(frozen=True)
class Moments:
    """Moments of a column.

    Parameters
    ----------
    instants : ndarray of datetime64[us]
        In UTC; NaT where a field holds none.
    days : ndarray of datetime64[D]
        In the zone they were told in.
    readable : ndarray of bool
        Where there is a moment.
    has_offset : ndarray of bool
        Where it was written with an offset.
    in_clock_change : ndarray of bool
        Where a time without an offset is one that clocks skip, or show twice.
    """

    instants: InstantArray
    days: DateArray
    readable: BoolArray
    has_offset: BoolArray
    in_clock_change: BoolArray


def read_days(column: pd.Series[Any], layout: Layout) -> tuple[DateArray, BoolArray]:
    """Return exchange-local days, and which rows have one."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        days = _local(column, layout.timezone or "UTC").to_numpy().astype("datetime64[D]")
        return days, ~np.isnat(days)
    texts = column.astype(str)
    form = layout.date_format or "ISO8601"
    if layout.date_format is None and _carries_offset(column):
        moments = pd.to_datetime(texts, format=form, errors="coerce", utc=True)
        has_offset = texts.str.contains(_OFFSET, regex=True).to_numpy(dtype=bool)
        days = _local(moments, layout.timezone or "UTC").to_numpy().astype("datetime64[D]")
        days[~has_offset] = np.datetime64("NaT")  # a lone date among moments cannot be told in a time zone
    else:
        days = pd.to_datetime(texts, format=form, errors="coerce").to_numpy().astype("datetime64[D]")
    return days, ~np.isnat(days)


def read_moments(column: pd.Series[Any], layout: Layout, zone: str) -> Moments:
    """Return moments; those written without an offset are told in a time zone."""
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        naive, has_offset = column, pd.Series(column.dt.tz is not None, index=column.index)
        told = column if column.dt.tz is not None else _localized(column, zone)
    else:
        texts = column.astype(str)
        form = layout.date_format or "ISO8601"
        has_offset = texts.str.contains(_OFFSET, regex=True)
        naive = pd.to_datetime(texts.where(~has_offset), format=form, errors="coerce")
        told = _localized(naive, zone)
        if has_offset.any():
            told = told.fillna(pd.to_datetime(texts.where(has_offset), format=form, errors="coerce", utc=True))
    instants = told.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    days = _local(told, zone).to_numpy().astype("datetime64[D]")
    clock_change = (naive.notna() & told.isna()).to_numpy()
    return Moments(instants, days, ~np.isnat(instants), has_offset.to_numpy(dtype=bool), clock_change)


def _localized(times: pd.Series[Any], zone: str) -> pd.Series[Any]:
    told: pd.Series[Any] = times.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").dt.tz_convert("UTC")
    return told


def read_numbers(column: pd.Series[Any]) -> tuple[FloatArray, BoolArray]:
    """Return numbers, NaN where the field is blank, and which rows hold something else."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype=np.float64), np.zeros(len(column), dtype=bool)
    numbers = pd.to_numeric(column.astype("object").where(column.notna(), None), errors="coerce")
    values = np.asarray(numbers, dtype=np.float64)
    return values, np.isnan(values) & column.notna().to_numpy()


def as_json(value: Any) -> RecordValue:
    """Return one field as a rejected record keeps it."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    return value if isinstance(value, str | int | float | bool) else str(value)


def _carries_offset(column: pd.Series[Any]) -> bool:
    first = column.iloc[:1]
    if first.isna().all():
        first = column.dropna().iloc[:1]
    return any(re.search(_OFFSET, str(text)) for text in first)


def _local(moments: pd.Series[Any], zone: str) -> pd.Series[Any]:
    if moments.dt.tz is None:
        return moments
    local: pd.Series[Any] = moments.dt.tz_convert(zone).dt.tz_localize(None)
    return local
