"""fredapi over a fetch that can be relied on: timeout, retries, pace, paging, and errors with a meaning.

fredapi 0.5.2 asks for everything through one private method, ``Fred.__fetch_data``, which knows no timeout and no
retry, forgets the status of an error, reads one page, and stops at the first value that is not a number.
:class:`FredClient` is fredapi with that one method replaced; building the requests and reading dates and values
stays fredapi's work. What fredapi does not ask for at all, releases and their dates, goes the same way.

FRED answers in XML: ``<observations count= offset= limit=>`` of ``<observation realtime_start= realtime_end= date=
value=/>``, ``<vintage_dates ...>`` of ``<vintage_date>``, ``<release_dates ...>`` of ``<release_date release_id=>``,
``<releases>`` (never paged here) of ``<release id= name=/>``, and ``<error code= message=/>`` with the status of the
error (https://fred.stlouisfed.org/docs/api/fred/errors.html). It asks for the key in the URL, so no URL is logged or
shown.
"""

from __future__ import annotations

import http.client
import logging
import math
from collections.abc import Mapping
from datetime import date
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, build_opener
from xml.etree import ElementTree

from fredapi import Fred  # type: ignore[import-untyped]

from tetra.errors import SourceError, SourceUnavailable
from tetra.sources.http import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Pace

log = logging.getLogger(__name__)

MISSING_VALUE = "."
"""How FRED writes an observation that has no value, such as a market series on a holiday."""

_PAGED = ("observations", "vintage_dates", "release_dates")


class UnknownSeries(SourceUnavailable):
    """FRED has no series of that id; another source may."""


class NoVintages(SourceUnavailable):
    """FRED has the series, ALFRED keeps no history of its releases."""


class _Passing(Exception):
    """An attempt failed in a way that another one may not."""

    def __init__(self, message: str, *, error: type[SourceError], retry_after: float | None = None) -> None:
        super().__init__(message)
        self.error = error
        self.retry_after = retry_after


class _NoRedirect(HTTPRedirectHandler):
    """Follows none: what FRED documents has none, and the address holds the key."""

    def redirect_request(self, *_: object) -> None:
        """Leave the status to be reported."""


class FredClient(Fred):  # type: ignore[misc]
    """fredapi with a base URL of its own and a fetch that can be relied on.

    Parameters
    ----------
    api_key : str
    base_url : str
        Of the API.
    timeout_seconds : float
        For the connection, and for each silence while the answer arrives.
    retries : int
        Attempts after the first, at least 0.
    pace : Pace
        Shared by all clients of the API.

    Attributes
    ----------
    unreadable : list of (str, mapping of str to str)
        Observations and release dates taken out of the answers because they cannot be read: why, and the record.
    """

    def __init__(self, api_key: str, *, base_url: str, timeout_seconds: float, retries: int, pace: Pace) -> None:
        # not fredapi's own __init__: where a proxy is set it replaces urllib's opener for the whole process
        self.api_key = api_key
        self.root_url = base_url.rstrip("/")
        self.unreadable: list[tuple[str, Mapping[str, str]]] = []
        self._timeout = timeout_seconds
        self._attempts = retries + 1
        self._pace = pace
        self._opener = build_opener(_NoRedirect)  # heeds the proxy variables, no_proxy included

    def release_of(self, series_id: str) -> tuple[str, str]:
        """Return id and name of the release that a series is published with.

        Raises
        ------
        UnknownSeries
            If FRED does not know the series, or names no release of it.
        SourceUnavailable, SourceError
            As for observations.
        """
        found = self._Fred__fetch_data(f"{self.root_url}/series/release?series_id={quote(series_id, safe='')}")
        release = found.find("release")
        if release is None or not release.get("id") or not release.get("name"):
            raise UnknownSeries(f"FRED names no release of {series_id}")
        return release.attrib["id"], release.attrib["name"]

    def release_dates(self, release_id: str, start: date, end: date) -> list[date]:
        """Return the days of a release, past and scheduled, ascending.

        Parameters
        ----------
        release_id : str
            As :meth:`release_of` gives it.
        start, end : date
            First and last day, both included.

        Raises
        ------
        SourceUnavailable, SourceError
            As for observations.
        """
        # days without data are those to come, and those whose data FRED has not (yet)
        found = self._Fred__fetch_data(
            f"{self.root_url}/release/dates?release_id={quote(release_id, safe='')}&realtime_start={start}"
            f"&realtime_end={end}&include_release_dates_with_no_data=true"
        )
        days = {date.fromisoformat(record.text or "") for record in found}
        return sorted(day for day in days if start <= day <= end)

    def _Fred__fetch_data(self, url: str) -> ElementTree.Element:  # noqa: N802  (fredapi's private method, by its mangled name)
        """Return FRED's answer as one element: all pages of it, less what has no value or cannot be read.

        Raises
        ------
        UnknownSeries, NoVintages
            If FRED says so of the series.
        SourceUnavailable
            If the key is refused, or no attempt got an answer.
        SourceError
            If FRED refuses the request, or its answer cannot be used.
        """
        whole = self._answer(url)
        total, offset = int(whole.get("count", len(whole))), len(whole)
        while offset < total:
            page = self._answer(f"{url}&offset={offset}")
            if len(page) == 0:
                raise SourceError(f"source 'fred' gave {offset} of {total} records, then an empty page; run again")
            whole.extend(page)
            offset += len(page)
        for record in list(whole):
            reason = _unreadable(record)
            if reason:
                self.unreadable.append((reason, {"date": record.text or "", **record.attrib}))
            if reason or record.get("value") == MISSING_VALUE:  # fredapi's NaN turns into NaT among its dates
                whole.remove(record)
        return whole

    def _answer(self, url: str) -> ElementTree.Element:
        for attempt in range(self._attempts):
            self._pace.wait()
            try:
                return self._attempt(url)
            except _Passing as passing:
                failure = passing
            delay = FIRST_WAIT_SECONDS * 2.0**attempt if failure.retry_after is None else failure.retry_after
            if delay > LONGEST_WAIT_SECONDS:
                raise SourceUnavailable(f"source 'fred': {failure}, and asks to wait {delay:.0f} s; run again later")
            if attempt + 1 < self._attempts:
                log.info("fred: %s; attempt %s of %s in %.1f s", failure, attempt + 2, self._attempts, delay)
            self._pace.pause(delay)
        raise failure.error(f"source 'fred': {failure}, {self._attempts} times; run again later")

    def _attempt(self, url: str) -> ElementTree.Element:
        # what urllib raises may hold the URL, hence the key: it is told by kind, and never chained
        try:
            with self._opener.open(f"{url}&api_key={quote(self.api_key, safe='')}", timeout=self._timeout) as response:
                body = response.read()
        except HTTPError as error:
            with error:
                status, headers = error.code, dict(error.headers.items())
                try:
                    body = error.read()
                except (OSError, http.client.HTTPException):
                    body = b""  # the status says enough
            raise self._refusal(status, headers, _message(body)) from None
        except TimeoutError:
            raise _Passing("no answer in time", error=SourceUnavailable) from None
        except (OSError, http.client.HTTPException) as error:
            kind = type(getattr(error, "reason", error)).__name__
            raise _Passing(f"the connection failed ({kind})", error=SourceUnavailable) from None
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError as error:
            raise _Passing(f"the answer is not whole XML ({error})", error=SourceError) from None
        if root.tag == "error":
            code = root.get("code", "")
            raise self._refusal(int(code) if code.isdecimal() else 400, {}, root.get("message", ""))
        if root.tag != "releases" and (root.tag not in _PAGED or not root.get("count", "").isdecimal()):
            raise _Passing(f"the answer is a document of <{root.tag}>, not FRED's", error=SourceError)
        return root

    def _refusal(self, status: int, headers: Mapping[str, str], message: str) -> Exception:
        """Return the error that an HTTP status and FRED's message stand for."""
        message = message.replace(self.api_key, "***")
        said = f"status {status}" + (f": {message}" if message else "")
        if status == 429 or status >= 500:
            return _Passing(said, error=SourceUnavailable, retry_after=_retry_after(headers))
        if "api_key" in message or status in (401, 403):
            return SourceUnavailable(f"source 'fred' refused the key ({said}); correct FRED_API_KEY")
        if "does not exist in ALFRED" in message:
            return NoVintages(said)
        if status == 404 or "series does not exist" in message:
            return UnknownSeries(said)
        return SourceError(f"source 'fred' refused the request ({said})")


def _message(body: bytes) -> str:
    try:
        return " ".join(ElementTree.fromstring(body).get("message", "").split())
    except ElementTree.ParseError:
        return ""  # a page of some gateway; its status says enough


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, from either of its forms (RFC 9110, 10.2.3)."""
    fields = {name.lower(): value for name, value in headers.items()}
    text = fields.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        # against the server's own clock, which may differ from ours
        seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(fields["date"])).total_seconds()
    except (KeyError, ValueError, TypeError):
        return None
    return max(seconds, 0.0)


def _unreadable(record: ElementTree.Element) -> str:
    """Return why a record cannot be read, or nothing."""
    if record.tag == "vintage_date":
        if not _is_date(record.text):
            raise SourceError(f"source 'fred' gave {record.text!r} as a vintage date")
        return ""
    if record.tag in ("release", "release_date"):
        return "" if record.tag == "release" or _is_date(record.text) else "release date is not a date"
    if not _is_date(record.get("date")):
        return "observation date is not a date"
    if not _is_date(record.get("realtime_start")):
        return "release date is not a date"
    value = record.get("value")
    return "" if value == MISSING_VALUE or _is_number(value) else "value is not a number"


def _is_date(text: str | None) -> bool:
    try:
        return date.fromisoformat(text or "").isoformat() == text
    except ValueError:
        return False


def _is_number(text: str | None) -> bool:
    try:
        return math.isfinite(float(text or ""))
    except ValueError:
        return False
