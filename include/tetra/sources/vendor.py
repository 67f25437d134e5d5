"""What the clients of vendors share: symbols asked side by side, answers in order, unreadable records set aside."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from time import sleep as wait
from typing import Any, ClassVar, NotRequired, TypedDict, TypeVar

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.base import BarRequest, RecordValue, Source, Timeframe
from tetra.sources.http import ApiKey, HttpClient
from tetra.sources.record_types import RecordRequest
from tetra.sources.transport import Send

log = logging.getLogger(__name__)

MOST_FAILURES = 3
"""Unusable answers of a vendor before it is given up: one bad symbol must not cost the others."""

PROGRESS_EVERY = 25
"""Symbols between two lines of progress in the task's log."""

BARS: Mapping[Timeframe, str] = {"1d": "bars", "1h": "hourly bars"}
"""What messages call them."""

UNREADABLE = (ValueError, TypeError, KeyError, OverflowError, OSError, ArithmeticError)
"""What reading one record of a vendor may raise."""

Request = TypeVar("Request", BarRequest, RecordRequest)
Batch = TypeVar("Batch")
Value = TypeVar("Value")


def fan_out(
    source: str, what: str, request: Request, *, fetch: Callable[[str, str, Request], Batch | None], workers: int
) -> Iterator[Batch]:
    """Yield what a vendor has of each symbol, in the order of the request.

    Parameters
    ----------
    source, what : str
        Names for messages ("polygon", "bars").
    request : BarRequest or RecordRequest
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
    failures: list[SourceError] = []
    with ThreadPoolExecutor(workers, thread_name_prefix=source) as pool:
        try:
            asked = [pool.submit(fetch, symbol, ticker, request) for symbol, ticker in request.tickers.items()]
            for done, future in enumerate(asked, start=1):
                try:
                    batch = future.result()
                except SourceUnavailable:
                    raise
                except SourceError as error:
                    failures.append(error)
                    if len(failures) == MOST_FAILURES:
                        raise
                    log.warning("%s: %s left out: %s", source, what, error)
                    continue
                if done % PROGRESS_EVERY == 0 or done == len(asked):
                    log.info("%s: %s of %s of %s symbols read", source, what, done, len(asked))
                if batch is not None:
                    served += 1
                    yield batch
        finally:
            pool.shutdown(cancel_futures=True)
    if failures and not served:
        raise failures[0]
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


def utc_moment(milliseconds: Any) -> datetime:
    """Return the moment of a time in milliseconds since 1970, in UTC."""
    return datetime.fromtimestamp(number(milliseconds) / 1000.0, UTC)


def utc_day(milliseconds: Any) -> date:
    """Return the UTC day of a time in milliseconds since 1970."""
    return utc_moment(milliseconds).date()


def utc_milliseconds(day: date, *, plus_days: int = 0, zone: tzinfo = UTC) -> int:
    """Return the midnight that begins a day, in milliseconds since 1970."""
    midnight = datetime.combine(day + timedelta(days=plus_days), time(), zone)
    return int(midnight.timestamp()) * 1000


def now_utc() -> datetime:
    """Return the time, which clients need to leave out the day or hour that is not over."""
    return datetime.now(UTC)


class KeyedSettings(TypedDict):
    """What a subclass of :class:`KeyedSource` hands on to it."""

    base_url: str
    timeout_seconds: float
    retries: int
    requests_per_minute: float
    key_variable: str
    max_workers: int
    sleep: NotRequired[Callable[[float], None]]
    now: NotRequired[Callable[[], datetime]]


class KeyedSource(Source):
    """A vendor that is asked over HTTP with an API key, about several symbols at once.

    Parameters
    ----------
    base_url, timeout_seconds, retries, requests_per_minute
        See :class:`tetra.sources.http.HttpClient`.
    key_variable : str
        Environment variable with the API key.
    max_workers : int
        Symbols asked at once.
    send : callable, optional
        Another transport than ``requests``.
    sleep, now : callable
        Waiting and the time; replaced in tests.

    Raises
    ------
    SettingsError
        If a parameter is out of range.
    """

    key_header: ClassVar[str]
    key_prefix: ClassVar[str] = ""

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float,
        retries: int,
        requests_per_minute: float,
        key_variable: str,
        max_workers: int,
        send: Send | None = None,
        sleep: Callable[[float], None] = wait,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self._key = ApiKey(key_variable, header=self.key_header, prefix=self.key_prefix)
        self._http = HttpClient(
            base_url=base_url,
            timeout_seconds=timeout_seconds,
            retries=retries,
            requests_per_minute=requests_per_minute,
            key=self._key,
            send=send,
            sleep=sleep,
        )
        self._workers = check_workers(self.name, max_workers)
        self._now = now


def always(value: Value) -> Callable[[], Value]:
    """Return a function of what is known already, where one is wanted that reads it."""
    return lambda: value


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
