"""The real days that synthetic scenarios are drawn from, and the path that a sequence of drawn days makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from tetra.data.prices import PriceHistory
from tetra.scenarios.scenario import Bars, SymbolCoverage
from tetra.typing import BoolArray, DateArray, FloatArray, IntArray

NEARLY_ALL = 0.95
"""Share of the sessions from which a symbol that is left out is told by name."""


@dataclass(frozen=True)
class Lookback:
    """The last sessions up to the as-of date, of the symbols that have all of them.

    Parameters
    ----------
    symbols : tuple of str, length n_series
        Sorted.
    is_tradable : ndarray of bool, shape (n_series,)
    sessions : ndarray of datetime64[D], shape (n_days,)
        The days that can be drawn; each has a session before it.
    bars : Bars of shape (n_series, n_days)
        Their real bars; positive prices where there are any.
    previous_close : ndarray of shape (n_series, n_days)
        The close of the session before each.
    """

    symbols: tuple[str, ...]
    is_tradable: BoolArray
    sessions: DateArray
    bars: Bars
    previous_close: FloatArray

    @property
    def last_close(self) -> FloatArray:
        """Closes at the as-of date, shape (n_series,): where paths start."""
        return self.bars.close[:, -1]

    def ratios(self) -> Bars:
        """Return each day's prices over the close before it (its bar's shape); volume as it is."""
        return self.bars.map_prices(lambda price: price / self.previous_close)


def select(history: PriceHistory, *, days: int) -> tuple[Lookback | None, tuple[SymbolCoverage, ...]]:
    """Return the lookback of a history's last sessions, and which symbols are in it.

    Parameters
    ----------
    history : PriceHistory
        Ends at the as-of date.
    days : int
        Sessions to draw from; one more is needed, as the first has to have a session before it.

    Returns
    -------
    Lookback or None
        None when the history is shorter than that.
    tuple of SymbolCoverage
        One per symbol of the history. A symbol is left out for a single missing close, as days are drawn
        jointly, and a tradable one for a price that is not positive, as no return leads to or from it.
    """
    needed = days + 1
    held = np.isfinite(history.close[:, -needed:]).sum(axis=1)
    positive = _all_positive(history, needed) | ~history.is_tradable
    is_in = (held == needed) & positive
    coverage = tuple(
        SymbolCoverage(symbol, bool(inside), float(count / needed), _why_left_out(inside, int(count), needed))
        for symbol, inside, count in zip(history.symbols, is_in, held, strict=True)
    )
    if history.sessions.size < needed:
        return None, coverage
    rows = np.flatnonzero(is_in)
    real = Bars(history.open, history.high, history.low, history.close, history.volume)
    lookback = Lookback(
        symbols=tuple(history.symbols[row] for row in rows),
        is_tradable=history.is_tradable[rows],
        sessions=history.sessions[-days:],
        bars=real.map(lambda field: field[rows, -days:]),
        previous_close=history.close[rows, -needed:-1],
    )
    return lookback, coverage


def nearly_covered(coverage: Iterable[SymbolCoverage]) -> dict[str, str]:
    """Return why symbols with nearly all of the sessions are left out: a single missing close will do."""
    return {
        entry.symbol: entry.reason for entry in coverage if entry.reason is not None and entry.coverage >= NEARLY_ALL
    }


def compound(lookback: Lookback, draws: IntArray, ratios: Bars) -> Bars:
    """Return the paths that a sequence of daily price ratios makes from the last close.

    Parameters
    ----------
    lookback : Lookback
    draws : ndarray of int, shape (n_sessions,)
        The day drawn for each session, the same for all symbols.
    ratios : Bars of shape (n_series, n_sessions)
        Prices over the close before; volume is taken as it is.

    Returns
    -------
    Bars of shape (n_series, n_sessions)
        Series that nobody trades take the **level** of the drawn day instead: cumulated as returns, a
        mean-reverting series such as VIX wanders off (3 to 541 was measured).
    """
    start = lookback.last_close[:, None]
    close = start * np.cumprod(ratios.close, axis=1)
    previous = np.concatenate([start, close[:, :-1]], axis=1)
    open_, high, low = previous * ratios.open, previous * ratios.high, previous * ratios.low
    paths = Bars(open_, high, low, close, ratios.volume.copy())
    levels = np.flatnonzero(~lookback.is_tradable)
    for path, real in zip(paths.fields, lookback.bars.fields, strict=True):
        path[levels] = real[np.ix_(levels, draws)]
    return paths


def at_draws(bars: Bars, draws: IntArray) -> Bars:
    """Return the columns of some bars in the order drawn."""
    return bars.map(lambda field: np.take(field, draws, axis=1))


def _all_positive(history: PriceHistory, needed: int) -> BoolArray:
    fields = (history.open, history.high, history.low, history.close)
    # a missing open, high or low is no price at all, so it is not a bad one
    positive: BoolArray = np.logical_and.reduce([~(field[:, -needed:] <= 0.0).any(axis=1) for field in fields])
    return positive


def _why_left_out(is_in: bool, held: int, needed: int) -> str | None:
    if is_in:
        return None
    if held < needed:
        return f"{held} of the last {needed} sessions; days are drawn jointly, so all are needed"
    return f"a price of the last {needed} sessions is not positive, so no return leads to or from it"
