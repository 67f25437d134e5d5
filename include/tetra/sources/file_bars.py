"""Bars from files of one symbol each: daily ones with the corporate actions beside them, and hourly ones."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np

from tetra.sources.base import ActionBatch, BarBatch, Timeframe
from tetra.sources.file_actions import actions_of, carries_actions
from tetra.sources.file_folders import Found, read_file
from tetra.sources.file_reading import FileTable
from tetra.sources.file_series import between, rejected
from tetra.typing import FloatArray


def read_daily_bars(places: list[Found], *, start: date, end: date) -> tuple[BarBatch, ActionBatch | None]:
    """Return bars and actions from the first place with a row in the range, or from the first one, empty.

    Returns
    -------
    tuple of BarBatch and ActionBatch
        The actions are None where the files say nothing of any.
    """
    read: list[tuple[BarBatch, ActionBatch | None]] = []
    for found in places:
        table = read_file(found)
        begin = found.first_day(start)
        bars = _bars_of(found, table, begin, end, "1d")
        actions = actions_of(found, table, begin, end) if carries_actions(found.data_set) else None
        if bars.sessions.size or bars.rejected:
            return bars, actions
        read.append((bars, actions))
    return read[0]


def read_hourly_bars(places: list[Found], *, start: date, end: date) -> BarBatch:
    """Return hourly bars from the first place with one in the range, or from the first one, empty."""
    read: list[BarBatch] = []
    for found in places:
        table = read_file(found, hourly=True)
        bars = _bars_of(found, table, found.first_day(start), end, "1h")
        if bars.sessions.size or bars.rejected:
            return bars
        read.append(bars)
    return read[0]


def _bars_of(found: Found, table: FileTable, start: date, end: date, timeframe: Timeframe) -> BarBatch:
    layout = found.data_set.layout
    absent = np.full(table.dates.size, np.nan)
    fields = {name: table.columns.get(name, absent) for name in ("open", "high", "low", "close", "volume")}
    scale: float | FloatArray = 1.0 / layout.price_divisor
    if layout.price_divisor != 1.0:
        for name in ("open", "high", "low", "close"):
            fields[name] = fields[name] / layout.price_divisor  # dividing rounds once: 973100 / 10000 is 97.31
    if "adjusted_close" in layout.columns and layout.price_basis == "total":
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = table.columns["adjusted_close"] / layout.price_divisor / fields["close"]
        for name in ("open", "high", "low", "close"):
            fields[name] = fields[name] * scale
    padding = np.isnan(np.vstack(list(fields.values()))).all(axis=0)
    inside = between(table.dates, start, end) & ~padding
    assert layout.price_basis is not None  # parse_data_set has seen to it
    bars = BarBatch(
        symbol=found.symbol,
        source=found.data_set.source,
        price_basis=layout.price_basis,
        sessions=table.dates[inside],
        rejected=rejected(found, table, start, end, prefix=f"{found.symbol}|{timeframe}"),
        timeframe=timeframe,
        **{name: values[inside] for name, values in fields.items()},
    )
    if table.opened_at is None:
        return bars
    return dataclasses.replace(bars, opened_at=table.opened_at[inside])
