"""Splits and dividends from files: columns beside prices, files of actions alone, or files of factors."""

from __future__ import annotations

from datetime import date

import numpy as np

from tetra.sources.base import ActionBatch, RejectedRecord
from tetra.sources.file_data_sets import DataSet
from tetra.sources.file_factors import actions_of_factors
from tetra.sources.file_folders import Found, read_file
from tetra.sources.file_reading import FileTable
from tetra.sources.file_series import action_batch, between, rejected
from tetra.typing import BoolArray, FloatArray


def carries_actions(data_set: DataSet) -> bool:
    """Return whether files of a data set tell splits or dividends."""
    return bool({"dividend", "split", "price_factor"} & set(data_set.layout.columns))


def read_actions(places: list[Found], *, start: date, end: date) -> ActionBatch:
    """Return actions from the first place with a row in the range, or from the first one, without any."""
    read: list[ActionBatch] = []
    for found in places:
        table = read_file(found)
        batch = actions_of(found, table, found.first_day(start), end)
        beside_prices = found.data_set.kind == "bars" and between(table.dates, start, end).any()
        if beside_prices or batch.values.size or batch.rejected:
            return batch
        read.append(batch)
    return read[0]


def actions_of(found: Found, table: FileTable, start: date, end: date) -> ActionBatch:
    """Return the actions that a file tells of, those of the range."""
    if "price_factor" in table.columns:
        return actions_of_factors(found, table, start, end)
    split, dividend = _as_traded(found, table)
    if found.data_set.kind == "actions":
        return _added_up(found, table, split, dividend, start, end)
    inside = between(table.dates, start, end)
    impossible = _exceeds_previous_close(found, table, dividend * split)
    rejected_dividends = tuple(
        RejectedRecord(
            key=f"{found.symbol}|dividend|{table.dates[row]}",
            source=found.data_set.source,
            reason="dividend is not smaller than the previous close",
            record={"symbol": found.symbol, "ex_date": str(table.dates[row]), "value": float(dividend[row])},
        )
        for row in np.flatnonzero(inside & impossible).tolist()
    )
    paid = np.where(impossible, 0.0, dividend)
    return action_batch(found, table.dates, split, paid, inside=inside, rejected=rejected_dividends)


def _as_traded(found: Found, table: FileTable) -> tuple[FloatArray, FloatArray]:
    """Return per row the split, 1 for none, and the dividend per share of its day, 0 for none."""
    ones = np.ones(table.dates.size)
    split = table.columns.get("split", ones)
    split = np.where(np.isnan(split) | (split == 0.0), 1.0, split)  # Yahoo writes 0 for no split
    dividend = np.nan_to_num(table.columns.get("dividend", 0.0 * ones), nan=0.0)
    if found.data_set.layout.dividend_shares == "latest":
        order = np.argsort(table.dates, kind="stable")
        later = np.empty(ones.size)
        later[order] = np.append(np.cumprod(split[order][::-1])[::-1][1:], 1.0)[: ones.size]
        dividend = dividend * later
    return split, dividend


def _added_up(
    found: Found, table: FileTable, split: FloatArray, dividend: FloatArray, start: date, end: date
) -> ActionBatch:
    """Return the actions of a file of actions alone, where a day's regular and special dividend may stand apart."""
    days, position = np.unique(table.dates, return_inverse=True)
    paid = np.bincount(position, weights=dividend, minlength=days.size).astype(np.float64)
    ratio = np.ones(days.size)
    np.multiply.at(ratio, position, split)
    set_aside = rejected(found, table, start, end, prefix=f"{found.symbol}|action")
    return action_batch(found, days, ratio, paid, inside=between(days, start, end), rejected=set_aside)


def _exceeds_previous_close(found: Found, table: FileTable, paid: FloatArray) -> BoolArray:
    """Return where raw prices show that a dividend, per share before it, cannot have been paid.

    KSU's spin-off of 2000-07-13 stands in one vendor's file as 181 from a close of 93.75: no factor adjusts that.
    """
    if found.data_set.layout.price_basis != "raw" or "close" not in table.columns:
        return np.zeros(paid.size, dtype=bool)
    order = np.argsort(table.dates, kind="stable")
    close = table.columns["close"][order] / found.data_set.layout.price_divisor
    held = np.maximum.accumulate(np.where(np.isnan(close), -1, np.arange(close.size)))
    before = np.append(-1, held[:-1])[: close.size]
    previous = np.empty(close.size)
    previous[order] = np.where(before < 0, np.nan, close[before])
    return np.asarray((paid > 0.0) & (paid >= previous))
