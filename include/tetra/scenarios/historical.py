"""Historical replay: the real bars of a window, or a plain statement that they are not there.

Named events, spells of a regime and the full history are all windows; :func:`replay_window` makes their scenarios.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import HistoricalEvent, Settings
from tetra.scenarios.scenario import Bars, Scenario, SymbolCoverage, withdraw
from tetra.typing import BoolArray, DateArray, FloatArray, IntArray


@dataclass(frozen=True)
class Window:
    """A stretch of history to replay.

    Parameters
    ----------
    name, scenario_type, family : str
        As in ``scenarios.definitions``.
    start_date, end_date : date
        Both included; neither needs to be a session.
    volatility_multiplier : float
        How much wilder than usual; stored and shown, not applied.
    affected_symbols, required_symbols : tuple of str
        Whom it was about; without which it is not covered.
    key_events : tuple of mapping
        Each with its ``date`` (ISO 8601), ``event`` and ``source``.
    parameters : mapping
        More to be stored, JSON-safe.
    """

    name: str
    scenario_type: str
    family: str
    start_date: date
    end_date: date
    volatility_multiplier: float = 1.0
    affected_symbols: tuple[str, ...] = ()
    required_symbols: tuple[str, ...] = ()
    key_events: tuple[Mapping[str, str], ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


def window_of(event: HistoricalEvent) -> Window:
    """Return the window of a named event."""
    return Window(
        name=event.name,
        scenario_type="historical",
        family=event.family,
        start_date=event.start_date,
        end_date=event.end_date,
        volatility_multiplier=event.volatility_multiplier,
        affected_symbols=event.affected_symbols,
        required_symbols=event.required_symbols,
        key_events=tuple(entry.model_dump(mode="json") for entry in event.key_events),
        parameters={"affected_sectors": list(event.affected_sectors)},
    )


def replay(
    event: HistoricalEvent, history: PriceHistory, *, expected: DateArray, as_of: date, settings: Settings
) -> Scenario:
    """Return the scenario of a named event; see :func:`replay_window`."""
    return replay_window(window_of(event), history, expected=expected, as_of=as_of, settings=settings)


def replay_window(
    window: Window, history: PriceHistory, *, expected: DateArray, as_of: date, settings: Settings
) -> Scenario:
    """Return the scenario of a window of history.

    A symbol is in when it has ``settings.symbol_coverage`` of the window's sessions, the scenario is covered
    when ``settings.min_symbols`` tradable symbols are and all of its required ones. A window that ends after
    the as-of date is cut there, and is covered only if enough of it is known by then.

    Parameters
    ----------
    window : Window
    history : PriceHistory
        As known at ``as_of``; later columns are never looked at.
    expected : ndarray of datetime64[D], shape (n_expected,)
        Every session of the stock calendar in the whole window, future ones included: what coverage is
        measured on.
    as_of : date
    settings : Settings

    Raises
    ------
    ScenarioError
        If the window holds no session at all.

    Notes
    -----
    ``parameters`` names the first and last session of the context, ``settings.context_days`` before and after the
    window and none later than the as-of date. Its bars are for pictures only and stay where they are, in
    ``market_data.ohlcv``.
    """
    if expected.size == 0:
        start, end = window.start_date, window.end_date
        raise ScenarioError(f"{window.name}: no session from {start} to {end}; correct the dates")
    columns = window_columns(history, expected, as_of=as_of)
    held = np.isfinite(history.close[:, columns]).sum(axis=1)
    is_in = held / expected.size >= settings.symbol_coverage
    coverage = _coverage(history.symbols, held, expected.size, needed=settings.symbol_coverage)
    reason = _why_not_covered(window, history, is_in, held, expected=expected, as_of=as_of, settings=settings)
    parameters: dict[str, Any] = {
        **window.parameters,
        "required_symbols": list(window.required_symbols),
        "configured_end_date": window.end_date.isoformat(),
        "expected_sessions": int(expected.size),
        "context_days": settings.context_days,
    }
    scenario = Scenario(
        name=window.name,
        scenario_type=window.scenario_type,
        family=window.family,
        start_date=window.start_date,
        end_date=window.end_date,
        coverage=coverage,
        volatility_multiplier=window.volatility_multiplier,
        parameters=parameters,
        key_events=tuple(e for e in window.key_events if date.fromisoformat(e["date"]) <= as_of),
        affected_symbols=window.affected_symbols,
    )
    if reason is not None:
        return replace(scenario, coverage=withdraw(coverage), reason=reason)
    context = context_of(history, columns, as_of=as_of, days=settings.context_days)
    covered = replace(scenario, end_date=min(window.end_date, as_of), parameters=parameters | context)
    return with_bars(covered, history, np.flatnonzero(is_in), columns, warmup_bars=settings.warmup_bars)


def with_bars(
    scenario: Scenario, history: PriceHistory, rows: IntArray, columns: IntArray, *, warmup_bars: int
) -> Scenario:
    """Return a scenario with the real bars of some symbols and sessions, and up to ``warmup_bars`` before them.

    Parameters
    ----------
    scenario : Scenario
    history : PriceHistory
    rows : ndarray of int, shape (n_series,)
    columns : ndarray of int, shape (n_sessions,)
        Ascending, at least one.
    warmup_bars : int
    """
    first = int(columns[0])
    warmup = warmup_columns(history, rows, first=first, count=warmup_bars)
    return replace(
        scenario,
        sessions=history.sessions[columns],
        warmup=history.sessions[warmup],
        symbols=tuple(history.symbols[row] for row in rows),
        is_tradable=history.is_tradable[rows],
        base_close=_close_before(history, rows, first),
        bars=_bars(history, rows, columns),
        parameters={**scenario.parameters, "warmup_bars": int(warmup.size)},
    )


def window_columns(history: PriceHistory, expected: DateArray, *, as_of: date) -> IntArray:
    """Return the columns of a history that hold a window's sessions, none after the as-of date."""
    known = expected[expected <= np.datetime64(as_of, "D")]
    return np.flatnonzero(np.isin(history.sessions, known)).astype(np.int64)


def warmup_columns(history: PriceHistory, rows: IntArray, *, first: int, count: int) -> IntArray:
    """Return up to ``count`` columns before ``first``, from the first on that holds a bar of these rows."""
    start = max(0, first - count)
    has_bar = np.isfinite(history.close[rows, start:first]).any(axis=0)
    skipped = int(has_bar.argmax()) if has_bar.any() else first - start
    return np.arange(start + skipped, first, dtype=np.int64)


def context_of(history: PriceHistory, columns: IntArray, *, as_of: date, days: int) -> dict[str, str]:
    """Return the first and last session of a window's context: up to ``days`` before and after, none after as-of."""
    known = int(np.searchsorted(history.sessions, np.datetime64(as_of, "D"), side="right"))
    start = max(0, int(columns[0]) - days)
    end = min(int(columns[-1]) + days, known - 1)
    return {"context_start": str(history.sessions[start]), "context_end": str(history.sessions[end])}


def _why_not_covered(
    window: Window,
    history: PriceHistory,
    is_in: BoolArray,
    held: IntArray,
    *,
    expected: DateArray,
    as_of: date,
    settings: Settings,
) -> str | None:
    known = int((expected <= np.datetime64(as_of, "D")).sum())
    if known / expected.size < settings.symbol_coverage:
        return (
            f"the window ends {window.end_date}, after the as-of date {as_of}: "
            f"{known} of its {expected.size} sessions are known"
        )
    counts = dict(zip(history.symbols, held.tolist(), strict=True))
    included = {symbol for symbol, inside in zip(history.symbols, is_in, strict=True) if inside}
    for symbol in window.required_symbols:
        if symbol not in included:
            left_out = ", ".join(other for other in window.affected_symbols if other not in included)
            return (
                f"required symbol {symbol} has {counts.get(symbol, 0)} of the window's {expected.size} sessions, "
                f"{settings.symbol_coverage:.0%} needed" + (f"; affected and not in: {left_out}" if left_out else "")
            )
    tradable = int((is_in & history.is_tradable).sum())
    if tradable < settings.min_symbols:
        return (
            f"{tradable} tradable symbols have {settings.symbol_coverage:.0%} of the window's "
            f"{expected.size} sessions, {settings.min_symbols} are needed"
        )
    return None


def _coverage(symbols: tuple[str, ...], held: IntArray, expected: int, *, needed: float) -> tuple[SymbolCoverage, ...]:
    def entry(symbol: str, count: int) -> SymbolCoverage:
        share = count / expected
        if share >= needed:
            return SymbolCoverage(symbol, True, share, None)
        return SymbolCoverage(symbol, False, share, f"{count} of the window's {expected} sessions, {needed:.0%} needed")

    return tuple(entry(symbol, count) for symbol, count in zip(symbols, held.tolist(), strict=True))


def _close_before(history: PriceHistory, rows: IntArray, first: int) -> FloatArray:
    return history.close[rows, first - 1] if first > 0 else np.full(rows.size, np.nan)


def _bars(history: PriceHistory, rows: IntArray, columns: IntArray) -> Bars:
    everything = Bars(history.open, history.high, history.low, history.close, history.volume)
    return everything.map(lambda field: field[np.ix_(rows, columns)])
