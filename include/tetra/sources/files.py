"""The files source: bars, corporate actions and macro series from folders of CSV, as ``sources.yaml`` describes.

Folders may be local or any fsspec URL whose protocol's package is installed; files may be plain, xz, gz or zip.
One symbol (or series) per file. What layouts can say is in :mod:`tetra.sources.layouts`. Files are read by a few
threads ahead of whoever consumes the batches; decompressing and parsing leave the interpreter's lock.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

import numpy as np

from tetra.errors import SettingsError, SourceUnavailable
from tetra.sources.base import (
    ActionBatch,
    ActionType,
    BarBatch,
    BarRequest,
    DataKind,
    MacroBatch,
    MacroRequest,
    RejectedRecord,
    Source,
)
from tetra.sources.file_folders import Found, find, read_file, read_in_order
from tetra.sources.file_reading import FileTable
from tetra.sources.layouts import DataSet, parse_data_set, parse_layout
from tetra.typing import BoolArray, DateArray, FloatArray


class FilesSource(Source):
    """Bars, corporate actions and macro series from files.

    Parameters
    ----------
    layouts : mapping
        Per name a layout.
    bars, macro : mapping, optional
        Per name a data set; where several have a symbol, the first with a row in the range serves it.
    workers : int
        Threads that read.

    Raises
    ------
    SettingsError
        If a block is malformed.
    """

    name: ClassVar[str] = "files"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"bars", "actions", "macro"})

    def __init__(
        self,
        *,
        layouts: Mapping[str, Any],
        bars: Mapping[str, Any] | None = None,
        macro: Mapping[str, Any] | None = None,
        workers: int = 2,
    ) -> None:
        parsed = {name: parse_layout(name, block) for name, block in layouts.items()}
        self.bar_sets = [parse_data_set("bars", name, block, parsed) for name, block in (bars or {}).items()]
        self.macro_sets = [parse_data_set("macro", name, block, parsed) for name, block in (macro or {}).items()]
        if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
            raise SettingsError(f"sources.yaml, files: workers must be a whole number above 0, found {workers!r}")
        self.workers = workers
        self._actions_read: dict[tuple[str, date, date], ActionBatch] = {}

    def bars(self, request: BarRequest) -> Iterator[BarBatch]:
        """Yield one batch per symbol that has a file with a row in the range.

        Raises
        ------
        SourceUnavailable
            If none has, or a folder does not exist.
        SourceError
            If a file cannot be read as its layout says.
        """
        places = find(self.bar_sets, request.tickers)
        read = functools.partial(_read_bars, start=request.start, end=request.end)
        served = False
        for batch, actions in read_in_order(read, list(places.values()), self.workers):
            # a file is read once for both: its actions wait here until they are asked for
            self._actions_read[batch.symbol, request.start, request.end] = actions
            if batch.sessions.size or batch.rejected:
                served = True
                yield batch
        if not served:
            raise SourceUnavailable(_nothing("bar", tuple(request.tickers), request.start, request.end, self.bar_sets))

    def actions(self, request: BarRequest) -> Iterator[ActionBatch]:
        """Yield one batch per symbol that has a file with a column of dividends or splits; raises as bars do."""
        places = find(self.bar_sets, request.tickers)
        span = (request.start, request.end)
        unread = [found for symbol, found in places.items() if (symbol, *span) not in self._actions_read]
        read = functools.partial(_read_bars, start=request.start, end=request.end)
        for batch, actions in read_in_order(read, unread, self.workers):
            self._actions_read[batch.symbol, request.start, request.end] = actions
        served = False
        for symbol, found in places.items():
            batch_of_symbol = self._actions_read.pop((symbol, *span))
            if any({"dividend", "split"} & set(one.data_set.layout.columns) for one in found):
                served = True
                yield batch_of_symbol
        if not served:
            raise SourceUnavailable(
                _nothing("corporate action", tuple(request.tickers), request.start, request.end, self.bar_sets)
            )

    def macro(self, request: MacroRequest) -> Iterator[MacroBatch]:
        """Yield one batch per series that has a file with a row in the range; raises as bars do."""
        places = find(self.macro_sets, {series_id: series_id for series_id in request.series_ids})
        read = functools.partial(_read_macro, start=request.start, end=request.end)
        served = False
        for batch in read_in_order(read, list(places.values()), self.workers):
            if batch.values.size or batch.rejected:
                served = True
                yield batch
        if not served:
            raise SourceUnavailable(
                _nothing("observation", request.series_ids, request.start, request.end, self.macro_sets)
            )

    def last_day(self, kind: DataKind) -> date | None:
        """Return the greatest ``last_day`` of its data sets, or None where one of them may still grow."""
        days = [data_set.last_day for data_set in (self.macro_sets if kind == "macro" else self.bar_sets)]
        known = [day for day in days if day is not None]
        return max(known) if known and len(known) == len(days) else None


def _nothing(what: str, names: Sequence[str], start: date, end: date, data_sets: Sequence[DataSet]) -> str:
    listed = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    where = ", ".join(data_set.path for data_set in data_sets) or "no path at all"
    return f"source 'files' has no {what} of {listed} from {start} to {end} under {where}; correct sources.yaml"


def _read_bars(places: list[Found], *, start: date, end: date) -> tuple[BarBatch, ActionBatch]:
    """Return bars and actions from the first place with a row in the range, or from the first one, empty."""
    read: list[tuple[BarBatch, ActionBatch]] = []
    for found in places:
        bars, actions = _bars_of(found, read_file(found), start, end)
        if bars.sessions.size or bars.rejected:
            return bars, actions
        read.append((bars, actions))
    return read[0]


def _bars_of(found: Found, table: FileTable, start: date, end: date) -> tuple[BarBatch, ActionBatch]:
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
    inside = _between(table.dates, start, end) & ~padding
    source = f"{FilesSource.name}:{found.data_set.name}"
    assert layout.price_basis is not None  # parse_data_set has seen to it
    bars = BarBatch(
        symbol=found.symbol,
        source=source,
        price_basis=layout.price_basis,
        sessions=table.dates[inside],
        rejected=_rejected(found, table, start, end, prefix=f"{found.symbol}|1d"),
        **{name: values[inside] for name, values in fields.items()},
    )
    return bars, _actions_of(found, table, start, end)


def _actions_of(found: Found, table: FileTable, start: date, end: date) -> ActionBatch:
    ones = np.ones(table.dates.size)
    split = table.columns.get("split", ones)
    split = np.where(np.isnan(split) | (split == 0.0), 1.0, split)  # Yahoo writes 0 for no split
    dividend = np.nan_to_num(table.columns.get("dividend", 0.0 * ones), nan=0.0)
    if found.data_set.layout.dividend_shares == "latest":
        order = np.argsort(table.dates, kind="stable")
        later = np.empty(ones.size)
        later[order] = np.append(np.cumprod(split[order][::-1])[::-1][1:], 1.0)[: ones.size]
        dividend = dividend * later
    inside = _between(table.dates, start, end)
    impossible = inside & _exceeds_previous_close(found, table, dividend * split)
    splits = np.flatnonzero(inside & (split != 1.0))
    dividends = np.flatnonzero(inside & (dividend != 0.0) & ~impossible)
    types: list[ActionType] = []
    types.extend("split" for _ in splits)
    types.extend("dividend" for _ in dividends)
    return ActionBatch(
        symbol=found.symbol,
        source=f"{FilesSource.name}:{found.data_set.name}",
        action_types=tuple(types),
        ex_dates=table.dates[np.concatenate([splits, dividends])],
        values=np.concatenate([split[splits], dividend[dividends]]),
        rejected=tuple(
            RejectedRecord(
                key=f"{found.symbol}|dividend|{table.dates[row]}",
                source=f"{FilesSource.name}:{found.data_set.name}",
                reason="dividend is not smaller than the previous close",
                record={"symbol": found.symbol, "ex_date": str(table.dates[row]), "value": float(dividend[row])},
            )
            for row in np.flatnonzero(impossible).tolist()
        ),
    )


def _exceeds_previous_close(found: Found, table: FileTable, paid: FloatArray) -> BoolArray:
    """Return where raw prices show that a dividend, per share before it, cannot have been paid.

    KSU's spin-off of 2000-07-13 stands in one vendor's file as 181 from a close of 93.75: no factor adjusts that.
    """
    if found.data_set.layout.price_basis != "raw":
        return np.zeros(paid.size, dtype=bool)
    order = np.argsort(table.dates, kind="stable")
    close = table.columns["close"][order] / found.data_set.layout.price_divisor
    held = np.maximum.accumulate(np.where(np.isnan(close), -1, np.arange(close.size)))
    before = np.append(-1, held[:-1])[: close.size]
    previous = np.empty(close.size)
    previous[order] = np.where(before < 0, np.nan, close[before])
    return np.asarray((paid > 0.0) & (paid >= previous))


def _read_macro(places: list[Found], *, start: date, end: date) -> MacroBatch:
    read: list[MacroBatch] = []
    for found in places:
        table = read_file(found)
        values = table.columns["value"]
        inside = _between(table.dates, start, end) & ~np.isnan(values)  # FRED has a row for every weekday
        released = table.columns.get("released_on", np.full(values.size, "NaT", dtype="datetime64[D]"))
        batch = MacroBatch(
            series_id=found.symbol,
            source=f"{FilesSource.name}:{found.data_set.name}",
            observation_dates=table.dates[inside],
            released_on=released[inside],
            values=values[inside],
            rejected=_rejected(found, table, start, end, prefix=found.symbol),
        )
        if batch.values.size or batch.rejected:
            return batch
        read.append(batch)
    return read[0]


def _rejected(found: Found, table: FileTable, start: date, end: date, *, prefix: str) -> tuple[RejectedRecord, ...]:
    first, last = np.datetime64(start, "D"), np.datetime64(end, "D")
    source = f"{FilesSource.name}:{found.data_set.name}"
    return tuple(
        RejectedRecord(f"{prefix}|{bad.label}", source, f"{bad.reason} ({found.path.rpartition('/')[2]})", bad.record)
        for bad in table.bad_rows
        if np.isnat(bad.day) or first <= bad.day <= last
    )


def _between(days: DateArray, start: date, end: date) -> BoolArray:
    return (days >= np.datetime64(start, "D")) & (days <= np.datetime64(end, "D"))
