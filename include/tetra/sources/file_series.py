"""What files of bars, actions and macro series have in common, and macro series themselves."""

from __future__ import annotations

from datetime import date

import numpy as np

from tetra.sources.base import ActionBatch, ActionType, MacroBatch, RejectedRecord
from tetra.sources.file_folders import Found, read_file
from tetra.sources.file_reading import FileTable
from tetra.typing import BoolArray, DateArray, FloatArray


def read_macro(places: list[Found], *, start: date, end: date) -> MacroBatch:
    """Return observations from the first place with one in the range, or from the first one, empty."""
    read: list[MacroBatch] = []
    for found in places:
        table = read_file(found)
        values = table.columns["value"]
        inside = between(table.dates, found.first_day(start), end) & ~np.isnan(
            values
        )  # FRED has a row for every weekday
        released = table.columns.get("released_on", np.full(values.size, "NaT", dtype="datetime64[D]"))
        batch = MacroBatch(
            series_id=found.symbol,
            source=found.data_set.source,
            observation_dates=table.dates[inside],
            released_on=released[inside],
            values=values[inside],
            rejected=rejected(found, table, start, end, prefix=found.symbol),
        )
        if batch.values.size or batch.rejected:
            return batch
        read.append(batch)
    return read[0]


def rejected(found: Found, table: FileTable, start: date, end: date, *, prefix: str) -> tuple[RejectedRecord, ...]:
    """Return the rows of a file that could not be read: those of the range, and those of no known date."""
    first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
    file_name = found.path.rpartition("/")[2]
    return tuple(
        RejectedRecord(f"{prefix}|{bad.label}", found.data_set.source, f"{bad.reason} ({file_name})", bad.record)
        for bad in table.bad_rows
        if np.isnat(bad.day) or first <= bad.day <= last
    )


def between(days: DateArray, start: date, end: date) -> BoolArray:
    """Return which days lie in a range, both ends included; NaT does not."""
    return (days >= np.datetime64(start, "D")) & (days <= np.datetime64(end, "D"))


def action_batch(
    found: Found,
    days: DateArray,
    ratios: FloatArray,
    paid: FloatArray,
    *,
    inside: BoolArray,
    rejected: tuple[RejectedRecord, ...] = (),
) -> ActionBatch:
    """Return the splits and dividends of some days: where a ratio is not 1, and where something is paid."""
    splits, dividends = inside & (ratios != 1.0), inside & (paid != 0.0)
    types: list[ActionType] = ["split"] * int(splits.sum())
    types.extend("dividend" for _ in range(int(dividends.sum())))
    return ActionBatch(
        symbol=found.symbol,
        source=found.data_set.source,
        action_types=tuple(types),
        ex_dates=np.concatenate([days[splits], days[dividends]]),
        values=np.concatenate([ratios[splits], paid[dividends]]),
        rejected=rejected,
    )
