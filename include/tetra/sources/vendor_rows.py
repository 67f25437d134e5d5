"""One vendor's records of one symbol, gathered row by row into a batch: bars, corporate actions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from tetra.sources.base import ActionBatch, ActionType, BarBatch, BarRequest, PriceBasis, RejectedRecord
from tetra.sources.vendor import UNREADABLE, number, scalars
from tetra.typing import InstantArray

FIELDS = ("open", "high", "low", "close", "volume")


class BarRows:
    """Gathers the bars of one symbol row by row."""

    def __init__(self, symbol: str, source: str, request: BarRequest, price_basis: PriceBasis) -> None:
        self._symbol = symbol
        self._source = source
        self._request = request
        self._basis = price_basis
        self._times: list[date] = []
        self._values: list[tuple[float, ...]] = []
        self._rejected: list[RejectedRecord] = []

    def add(self, when: Callable[[], date], record: Mapping[str, Any]) -> None:
        """Add one record; outside the request it is left out, unreadable it is set aside.

        Parameters
        ----------
        when : callable
            Returns the session of a daily bar; of an hourly one when it opened, in the time zone of the exchange, whose
            date is the session. Or raises one of ``UNREADABLE``.
        record : mapping
            Open, high, low, close and volume under their names; absent or None is NaN.
        """
        label = f"record {len(self._times) + len(self._rejected)}"
        try:
            time = when()
            label = _label(time)
            if not self._request.start <= _session(time) <= self._request.end:
                return
            values = tuple(number(record.get(name)) for name in FIELDS)
        except UNREADABLE as error:
            key = f"{self._symbol}|{self._request.timeframe}|{label}"
            self._rejected.append(RejectedRecord(key, self._source, f"cannot be read: {error}", scalars(record)))
            return
        if not all(math.isnan(value) for value in values[:4]):  # a time and no price is padding
            self._times.append(time)
            self._values.append(values)

    def batch(self) -> BarBatch | None:
        """Return what was gathered, ascending as the vendor gave it, or None if that is nothing."""
        if not self._times and not self._rejected:
            return None
        columns = np.array(self._values, dtype=np.float64).reshape(-1, len(FIELDS)).T
        open_, high, low, close, volume = (np.ascontiguousarray(column) for column in columns)
        return BarBatch(
            symbol=self._symbol,
            source=self._source,
            price_basis=self._basis,
            sessions=np.array([_session(time) for time in self._times], dtype="datetime64[D]"),
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            rejected=tuple(self._rejected),
            timeframe=self._request.timeframe,
            opened_at=None if self._request.timeframe == "1d" else _opened_at(self._times),
        )


class ActionRows:
    """Gathers the corporate actions of one symbol; dividends of one ex-date become one, as the table holds them."""

    def __init__(self, symbol: str, source: str, request: BarRequest) -> None:
        self._symbol = symbol
        self._source = source
        self._request = request
        self._values: dict[tuple[date, ActionType], float] = {}
        self._rejected: list[RejectedRecord] = []

    def add(
        self, kind: ActionType, day: Callable[[], date], value: Callable[[], float], record: Mapping[str, Any]
    ) -> None:
        """Add one action; outside the request it is left out, unreadable or not above zero it is set aside."""
        label = f"record {len(self._values) + len(self._rejected)}"
        try:
            ex_date = day()
            label = ex_date.isoformat()
            if not self._request.start <= ex_date <= self._request.end:
                return
            amount = value()
            if not (math.isfinite(amount) and amount > 0):
                raise ValueError(f"a {kind} of {amount:g} is not above zero")
            if kind == "split" and (ex_date, kind) in self._values:
                raise ValueError("a second split of the day")
        except UNREADABLE as error:
            key = f"{self._symbol}|{kind}|{label}"
            self._rejected.append(RejectedRecord(key, self._source, f"cannot be read: {error}", scalars(record)))
            return
        self._values[ex_date, kind] = self._values.get((ex_date, kind), 0.0) + amount

    def batch(self, *, known: bool) -> ActionBatch | None:
        """Return what was gathered by ex-date; if that is nothing, an empty batch or None.

        Parameters
        ----------
        known : bool
            Whether the vendor is sure to know the symbol: then having no action is an answer too.
        """
        if not (known or self._values or self._rejected):
            return None
        found = sorted(self._values.items())
        return ActionBatch(
            symbol=self._symbol,
            source=self._source,
            action_types=tuple(kind for (_, kind), _ in found),
            ex_dates=np.array([day for (day, _), _ in found], dtype="datetime64[D]"),
            values=np.array([value for _, value in found], dtype=np.float64),
            rejected=tuple(self._rejected),
        )


def _session(time: date) -> date:
    return time.date() if isinstance(time, datetime) else time


def _label(time: date) -> str:
    """Return what names a bar in the key of a rejected record."""
    if isinstance(time, datetime):
        return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
    return time.isoformat()


def _opened_at(times: Sequence[date]) -> InstantArray:
    moments = [time.astimezone(UTC).replace(tzinfo=None) for time in times if isinstance(time, datetime)]
    return np.array(moments, dtype="datetime64[us]")
