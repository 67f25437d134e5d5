"""Every error Tetra raises on purpose; a message holds the offending value and the remedy.

::

    TetraError
    ├── SettingsError          a setting, environment variable or configuration file is missing or malformed
    ├── PlatformError          a service, port, lock or binary is not as it must be
    ├── SourceError            a data source answered with something unusable
    │   └── SourceUnavailable  the source cannot serve this at all (no key, range beyond its data)
    ├── DataError              stored or landed data breaks a promise
    │   ├── EmptyBatchError    there is nothing to check or to compute on
    │   └── RestatedHistory    a source has adjusted its prices since: they must be landed as a whole
    ├── GateFailed             a critical expectation failed: the chain must stop here
    ├── ScenarioError          a scenario cannot be made as configured
    ├── StrategyError          a strategy is unknown, misconfigured or returns unusable weights
    │   └── LookAheadError     a strategy's past moved when only the future was changed
    └── BacktestError          the engine was given input it must not simulate
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date

MOST_LISTED = 20
"""Valid names that a message lists: a universe has hundreds."""


class TetraError(Exception):
    """Base of all errors raised on purpose."""


class SettingsError(TetraError):
    """A setting, environment variable or configuration file is missing or malformed."""


class PlatformError(TetraError):
    """A service, port, lock or binary is not as it must be."""


class SourceError(TetraError):
    """A data source answered with something unusable."""


class SourceUnavailable(SourceError):
    """A data source cannot serve this request at all; the next one in the list may."""


class DataError(TetraError):
    """Stored or landed data breaks a promise."""


class EmptyBatchError(DataError):
    """There is nothing to check or to compute on."""


class RestatedHistory(DataError):
    """A source has adjusted its prices since they were landed; their whole history must be landed again.

    Parameters
    ----------
    message : str
    symbols : tuple of str
        Whose.
    first_day, last_day : date
        Of the earliest and the latest bar held of any of them.
    """

    def __init__(self, message: str, *, symbols: tuple[str, ...], first_day: date, last_day: date) -> None:
        super().__init__(message)
        self.symbols = symbols
        self.first_day = first_day
        self.last_day = last_day


class GateFailed(TetraError):
    """A critical expectation failed; nothing downstream may run."""


class ScenarioError(TetraError):
    """A scenario cannot be made as configured."""


class StrategyError(TetraError):
    """A strategy is unknown, misconfigured or returns unusable weights."""


class LookAheadError(StrategyError):
    """A strategy's past moved when only the future was changed."""


class BacktestError(TetraError):
    """The engine was given input it must not simulate."""


def unknown_value(kind: str, value: str, known: Iterable[str]) -> str:
    """Return a message for an unknown name that offers the nearest valid one.

    Parameters
    ----------
    kind : str
        What the value names, in the singular ("strategy").
    value : str
        The value as given.
    known : iterable of str
        The valid values.
    """
    choices = sorted(known)
    near = difflib.get_close_matches(value, choices, n=1, cutoff=0.5)
    more = f" and {len(choices) - MOST_LISTED} more" if len(choices) > MOST_LISTED else ""
    hint = f"did you mean {near[0]!r}?" if near else f"valid: {', '.join(choices[:MOST_LISTED]) or 'none'}{more}"
    return f"unknown {kind} {value!r}; {hint}"
