"""One request over the wire, with ``requests``: no retries, no judgement; :mod:`tetra.sources.http` adds those."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import TypeAlias
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from tetra.errors import SourceError

Parameters: TypeAlias = Mapping[str, str | int]


class ConnectionFailed(Exception):
    """A transport got no whole answer; holds the reason, never the address."""


@dataclass(frozen=True)
class RawAnswer:
    """What came over the wire.

    Parameters
    ----------
    status : int
        HTTP status.
    headers : mapping of str to str
        Names in lower case.
    text : str
        The body.
    """

    status: int
    headers: Mapping[str, str]
    text: str


Send: TypeAlias = Callable[[str, Parameters, Mapping[str, str], float], RawAnswer]
"""A transport: address, parameters, headers and timeout to an answer, or ``ConnectionFailed``."""


def requests_transport() -> Send:
    """Return a transport over ``requests``: connections kept open, no redirects, no cookies."""
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount("https://", HTTPAdapter(pool_maxsize=32))
    session.mount("http://", HTTPAdapter(pool_maxsize=32))

    def send(url: str, parameters: Parameters, headers: Mapping[str, str], timeout: float) -> RawAnswer:
        try:
            # a redirect could carry the key to another host, so none is followed
            with session.get(
                url, params=parameters, timeout=timeout, allow_redirects=False, auth=_Headers(headers)
            ) as found:
                answered = {name.lower(): value for name, value in found.headers.items()}
                return RawAnswer(found.status_code, answered, found.content.decode("utf-8", "replace"))
        except requests.Timeout as error:
            raise ConnectionFailed(f"no answer within {timeout:g} s") from error
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise ConnectionFailed("no connection, or it was cut before the answer was whole") from error
        except requests.RequestException as error:
            raise SourceError(f"{urlsplit(url).netloc}: {type(error).__name__}") from error

    return send


class _Headers(AuthBase):
    """Sets our headers last: a ``.netrc`` of whoever runs the task would otherwise replace Authorization."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request
