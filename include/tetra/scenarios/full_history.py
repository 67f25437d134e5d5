"""The full history: one scenario of everything up to the as-of date, which walk-forward and luck statistics run on.

It begins as soon as the warm-up of enough symbols is over, and ends at the as-of date. Unlike a named window it holds
every symbol with a continuous record of its own, however late that begins or early it ends: before its first bar and
after its last a symbol has no bars, and none are made up. The backtest fills no order without a bar: until its first a
symbol's cell earns nothing, and after its last it keeps its position at the last price.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from tetra.data.prices import PriceHistory
from tetra.scenarios.catalogue import Settings
from tetra.scenarios.historical import with_bars
from tetra.scenarios.scenario import Scenario, SymbolCoverage, withdraw
from tetra.typing import FloatArray, IntArray

NAME = "Full History"
TYPE = "full_history"

LEAST_BARS = 2
"""Of a symbol in the window: one close has no return."""


def full_history(history: PriceHistory, settings: Settings, as_of: date) -> Scenario:
    """Return the scenario of everything up to the as-of date.

    Parameters
    ----------
    history : PriceHistory
        As known at ``as_of``; later columns are never looked at.
    settings : Settings
        ``warmup_bars`` precede the window, counted from the session on which ``min_symbols`` tradable symbols have had
        their first bar. A symbol is in when it has ``symbol_coverage`` of the sessions from its first bar in the window
        to its last.
    as_of : date
    """
    known = int(np.searchsorted(history.sessions, np.datetime64(as_of, "D"), side="right"))
    first = _first_column(history, settings, known=known)
    sessions, close = history.sessions[first:known], history.close[:, first:known]
    coverage = _coverage(history.symbols, close, needed=settings.symbol_coverage)
    is_in = np.array([entry.is_included for entry in coverage], dtype=np.bool_)
    scenario = Scenario(
        name=NAME,
        scenario_type=TYPE,
        family=TYPE,
        start_date=sessions[0].item() if sessions.size else as_of,
        end_date=as_of,
        coverage=coverage,
        parameters={"expected_sessions": int(sessions.size)},
    )
    tradable = int((is_in & history.is_tradable).sum())
    if tradable < settings.min_symbols:
        reason = (
            f"{tradable} tradable symbols have bars in the {sessions.size} sessions up to {as_of} that follow a "
            f"warm-up of {settings.warmup_bars}, {settings.min_symbols} are needed"
        )
        return replace(scenario, coverage=withdraw(coverage), reason=reason)
    columns = np.arange(first, known, dtype=np.int64)
    return with_bars(scenario, history, np.flatnonzero(is_in), columns, warmup_bars=settings.warmup_bars)


def own_coverage(close: FloatArray) -> FloatArray:
    """Return the share of sessions, from a series' first close to its last, on which it has one.

    Parameters
    ----------
    close : ndarray of shape (n_series, n_sessions)
        NaN where there is no bar.

    Returns
    -------
    ndarray of shape (n_series,)
        0 to 1; 0 for a series without a close.
    """
    held = np.isfinite(close)
    if close.shape[1] == 0:
        return np.zeros(close.shape[0])
    return np.where(held.any(axis=1), held.sum(axis=1) / _lifetimes(close), 0.0)


def _lifetimes(close: FloatArray) -> IntArray:
    """Return how many sessions lie between a series' first close and its last, both counted."""
    held = np.isfinite(close)
    lifetimes: IntArray = close.shape[1] - held[:, ::-1].argmax(axis=1) - held.argmax(axis=1)
    return lifetimes


def _first_column(history: PriceHistory, settings: Settings, *, known: int) -> int:
    """Return the column the window begins with; ``known`` where the warm-up is not over by the as-of date."""
    held = np.isfinite(history.close[history.is_tradable, :known])
    begun = np.sort(held.argmax(axis=1)[held.any(axis=1)])
    if begun.size < settings.min_symbols:
        return known
    return min(int(begun[settings.min_symbols - 1]) + settings.warmup_bars, known)


def _coverage(symbols: tuple[str, ...], close: FloatArray, *, needed: float) -> tuple[SymbolCoverage, ...]:
    held = np.isfinite(close).sum(axis=1)
    shares = own_coverage(close)

    def entry(symbol: str, count: int, share: float) -> SymbolCoverage:
        if count < LEAST_BARS:
            return SymbolCoverage(symbol, False, share, f"too few bars in the window: {count}, {LEAST_BARS} needed")
        if share < needed:
            reason = f"{share:.1%} of the sessions from its first bar to its last, {needed:.0%} needed"
            return SymbolCoverage(symbol, False, share, reason)
        return SymbolCoverage(symbol, True, share, None)

    return tuple(map(entry, symbols, held.tolist(), shares.tolist()))
