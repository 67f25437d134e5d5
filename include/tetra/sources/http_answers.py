"""What an answer over HTTP says: its JSON, what is wrong with it, and how long it asks to wait."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

log = logging.getLogger(__name__)

QUOTED_CHARACTERS = 160
"""How much of an unusable answer a message quotes."""


def retry_after(value: str | None, wall_clock: Callable[[], float]) -> float | None:
    """Return the seconds a ``Retry-After`` header asks for (a number or an HTTP date), or None."""
    if value is None:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", value.strip()):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - wall_clock())
    except ValueError:
        log.info("Retry-After %r is neither seconds nor a date", value)
        return None


def parsed(text: str) -> tuple[Any, str]:
    """Return the JSON, and what is wrong if it is none."""
    try:
        return json.loads(text), ""
    except ValueError:
        if not text.strip():
            return None, "an empty answer"
        kind = "an HTML page" if re.match(r"\s*<(!doctype|html|head|body)", text, re.IGNORECASE) else "no whole JSON"
        return None, f"{kind} of {len(text)} characters, beginning {short(text)!r}"


def message(content: Any) -> str:
    """Return what a vendor's JSON says is wrong."""
    if isinstance(content, dict):
        for name in ("error", "message", "msg", "status"):
            if isinstance(content.get(name), str):
                return short(content[name])
    return short(json.dumps(content))


def short(text: str) -> str:
    """Return the beginning of a text on one line."""
    return " ".join(text.split())[:QUOTED_CHARACTERS]
