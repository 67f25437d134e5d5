"""Macro series from FRED, each value with the day it became public (https://fred.stlouisfed.org/docs/api/fred/).

FRED's archive of vintages (ALFRED) says from when to when each value was the newest one. One row is landed per value
that an observation has had, with the first day of that time as ``released_on``:

- Its first row is the first release; every later one is a revision. The same value in two vintages is one row. A value
  that was withdrawn (FRED's ``.``) is no row.
- What the oldest vintage already held became public on that day or, for most of it, years before: FRED does not say,
  so ``released_on`` is NaT.
- Series that ALFRED does not keep (some market series of private owners) come as they stand today, ``released_on`` NaT.
- Daily market series (yields, spreads, oil, dollar) are handled the same way: they are hardly ever revised, so nearly
  every observation has one row, its first release.

A request of FRED may span 2,000 vintages at most, fewer than a daily series has: their dates are asked first, and the
real-time period is cut into pieces that start on a vintage, none older than the last one before the days asked for.
A piece reports what was known at its start as released on its first day; such a repetition of a known value is dropped.
So the last 400 days of any series are two requests, whatever the day: its vintages, and the values since the last one
before those days, with every revision since.

The days of the releases themselves, past and scheduled, are the economic calendar (:mod:`tetra.sources.fred_calendar`).
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import ClassVar

import numpy as np
import pandas as pd

from tetra.errors import SettingsError, SourceUnavailable
from tetra.sources.base import DataKind, MacroBatch, MacroRequest, RejectedRecord, Source
from tetra.sources.fred_calendar import release_calendar
from tetra.sources.fred_client import FredClient, NoVintages, UnknownSeries
from tetra.sources.http import Pace
from tetra.sources.record_types import EconomicEvent, RecordBatch, RecordRequest
from tetra.typing import DateArray, FloatArray

log = logging.getLogger(__name__)

KEY_VARIABLE = "FRED_API_KEY"

NOT_A_DAY = np.datetime64("NaT", "D")


class FredSource(Source):
    """Macro series with their release dates, and the calendar of releases, over fredapi.

    Parameters
    ----------
    base_url : str
        Of the API.
    timeout_seconds : float
        For the connection, and for each silence while an answer arrives.
    retries : int
        Attempts after the first, for what may pass.
    requests_per_minute : float
        FRED allows 120.
    vintages_per_request : int
        Most vintages that one request may span; FRED allows 2,000.
    sleep, clock : callable
        Waiting, and growing seconds; replaced in tests.

    Raises
    ------
    SettingsError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "fred"
    kinds: ClassVar[frozenset[DataKind]] = frozenset({"macro", "economic_events"})

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float,
        retries: int,
        requests_per_minute: float,
        vintages_per_request: int,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not (timeout_seconds > 0 and requests_per_minute > 0 and retries >= 0 and vintages_per_request >= 1):
            raise SettingsError(
                f"sources.yaml, sources.fred: timeout_seconds ({timeout_seconds}) and requests_per_minute "
                f"({requests_per_minute}) must be above 0, retries ({retries}) at least 0, vintages_per_request "
                f"({vintages_per_request}) at least 1"
            )
        self._base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._retries = retries
        self._vintages_per_request = vintages_per_request
        self._pace = Pace(requests_per_minute, sleep=sleep, clock=clock)

    def macro(self, request: MacroRequest) -> Iterator[MacroBatch]:
        """Yield one batch per series that has observations in the range.

        Raises
        ------
        SourceUnavailable
            If ``FRED_API_KEY`` is not set or is refused, FRED does not answer, or no series asked for has an
            observation in the range.
        SourceError
            If FRED's answer cannot be used.
        """
        api_key = _api_key()
        unknown: list[str] = []
        served = False
        for series_id in request.series_ids:
            client = self._client(api_key)
            try:
                batch = self._batch(client, series_id, request.start, request.end)
            except UnknownSeries as error:
                log.warning("fred: %s is left to other sources: %s", series_id, error)
                unknown.append(series_id)
                continue
            if batch.values.size or batch.rejected:
                served = True
                yield batch
        if not served:
            reason = f"; it does not know {', '.join(unknown)}" if unknown else ""
            raise SourceUnavailable(
                f"source 'fred' has no observation of {', '.join(request.series_ids)} "
                f"from {request.start} to {request.end}{reason}"
            )

    def economic_events(self, request: RecordRequest) -> Iterator[RecordBatch[EconomicEvent]]:
        """Yield one batch of the days on which the series asked for were, or will be, released.

        Raises
        ------
        SourceUnavailable
            If ``FRED_API_KEY`` is not set or is refused, FRED does not answer, or it knows no series asked for.
        SourceError
            If FRED's answer cannot be used.
        """
        yield release_calendar(self._client(_api_key()), request, self.name)

    def _client(self, api_key: str) -> FredClient:
        return FredClient(
            api_key,
            base_url=self._base_url,
            timeout_seconds=self._timeout_seconds,
            retries=self._retries,
            pace=self._pace,
        )

    def _batch(self, client: FredClient, series_id: str, start: date, end: date) -> MacroBatch:
        vintages = _vintages(client, series_id)
        if vintages.size:
            pieces = [
                _releases(client, series_id, first, last, start, end)
                for first, last in _real_time_periods(vintages, start, self._vintages_per_request)
            ]
            observed, released, values = (np.concatenate(column) for column in zip(*pieces, strict=True))
            observed, released, values = _distinct(observed, released, values)
            # before its own period it is a forecast, which landing refuses; its day is kept for the reason
            released[(released == vintages[0]) & (released >= observed)] = NOT_A_DAY
        else:
            observed, released, values = _as_it_stands(client, series_id, start, end)
        return MacroBatch(
            series_id=series_id,
            source=self.name,
            observation_dates=observed,
            released_on=released,
            values=values,
            rejected=tuple(self._rejected(series_id, reason, record) for reason, record in client.unreadable),
        )

    def _rejected(self, series_id: str, reason: str, record: Mapping[str, str]) -> RejectedRecord:
        observed, released = record.get("date", ""), record.get("realtime_start", "")
        content = {
            "series_id": series_id,
            "observation_date": observed,
            "released_on": released,
            "value": record.get("value"),
        }
        return RejectedRecord(f"{series_id}|{observed}|{released}", self.name, reason, content)


def _api_key() -> str:
    api_key = os.environ.get(KEY_VARIABLE, "").strip()
    if not api_key:
        raise SourceUnavailable(
            f"source 'fred' needs a key: set {KEY_VARIABLE} (free of charge from fredaccount.stlouisfed.org)"
        )
    return api_key


def _vintages(client: FredClient, series_id: str) -> DateArray:
    """Return the days on which values of a series were added or revised, ascending; none where none are kept."""
    try:
        days = client.get_series_vintage_dates(series_id)
    except NoVintages:
        days = []
    return np.sort(np.array(days, dtype="datetime64[D]"))


def _real_time_periods(vintages: DateArray, start: date, vintages_per_request: int) -> list[tuple[str, str]]:
    """Return first and last days of periods that together hold every vintage which may tell of ``start`` or later."""
    before = int(np.searchsorted(vintages, np.datetime64(start, "D"), side="left"))
    firsts = vintages[max(before - 1, 0) :: vintages_per_request]
    lasts = [str(day - 1) for day in firsts[1:]]
    return list(zip(map(str, firsts), [*lasts, FredClient.latest_realtime_end], strict=True))


def _releases(
    client: FredClient, series_id: str, first: str, last: str, start: date, end: date
) -> tuple[DateArray, DateArray, FloatArray]:
    # get_series_all_releases has no argument for a range of observations, but takes realtime_end into the URL as it is
    frame = client.get_series_all_releases(
        series_id,
        realtime_start=first,
        realtime_end=f"{last}&observation_start={start}&observation_end={end}",
    )
    if frame.empty:
        return _days([]), _days([]), np.empty(0)
    return _days(frame["date"]), _days(frame["realtime_start"]), frame["value"].to_numpy(dtype=np.float64)


def _as_it_stands(
    client: FredClient, series_id: str, start: date, end: date
) -> tuple[DateArray, DateArray, FloatArray]:
    series = client.get_series(series_id, observation_start=start, observation_end=end).astype(np.float64)
    observed = _days(series.index)
    return observed, np.full(observed.size, NOT_A_DAY), series.to_numpy()


def _distinct(observed: DateArray, released: DateArray, values: FloatArray) -> tuple[DateArray, DateArray, FloatArray]:
    """Return the rows by observation and release, without those that repeat the value before."""
    order = np.lexsort((released, observed))
    observed, released, values = observed[order], released[order], values[order]
    is_new = np.ones(values.size, dtype=np.bool_)
    is_new[1:] = (observed[1:] != observed[:-1]) | (values[1:] != values[:-1])
    return observed[is_new], released[is_new], values[is_new]


def _days(moments: object) -> DateArray:
    return pd.to_datetime(pd.Series(moments, dtype=object)).to_numpy().astype("datetime64[D]")
