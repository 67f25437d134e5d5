"""What a generator makes: a scenario with its paths, the symbols considered and the checks passed or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import numpy as np

from tetra.typing import BoolArray, DateArray, FloatArray

Status = Literal["ready", "not_covered"]
CheckStatus = Literal["PASS", "WARN", "FAIL"]


@dataclass(frozen=True)
class Bars:
    """Bars of many series: arrays of shape (n_series, n_sessions), NaN where there is no such value."""

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray

    @property
    def fields(self) -> tuple[FloatArray, ...]:
        """Open, high, low, close and volume."""
        return self.open, self.high, self.low, self.close, self.volume

    def map(self, change: Callable[[FloatArray], FloatArray]) -> Bars:
        """Return bars with every field changed in the same way."""
        return Bars(*(change(field) for field in self.fields))

    def map_prices(self, change: Callable[[FloatArray], FloatArray]) -> Bars:
        """Return bars with open, high, low and close changed in the same way, and volume as it is."""
        return Bars(change(self.open), change(self.high), change(self.low), change(self.close), self.volume)


@dataclass(frozen=True)
class SymbolCoverage:
    """Whether a symbol is in a scenario.

    Parameters
    ----------
    symbol : str
    is_included : bool
    coverage : float
        Share of the sessions needed that the symbol has, 0 to 1.
    reason : str or None
        Why it is left out; None when included.
    """

    symbol: str
    is_included: bool
    coverage: float
    reason: str | None


@dataclass(frozen=True)
class Check:
    """The outcome of one check on a scenario's paths; a bound that is None does not exist."""

    check_name: str
    status: CheckStatus
    observed: float | None
    lower_bound: float | None
    upper_bound: float | None


@dataclass(frozen=True)
class Scenario:
    """One scenario, ready to be stored.

    Parameters
    ----------
    name, scenario_type, family : str
        As in ``scenarios.definitions``.
    start_date, end_date : date
        Of the window; for a window not covered, as configured.
    coverage : tuple of SymbolCoverage
        Every symbol considered.
    reason : str or None
        Why the scenario is not covered; None when it is ready.
    sessions : ndarray of datetime64[D], shape (n_sessions,)
        Of the window; empty when not covered.
    warmup : ndarray of datetime64[D], shape (n_warmup,)
        Sessions of the real bars that precede the window.
    symbols : tuple of str, length n_series
        Those included, sorted.
    is_tradable : ndarray of bool, shape (n_series,)
    base_close : ndarray of shape (n_series,)
        Last close before the window; NaN where there is none.
    bars : Bars or None
        Paths over the window; None when not covered.
    seed : int or None
        None where nothing is random.
    volatility_multiplier : float
    parameters : mapping
        What the generator was told and what it found, JSON-safe.
    key_events : tuple of mapping
        Dates, events and their sources, none later than the as-of date.
    affected_symbols : tuple of str
    commission_multiplier, spread_multiplier : ndarray of shape (n_sessions,), or None
        What costs are multiplied by on each session of the window; None means 1 throughout.
    """

    name: str
    scenario_type: str
    family: str
    start_date: date
    end_date: date
    coverage: tuple[SymbolCoverage, ...]
    reason: str | None = None
    sessions: DateArray = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    warmup: DateArray = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    symbols: tuple[str, ...] = ()
    is_tradable: BoolArray = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    base_close: FloatArray = field(default_factory=lambda: np.empty(0))
    bars: Bars | None = None
    seed: int | None = None
    volatility_multiplier: float = 1.0
    parameters: Mapping[str, Any] = field(default_factory=dict)
    key_events: tuple[Mapping[str, str], ...] = ()
    affected_symbols: tuple[str, ...] = ()
    commission_multiplier: FloatArray | None = None
    spread_multiplier: FloatArray | None = None

    @property
    def status(self) -> Status:
        """Whether there are paths to backtest on."""
        return "ready" if self.bars is not None else "not_covered"

    @property
    def expected_return(self) -> float | None:
        """Mean over tradable symbols of the window's total return, as a fraction; None where none is defined.

        A symbol's return counts from its last close before the window, so the window's first day counts too;
        from its first close inside where there is none before.
        """
        if self.bars is None:
            return None
        returns = total_returns(self.base_close, self.bars.close)[self.is_tradable]
        defined = returns[np.isfinite(returns)]
        return float(defined.mean()) if defined.size else None


def withdraw(coverage: tuple[SymbolCoverage, ...]) -> tuple[SymbolCoverage, ...]:
    """Return the coverage of a scenario that is not covered: nobody is in, and each symbol says why."""
    reason = "the scenario is not covered"
    return tuple(replace(entry, is_included=False, reason=reason) if entry.is_included else entry for entry in coverage)


def total_returns(base_close: FloatArray, close: FloatArray) -> FloatArray:
    """Return each series' total return over a window.

    Parameters
    ----------
    base_close : ndarray of shape (n_series,)
        Last close before the window; NaN starts the series at its first close.
    close : ndarray of shape (n_series, n_sessions)
        NaN where there is no bar; at least one value per series.

    Returns
    -------
    ndarray of shape (n_series,)
        Fractions; NaN where the starting price is not positive or there is no close at all.
    """
    held = np.isfinite(close)
    rows = np.arange(close.shape[0])
    first = close[rows, held.argmax(axis=1)]
    last = close[rows, close.shape[1] - 1 - held[:, ::-1].argmax(axis=1)]
    start = np.where(np.isfinite(base_close), base_close, first)
    undefined = ~(start > 0.0)
    returns = last / np.where(undefined, 1.0, start) - 1.0
    return np.where(undefined, np.nan, returns)
