"""Which records of a batch may be landed: each bad one is set aside with its reason, the rest goes on.

Only what cannot be true is set aside here. What is merely unlikely (an outlier, a jump, a missing session) is landed
and judged by the gate, which sees the whole slice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from tetra.calendars import session_hours
from tetra.sources.base import ActionBatch, BarBatch, MacroBatch, RecordValue, RejectedRecord
from tetra.typing import BoolArray, DateArray, IntArray

Batch = TypeVar("Batch", BarBatch, ActionBatch, MacroBatch)
_Reason: TypeAlias = tuple[str, BoolArray]

BAR_FIELDS = ("open", "high", "low", "close", "volume")
PRICE_FIELDS = ("open", "high", "low", "close")

ROUNDING = 1e-6
"""Relative; vendors round each adjusted field by itself, so low and high may cross the close by a last digit."""

POSITIVE_ASSET_CLASSES = frozenset({"stock", "etf", "index", "volatility_index", "crypto", "fx"})
"""A commodity may trade below zero: WTI settled at -37.63 on 2020-04-20."""


@dataclass(frozen=True)
class Checked(Generic[Batch]):
    """A batch split in two.

    Parameters
    ----------
    kept : BarBatch, ActionBatch or MacroBatch
        What may be landed, in the order of the source.
    rejected : tuple of RejectedRecord
        What may not, after what the source itself could not read.
    """

    kept: Batch
    rejected: tuple[RejectedRecord, ...]


def check_bars(batch: BarBatch, *, sessions: DateArray, calendar: str, asset_class: str) -> Checked[BarBatch]:
    """Set aside the bars of a batch that cannot be true.

    Parameters
    ----------
    batch : BarBatch
        As the source gave it, daily or hourly.
    sessions : ndarray of datetime64[D]
        The calendar's sessions, ascending, covering the batch.
    calendar : str
        Its name: for the reason, and for the hours in which hourly bars may open.
    asset_class : str
        Decides whether prices may be zero or negative.

    Returns
    -------
    Checked
        Of several bars of one session, or of one hour, the first is kept.
    """
    occurrence = _occurrence(batch.sessions if batch.opened_at is None else batch.opened_at)
    with np.errstate(invalid="ignore"):  # comparisons with absent fields are false, as they should be
        reasons = [
            ("close is missing", np.isnan(batch.close)),
            ("a price or volume is infinite", np.any([np.isinf(getattr(batch, name)) for name in BAR_FIELDS], axis=0)),
            *_time_reasons(batch, sessions, calendar, occurrence),
            *_price_reasons(batch, asset_class),
        ]
    bad, why = _first_reason(reasons, batch.sessions.size)
    rejected = tuple(_rejected_bar(batch, row, why[row], occurrence[row]) for row in np.flatnonzero(bad).tolist())
    columns = {name: getattr(batch, name)[~bad] for name in ("sessions", *BAR_FIELDS)}
    if batch.opened_at is not None:
        columns["opened_at"] = batch.opened_at[~bad]
    return Checked(replace(batch, rejected=(), **columns), batch.rejected + rejected)


def _time_reasons(batch: BarBatch, sessions: DateArray, calendar: str, occurrence: IntArray) -> list[_Reason]:
    closed = (f"not a session of {calendar}", ~_is_among(batch.sessions, sessions))
    if batch.opened_at is None:
        return [closed, ("a second record of the session", occurrence > 1)]
    opens, closes = session_hours(calendar, batch.sessions)
    # of a session that opens at 09:30 a vendor's first bar may be called 09:00
    within = (batch.opened_at >= opens.astype("datetime64[h]")) & (batch.opened_at < closes)
    outside = (f"opened outside the trading hours of its session of {calendar}", ~within)
    return [closed, outside, ("a second record of the hour", occurrence > 1)]


def _is_among(days: DateArray, sessions: DateArray) -> BoolArray:
    """Return which days are sessions; those are ascending, so that nothing needs sorting."""
    if sessions.size == 0:
        return np.zeros(days.size, dtype=bool)
    return np.asarray(sessions[np.searchsorted(sessions, days).clip(max=sessions.size - 1)] == days)


def _price_reasons(batch: BarBatch, asset_class: str) -> list[_Reason]:
    prices = np.vstack([getattr(batch, name) for name in PRICE_FIELDS])
    open_, high, low, close = prices
    slack = ROUNDING * np.abs(close)
    reasons: list[_Reason] = [
        ("low is above high", low > high + slack),
        ("close is outside low to high", (close > high + slack) | (close < low - slack)),
        ("open is outside low to high", (open_ > high + slack) | (open_ < low - slack)),
        ("volume is negative", batch.volume < 0),
    ]
    if asset_class in POSITIVE_ASSET_CLASSES:
        impossible = np.asarray((prices <= 0).any(axis=0))
        reasons.append((f"a price of a {asset_class} is zero or negative", impossible))
    return reasons


def check_actions(batch: ActionBatch) -> Checked[ActionBatch]:
    """Set aside the corporate actions of a batch that cannot be true.

    Returns
    -------
    Checked
        Of several actions of one type and ex-date the first is kept.
    """
    types = np.array(batch.action_types, dtype=object)
    keys = np.char.add(np.char.add(types.astype(str), "|"), batch.ex_dates.astype(str))
    occurrence = _occurrence(keys)
    reasons: list[_Reason] = [
        ("value is missing or infinite", ~np.isfinite(batch.values)),
        ("value is zero or negative", batch.values <= 0),
        ("a second record of the ex-date", occurrence > 1),
    ]
    bad, why = _first_reason(reasons, batch.values.size)
    rejected = tuple(_rejected_action(batch, row, why[row], occurrence[row]) for row in np.flatnonzero(bad).tolist())
    kept = replace(
        batch,
        rejected=(),
        action_types=tuple(types[~bad]),
        ex_dates=batch.ex_dates[~bad],
        values=batch.values[~bad],
    )
    return Checked(kept, batch.rejected + rejected)


def check_macro(batch: MacroBatch) -> Checked[MacroBatch]:
    """Set aside the observations of a batch that cannot be true.

    Returns
    -------
    Checked
        Of several values of one observation and release the first is kept.
    """
    keys = np.rec.fromarrays([batch.observation_dates.astype(np.int64), batch.released_on.astype(np.int64)])
    occurrence = _occurrence(keys)
    reasons: list[_Reason] = [
        ("value is missing or infinite", ~np.isfinite(batch.values)),
        ("observation date is missing", np.isnat(batch.observation_dates)),
        ("released before the period it describes", batch.released_on < batch.observation_dates),
        ("a second record of the observation", occurrence > 1),
    ]
    bad, why = _first_reason(reasons, batch.values.size)
    rejected = tuple(
        _rejected_observation(batch, row, why[row], occurrence[row]) for row in np.flatnonzero(bad).tolist()
    )
    columns = {name: getattr(batch, name)[~bad] for name in ("observation_dates", "released_on", "values")}
    return Checked(replace(batch, rejected=(), **columns), batch.rejected + rejected)


def _occurrence(keys: npt.NDArray[Any]) -> IntArray:
    """Return 1 for the first record with a key, 2 for the second one, and so on."""
    if keys.size < 2 or (keys.dtype.kind in "Mm" and (_ascends(keys) or _ascends(keys[::-1]))):
        return np.ones(keys.size, dtype=np.int64)  # in the order of time, as files are: none is repeated
    _, group = np.unique(keys, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    counted = np.arange(keys.size) - np.repeat(starts, np.diff(starts, append=keys.size))
    occurrence = np.empty(keys.size, dtype=np.int64)
    occurrence[order] = counted + 1
    return occurrence


def _ascends(keys: npt.NDArray[Any]) -> bool:
    return bool(np.all(keys[1:] > keys[:-1]))


def _key(*parts: str, occurrence: int) -> str:
    # a repeated record must not share its key with the one that was landed
    return "|".join(parts) + (f"#{occurrence}" if occurrence > 1 else "")


def _first_reason(reasons: list[_Reason], size: int) -> tuple[BoolArray, npt.NDArray[np.object_]]:
    why = np.full(size, "", dtype=object)
    if not any(is_so.any() for _, is_so in reasons):
        return np.zeros(size, dtype=bool), why  # comparing objects takes longer than all the checks
    for reason, is_so in reversed(reasons):  # the first in the list has the last word
        why[is_so] = reason
    return why != "", why


def _rejected_bar(batch: BarBatch, row: int, reason: str, occurrence: int) -> RejectedRecord:
    session = str(batch.sessions[row])
    label = session if batch.opened_at is None else str(np.datetime_as_string(batch.opened_at[row], unit="m"))
    record: dict[str, RecordValue] = {
        "symbol": batch.symbol,
        "session": session,
        "price_basis": batch.price_basis,
    }
    if batch.opened_at is not None:
        record["opened_at"] = f"{label}Z"
    record |= {name: _json_number(float(getattr(batch, name)[row])) for name in BAR_FIELDS}
    key = _key(batch.symbol, batch.timeframe, label, occurrence=occurrence)
    return RejectedRecord(key, batch.source, reason, record)


def _rejected_action(batch: ActionBatch, row: int, reason: str, occurrence: int) -> RejectedRecord:
    action_type, ex_date = batch.action_types[row], str(batch.ex_dates[row])
    record: dict[str, RecordValue] = {
        "symbol": batch.symbol,
        "action_type": action_type,
        "ex_date": ex_date,
        "value": _json_number(float(batch.values[row])),
    }
    return RejectedRecord(_key(batch.symbol, action_type, ex_date, occurrence=occurrence), batch.source, reason, record)


def _rejected_observation(batch: MacroBatch, row: int, reason: str, occurrence: int) -> RejectedRecord:
    observed, released = str(batch.observation_dates[row]), str(batch.released_on[row])
    released = "" if released == "NaT" else released
    record: dict[str, RecordValue] = {
        "series_id": batch.series_id,
        "observation_date": observed,
        "released_on": released or None,
        "value": _json_number(float(batch.values[row])),
    }
    key = _key(batch.series_id, observed, released, occurrence=occurrence)
    return RejectedRecord(key, batch.source, reason, record)


def _json_number(value: float) -> RecordValue:
    if np.isnan(value):
        return None
    return value if np.isfinite(value) else str(value)  # JSON has no infinity
