"""A cached property that several threads may ask for at once: the first works it out, the others wait for it."""

from __future__ import annotations

import functools
import threading
from typing import Any, TypeVar, cast

Value = TypeVar("Value")

LOCK = threading.RLock()


class once(functools.cached_property[Value]):  # noqa: N801 - used as a decorator, as property is
    """``functools.cached_property`` with a lock around the first call; one value may be worked out from another."""

    def __get__(self, instance: Any, owner: Any = None) -> Value:
        """Return the value; found in the instance's dictionary from the second time on, without this call."""
        with LOCK:
            return cast(Value, super().__get__(instance, owner))
