"""HTTP to one vendor: asks at the agreed pace, tries again what may pass, and names what cannot be used.

====================================  =========================================================================
answer                                what happens
====================================  =========================================================================
200 with JSON                         returned
a status the caller accepts           returned with its JSON, if any (404 for a symbol the vendor does not have)
429, 5xx, no connection, a stall      tried again after ``Retry-After`` or a doubling wait; in the end
                                      ``SourceUnavailable``: the next source in the list may serve
401, 403 (and what the client adds)   ``SourceUnavailable`` at once, naming the key's environment variable
any other status; 200 without JSON    ``SourceError`` at once, naming the host and what was found
====================================  =========================================================================

Keys travel in a header, never in an address, and are cut out of every answer: nothing quoted or kept can hold one.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from tetra.errors import SettingsError, SourceError, SourceUnavailable
from tetra.sources.http_answers import message, parsed, retry_after, short
from tetra.sources.transport import ConnectionFailed, Parameters, RawAnswer, Send, requests_transport

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 1.0
"""Before the second attempt; doubles with each further one."""

LONGEST_WAIT_SECONDS = 120.0
"""A vendor that asks for more patience than this is passed over: the task would only hold its slot."""

SHORTEST_SECRET = 8
"""Characters of a key that is cut out of data too; a shorter one ("demo") is no secret and may be a word in it."""


@dataclass(frozen=True)
class Answer:
    """An answer that the caller can use: its status, and its JSON (None where a failure brought none) or text."""

    status: int
    content: Any


@dataclass(frozen=True)
class ApiKey:
    """Where a vendor's key is found and how it is sent.

    Parameters
    ----------
    variable : str
        Environment variable.
    header : str
        HTTP header that carries it.
    prefix : str
        Before the key in the header ("Bearer ").
    required : bool
        Whether the vendor serves nothing without it.
    """

    variable: str
    header: str
    prefix: str = ""
    required: bool = True

    def value(self) -> str:
        """Return the key; empty if it is not set and not required.

        Raises
        ------
        SourceUnavailable
            If it is required and not set.
        """
        key = os.environ.get(self.variable, "").strip()
        if self.required and not key:
            raise SourceUnavailable(f"{self.variable} is not set; export the vendor's API key under that name")
        return key


class Pace:
    """Spaces the requests to one host evenly, over all threads; a host that asks for a pause gets it from all.

    Parameters
    ----------
    requests_per_minute : float
        Above zero.
    sleep, clock : callable
        Wait that many seconds; seconds that only ever grow.
    """

    def __init__(
        self, requests_per_minute: float, *, sleep: Callable[[float], None], clock: Callable[[], float]
    ) -> None:
        self._interval = 60.0 / requests_per_minute
        self._sleep = sleep
        self._clock = clock
        self._free_at = clock()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may be sent."""
        with self._lock:
            now = self._clock()
            sends_at = max(now, self._free_at)
            self._free_at = sends_at + self._interval
        if sends_at > now:
            self._sleep(sends_at - now)

    def pause(self, seconds: float) -> None:
        """Send nothing for that long."""
        with self._lock:
            self._free_at = max(self._free_at, self._clock() + seconds)


class HttpClient:
    """One vendor's host.

    Parameters
    ----------
    base_url : str
        Scheme, host and what all paths share.
    timeout_seconds : float
        For the connection, and for each silence while the answer arrives.
    retries : int
        Attempts after the first.
    requests_per_minute : float
        Over all threads.
    key : ApiKey, optional
        Default: the vendor takes none.
    refusals : collection of int
        Statuses that mean: not for you, do not ask again.
    send : callable, optional
        Another transport than ``requests``.
    sleep, clock, wall_clock : callable
        Waiting, growing seconds, and seconds since 1970 (for ``Retry-After`` dates); replaced in tests.

    Raises
    ------
    SettingsError
        If a parameter is out of range.
    """

    def __init__(
        self,
        *,
        base_url: str,
        timeout_seconds: float,
        retries: int,
        requests_per_minute: float,
        key: ApiKey | None = None,
        refusals: Collection[int] = (401, 403),
        send: Send | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise SettingsError(f"sources.yaml: base_url {base_url!r} must be like https://host")
        if not (timeout_seconds > 0 and requests_per_minute > 0 and retries >= 0):
            raise SettingsError(
                f"sources.yaml, {parts.hostname}: timeout_seconds ({timeout_seconds}) and requests_per_minute "
                f"({requests_per_minute}) must be above 0, retries ({retries}) at least 0"
            )
        self.base_url = base_url.rstrip("/")
        self.host = parts.netloc.rpartition("@")[2]
        self._timeout = float(timeout_seconds)
        self._attempts = int(retries) + 1
        self._key = key
        self._refusals = frozenset(refusals)
        self._send = send or requests_transport()
        self._wall_clock = wall_clock
        self._pace = Pace(requests_per_minute, sleep=sleep, clock=clock)

    def get(self, path: str, parameters: Parameters | None = None, *, accept: Collection[int] = ()) -> Answer:
        """Return the JSON at a path.

        Parameters
        ----------
        path : str
            Below ``base_url``, with its leading slash.
        parameters : mapping, optional
            Query parameters.
        accept : collection of int
            Statuses besides 200 that the caller can use.

        Raises
        ------
        SourceUnavailable, SourceError
            As the module's table says.
        """
        raw = self._ask(path, parameters or {}, "application/json")
        content, fault = parsed(raw.text)
        if raw.status in accept or (raw.status == 200 and not fault):
            return Answer(raw.status, content)
        if raw.status == 200:
            raise SourceError(f"{self.host}{path} answered 200 without usable JSON: {self._scrubbed(fault)}")
        raise self._failure(path, raw.status, fault or message(content))

    def get_text(self, path: str, parameters: Parameters | None = None, *, accept: Collection[int] = ()) -> Answer:
        """Return the text at a path, whatever it holds: for pages, which the caller has to recognise.

        Parameters
        ----------
        path, parameters, accept
            As of :meth:`get`.

        Raises
        ------
        SourceUnavailable, SourceError
            As the module's table says, but for 200 without JSON.
        """
        raw = self._ask(path, parameters or {}, "text/html")
        if raw.status == 200 or raw.status in accept:
            return Answer(raw.status, raw.text)
        raise self._failure(path, raw.status, parsed(raw.text)[1] or short(raw.text))

    def _ask(self, path: str, parameters: Parameters, media_type: str) -> RawAnswer:
        headers = {"Accept": media_type}
        secret = self._secret()
        if self._key and secret:
            headers[self._key.header] = self._key.prefix + secret
        raw = self._persist(path, parameters, headers)
        # before anything is quoted, kept or cut short: a vendor may repeat the key, and half of one is no match
        is_data = raw.status == 200 and len(secret) < SHORTEST_SECRET
        return raw if is_data else replace(raw, text=self._scrubbed(raw.text))

    def _failure(self, path: str, status: int, found: str) -> SourceError:
        found = self._scrubbed(found)
        if status in self._refusals:
            remedy = f"; check the key in {self._key.variable} and what its plan covers" if self._key else ""
            return SourceUnavailable(f"{self.host} refuses the request with status {status}: {found}{remedy}")
        return SourceError(f"{self.host}{path} answered {status}: {found}")

    def _secret(self) -> str:
        return self._key.value() if self._key else ""

    def _scrubbed(self, text: str) -> str:
        secret = self._secret()
        return text.replace(secret, "***") if secret else text

    def _persist(self, path: str, parameters: Parameters, headers: Mapping[str, str]) -> RawAnswer:
        """Return the first answer that trying again would not change."""
        for attempt in range(self._attempts):
            self._pace.wait()
            asked: float | None = None
            try:
                raw = self._send(self.base_url + path, parameters, headers, self._timeout)
            except ConnectionFailed as error:
                trouble = str(error)
            else:
                if raw.status != 429 and raw.status < 500:
                    return raw
                trouble = f"status {raw.status}"
                asked = retry_after(raw.headers.get("retry-after"), self._wall_clock)
            wait = FIRST_WAIT_SECONDS * 2.0**attempt if asked is None else asked
            trouble = self._scrubbed(trouble)
            if wait > LONGEST_WAIT_SECONDS:
                raise SourceUnavailable(f"{self.host}: {trouble}, and asks to wait {wait:.0f} s; run again later")
            if attempt + 1 < self._attempts:
                log.info("%s: %s; attempt %s of %s in %.1f s", self.host, trouble, attempt + 2, self._attempts, wait)
            self._pace.pause(wait)
        raise SourceUnavailable(f"{self.host}{path}: {trouble}, {self._attempts} times; run again later")
