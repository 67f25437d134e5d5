"""Alpha Vantage's ways on the wire, turned into those of other vendors, so that one HTTP client serves them all.

- It takes the key in the address only. urllib3 logs addresses, so requests go through ``urllib``, which logs nothing.
- The calendar comes as CSV: it is handed on as JSON, ``{"calendar": [row, ...]}``. A refusal comes in its place with
  the header of the calendar and one letter per column (``I,n,f,o,r,m,a``): it is handed on as ``{"Information": ...}``.
- A request too soon after the last is answered with status 200 and a notice: it is handed on as 429, to be tried again.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
from collections.abc import Mapping
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

from tetra.sources.transport import ConnectionFailed, Parameters, RawAnswer, Send

KEY = "apikey"
"""Name of the parameter with the key; the HTTP client gives it as a header of that name."""

CALENDAR_HEADER = "symbol,name,reportDate"

TOO_SOON = ("spreading out your", "call frequency is")
"""Parts of the notices about requests per second and per minute, of 2025 and of before."""

LONGEST_NOTICE = 2000


class _NoRedirect(HTTPRedirectHandler):
    """Follows none: it could carry the key to another host."""

    def redirect_request(self, *_: object) -> None:
        """Leave the status to be reported."""


def alphavantage_transport() -> Send:
    """Return a transport that speaks to Alpha Vantage."""
    opener = build_opener(_NoRedirect)  # heeds the proxy variables, no_proxy included

    def send(url: str, parameters: Parameters, headers: Mapping[str, str], timeout: float) -> RawAnswer:
        sent = {name: value for name, value in headers.items() if name != KEY}
        query = urlencode({**parameters, KEY: headers.get(KEY, "")})
        # what urllib raises may hold the address, hence the key: it is told by kind, and never chained
        try:
            with opener.open(Request(f"{url}?{query}", headers=sent), timeout=timeout) as answer:
                return _translated(_raw(answer))
        except HTTPError as error:
            with error:
                try:
                    return _raw(error)
                except (OSError, http.client.HTTPException):
                    return RawAnswer(error.code, {}, "")  # the status says enough
        except TimeoutError:
            raise ConnectionFailed(f"no answer within {timeout:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise ConnectionFailed(f"no answer within {timeout:g} s") from None
            raise ConnectionFailed("no connection, or it was cut before the answer was whole") from None

    return send


def _raw(answer: http.client.HTTPResponse | HTTPError) -> RawAnswer:
    status = answer.code if isinstance(answer, HTTPError) else answer.status
    names = {name.lower(): value for name, value in answer.headers.items()}
    return RawAnswer(status, names, answer.read().decode("utf-8", "replace"))


def _translated(raw: RawAnswer) -> RawAnswer:
    if raw.text.startswith(CALENDAR_HEADER):
        return RawAnswer(raw.status, raw.headers, json.dumps(_calendar(raw.text)))
    if len(raw.text) <= LONGEST_NOTICE and any(part in raw.text for part in TOO_SOON):
        return RawAnswer(429, raw.headers, raw.text)
    return raw


def _calendar(text: str) -> dict[str, object]:
    rows = list(csv.DictReader(io.StringIO(text)))
    if rows and all(isinstance(value, str) and len(value) == 1 for value in rows[0].values()):
        letters = "".join(str(value) for value in rows[0].values())
        return {"Information": f"{letters}... instead of the calendar: as a rule the day's requests are used up"}
    return {"calendar": rows}
