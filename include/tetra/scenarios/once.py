"""A cached property that several threads may ask for at once: the first works it out, the others wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")

LOCK = "_lock_of_once"
"""Where an instance keeps its lock: of each instance its own, so that a long fit holds up nobody else."""


class Once(Generic[Value]):
    """``functools.cached_property`` with a lock around the first call; one value may be worked out from another's."""

    def __init__(self, function: Callable[[Any], Value]) -> None:
        self.function = function
        self.name = function.__name__
        self.__doc__ = function.__doc__

    def __get__(self, instance: Any, owner: Any = None) -> Value:
        """Return the value; found in the instance's dictionary from the second time on, without this call."""
        with instance.__dict__.setdefault(LOCK, threading.RLock()):
            if self.name not in instance.__dict__:
                instance.__dict__[self.name] = self.function(instance)
            value: Value = instance.__dict__[self.name]
            return value
