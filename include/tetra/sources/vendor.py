"""What the clients of vendors share: symbols asked side by side, answers in order, unreadable records set aside."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import numpy as np

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.base import (
    ActionBatch,
    ActionType,
    BarBatch,
    BarRequest,
    PriceBasis,
    RecordValue,
    RejectedRecord,
)

log = logging.getLogger(__name__)

PROGRESS_EVERY = 25
"""Symbols between two lines of progress in the task's log."""

FIELDS = ("open", "high", "low", "close", "volume")

Batch = TypeVar("Batch", BarBatch, ActionBatch)


def fan_out(
    source: str, what: str, request: BarRequest, *, fetch: Callable[[str, str, BarRequest], Batch | None], workers: int
) -> Iterator[Batch]:
    """Yield what a vendor has of each symbol, in the order of the request.

    Parameters
    ----------
    source, what : str
        Names for messages ("polygon", "bars").
    request : BarRequest
        Its symbols and this vendor's tickers.
    fetch : callable
        Symbol, ticker and request to a batch, or None where the vendor has nothing of it.
    workers : int
        How many symbols are asked at once.

    Raises
    ------
    SourceUnavailable
        If the vendor has nothing of any symbol; the symbols not begun when a fetch raises are not asked.
    """
    served = 0
    with ThreadPoolExecutor(workers, thread_name_prefix=source) as pool:
        try:
            asked = [pool.submit(fetch, symbol, ticker, request) for symbol, ticker in request.tickers.items()]
            for done, future in enumerate(asked, start=1):
                batch = future.result()
                if done % PROGRESS_EVERY == 0 or done == len(asked):
                    log.info("%s: %s of %s of %s symbols read", source, what, done, len(asked))
                if batch is not None:
                    served += 1
                    yield batch
        finally:
            pool.shutdown(cancel_futures=True)
    if not served:
        raise SourceUnavailable(
            f"source {source!r} has no {what} of {', '.join(request.tickers)} from {request.start} to {request.end}"
        )


def check_workers(source: str, workers: int) -> int:
    """Return the number of workers.

    Raises
    ------
    SettingsError
        If it is below one.
    """
    if workers < 1:
        raise SettingsError(f"sources.yaml, sources.{source}: max_workers is {workers}, must be at least 1")
    return workers


class BarRows:
    """Gathers the bars of one symbol row by row."""

    def __init__(self, symbol: str, source: str, request: BarRequest, price_basis: PriceBasis) -> None:
        self._symbol = symbol
        self._source = source
        self._request = request
        self._basis = price_basis
        self._days: list[date] = []
        self._values: list[tuple[float, ...]] = []
        self._rejected: list[RejectedRecord] = []

    def add(self, day: Callable[[], date], record: Mapping[str, Any]) -> None:
        """Add one record; outside the request it is left out, unreadable it is set aside.

        Parameters
        ----------
        day : callable
            Returns the session, or raises ValueError, TypeError, KeyError or OverflowError.
        record : mapping
            Open, high, low, close and volume under their names; absent or None is NaN.
        """
        session: date | None = None
        try:
            session = day()
            if not self._request.start <= session <= self._request.end:
                return
            values = tuple(number(record.get(name)) for name in FIELDS)
        except (ValueError, TypeError, KeyError, OverflowError, OSError) as error:
            position = len(self._days) + len(self._rejected)
            label = f"record {position}" if session is None else session.isoformat()
            key = f"{self._symbol}|{self._request.timeframe}|{label}"
            self._rejected.append(RejectedRecord(key, self._source, f"cannot be read: {error}", scalars(record)))
            return
        if not all(math.isnan(value) for value in values[:4]):  # a date and no price is padding
            self._days.append(session)
            self._values.append(values)

    def batch(self) -> BarBatch | None:
        """Return what was gathered, ascending as the vendor gave it, or None if that is nothing."""
        if not self._days and not self._rejected:
            return None
        columns = np.array(self._values, dtype=np.float64).reshape(-1, len(FIELDS)).T
        open_, high, low, close, volume = (np.ascontiguousarray(column) for column in columns)
        return BarBatch(
            symbol=self._symbol,
            source=self._source,
            price_basis=self._basis,
            sessions=np.array(self._days, dtype="datetime64[D]"),
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
            rejected=tuple(self._rejected),
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
        except (ValueError, TypeError, KeyError, ZeroDivisionError) as error:
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


def number(value: Any) -> float:
    """Return a vendor's number, which may be text; None is NaN.

    Raises
    ------
    ValueError
        If it is no number.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def utc_day(milliseconds: Any) -> date:
    """Return the UTC day of a time in milliseconds since 1970."""
    return datetime.fromtimestamp(number(milliseconds) / 1000.0, UTC).date()


def utc_milliseconds(day: date, *, plus_days: int = 0) -> int:
    """Return midnight UTC of a day, in milliseconds since 1970."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=plus_days)
    return int(midnight.timestamp()) * 1000


def now_utc() -> datetime:
    """Return the time; clients of markets that never close need it to leave out the day that is not over."""
    return datetime.now(UTC)


def records_of(content: Any, name: str, host: str) -> list[Any]:
    """Return the list under a name of a vendor's answer.

    Raises
    ------
    SourceError
        If the answer has another shape.
    """
    found = content.get(name) if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise SourceError(f"{host} answered no list of {name} but {str(content)[:160]}")
    return found


def scalars(record: Mapping[str, Any]) -> dict[str, RecordValue]:
    """Return a record with JSON scalars only, as rejected records hold it."""
    kept: dict[str, RecordValue] = {}
    for name, value in record.items():
        if isinstance(value, float) and not math.isfinite(value):
            kept[str(name)] = str(value)
        else:
            kept[str(name)] = value if value is None or isinstance(value, str | int | float | bool) else repr(value)
    return kept
