"""Historical replay: the real bars of a named window, or a plain statement that they are not there."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios.catalogue import HistoricalEvent, Settings
from tetra.scenarios.scenario import Bars, Scenario, SymbolCoverage, withdraw
from tetra.typing import BoolArray, DateArray, FloatArray, IntArray


def replay(
    event: HistoricalEvent, history: PriceHistory, *, expected: DateArray, as_of: date, settings: Settings
) -> Scenario:
    """Return the scenario of a historical window.

    A symbol is in when it has ``settings.symbol_coverage`` of the window's sessions, the scenario is covered
    when ``settings.min_symbols`` tradable symbols are and all of its required ones. A window that ends after
    the as-of date is cut there, and is covered only if enough of it is known by then.

    Parameters
    ----------
    event : HistoricalEvent
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
    """
    if expected.size == 0:
        raise ScenarioError(f"{event.name}: no session from {event.start_date} to {event.end_date}; correct the dates")
    columns = window_columns(history, expected, as_of=as_of)
    held = np.isfinite(history.close[:, columns]).sum(axis=1)
    shares = held / expected.size
    is_in = shares >= settings.symbol_coverage
    reason = _why_not_covered(event, history, is_in, expected=expected, as_of=as_of, settings=settings)
    coverage = _coverage(history.symbols, held, expected.size, needed=settings.symbol_coverage)
    parameters: dict[str, Any] = {
        "affected_sectors": list(event.affected_sectors),
        "required_symbols": list(event.required_symbols),
        "context_days": settings.context_days,
        "configured_end_date": event.end_date.isoformat(),
        "expected_sessions": int(expected.size),
    }
    key_events = tuple(e.model_dump(mode="json") for e in event.key_events if e.date <= as_of)
    if reason is not None:
        return Scenario(
            name=event.name,
            scenario_type="historical",
            family=event.family,
            start_date=event.start_date,
            end_date=event.end_date,
            coverage=withdraw(coverage),
            reason=reason,
            volatility_multiplier=event.volatility_multiplier,
            parameters=parameters,
            key_events=key_events,
            affected_symbols=event.affected_symbols,
        )
    rows = np.flatnonzero(is_in)
    warmup = warmup_columns(history, rows, first=int(columns[0]), count=settings.warmup_bars)
    return Scenario(
        name=event.name,
        scenario_type="historical",
        family=event.family,
        start_date=event.start_date,
        end_date=min(event.end_date, as_of),
        coverage=coverage,
        sessions=history.sessions[columns],
        warmup=history.sessions[warmup],
        symbols=tuple(history.symbols[row] for row in rows),
        is_tradable=history.is_tradable[rows],
        base_close=_close_before(history, rows, int(columns[0])),
        bars=_bars(history, rows, columns),
        volatility_multiplier=event.volatility_multiplier,
        parameters=parameters | {"warmup_bars": int(warmup.size)},
        key_events=key_events,
        affected_symbols=event.affected_symbols,
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


def _why_not_covered(
    event: HistoricalEvent,
    history: PriceHistory,
    is_in: BoolArray,
    *,
    expected: DateArray,
    as_of: date,
    settings: Settings,
) -> str | None:
    known = int((expected <= np.datetime64(as_of, "D")).sum())
    if known / expected.size < settings.symbol_coverage:
        return (
            f"the window ends {event.end_date}, after the as-of date {as_of}: "
            f"{known} of its {expected.size} sessions are known"
        )
    included = {symbol for symbol, inside in zip(history.symbols, is_in, strict=True) if inside}
    absent = [symbol for symbol in event.required_symbols if symbol not in included]
    if absent:
        return f"required symbol {absent[0]} has too few bars or none in the window"
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
