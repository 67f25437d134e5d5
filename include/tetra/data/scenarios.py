"""Stored scenarios: what there is of an as-of date, and the panels that backtests run on."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import class_row

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.known_events import KnownEvents, load_events
from tetra.data.prices import FIELDS, PriceHistory, load_history
from tetra.data.real_arrays import encoded_array_cursor, write_rows
from tetra.data.statements import statement
from tetra.errors import DataError, unknown_value
from tetra.scenarios.panel import ScenarioPanel
from tetra.strategies.price_block import Field
from tetra.typing import DateArray, FloatArray, IntArray


@dataclass(frozen=True)
class StoredScenario:
    """What is known of a stored scenario without its paths.

    ``reason`` is None when it is ready; one that is not active has lost its paths to the archive.
    """

    scenario_name: str
    scenario_type: str
    scenario_family: str
    reason: str | None
    is_active: bool
    input_hash: str
    code_hash: str

    @property
    def hashes(self) -> tuple[str, str]:
        """Hash of the inputs and of the code."""
        return self.input_hash, self.code_hash


@dataclass(frozen=True)
class ScenarioKey:
    """A scenario that can be backtested, and its size: series by bars, warm-up included."""

    scenario_name: str
    scenario_family: str
    series: int
    bars: int


@dataclass(frozen=True)
class _Window:
    scenario_family: str
    sessions: list[date]
    warmup_start: date | None
    warmup_end: date | None
    commission_multiplier: list[float] | None
    spread_multiplier: list[float] | None


def stored_hashes(connection: psycopg.Connection[Any], *, as_of: date) -> dict[str, StoredScenario]:
    """Return what is stored of an as-of date, by scenario name."""
    with connection.transaction(), connection.cursor(row_factory=class_row(StoredScenario)) as cursor:
        cursor.execute(statement("select_scenario_hashes"), {"as_of": as_of})
        return {row.scenario_name: row for row in cursor}


def list_ready(connection: psycopg.Connection[Any], *, as_of: date) -> list[ScenarioKey]:
    """Return the scenarios of an as-of date that have paths and are not archived, by name."""
    with connection.transaction(), connection.cursor(row_factory=class_row(ScenarioKey)) as cursor:
        return cursor.execute(statement("select_ready_scenarios"), {"as_of": as_of}).fetchall()


def load_panel(
    connection: psycopg.Connection[Any], *, as_of: date, scenario_name: str, event_fields: Collection[Field] = ()
) -> ScenarioPanel:
    """Return one scenario; see :func:`load_panels`, which shares the warm-up history between several."""
    (panel,) = load_panels(connection, as_of=as_of, scenario_names=[scenario_name], event_fields=event_fields)
    return panel


def load_panels(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    scenario_names: Sequence[str],
    event_fields: Collection[Field] = (),
) -> Iterator[ScenarioPanel]:
    """Return scenarios one after the other, in the order asked for.

    Warm-up bars come from the price history as known at the as-of date, the window's from the stored paths. Of
    ``event_fields``, the panels hold what was known on their dates. No transaction is open while the caller works on a
    panel.

    Raises
    ------
    DataError
        At the first panel asked for, if a name is not ready at that as-of date.
    """
    wanted = list(scenario_names)
    if not wanted:
        return
    with connection.transaction():
        ready = [key.scenario_name for key in list_ready(connection, as_of=as_of)]
        for name in wanted:
            if name not in ready:
                raise DataError(f"as of {as_of}: {unknown_value('ready scenario', name, ready)}")
        with connection.cursor() as cursor:
            cursor.execute(statement("select_symbols_of_scenarios"), {"as_of": as_of, "names": wanted})
            symbols = [row[0] for row in cursor]
        history = load_history(connection, as_of=as_of, symbols=symbols)
        events = load_events(
            connection, as_of=as_of, symbols=history.symbols, sessions=history.sessions, fields=event_fields
        )
    for name in wanted:
        with connection.transaction():
            panel = _read_panel(connection, history, events, as_of=as_of, name=name)
        yield panel


def _read_panel(
    connection: psycopg.Connection[Any], history: PriceHistory, events: KnownEvents, *, as_of: date, name: str
) -> ScenarioPanel:
    key = {"as_of": as_of, "name": name}
    with connection.cursor(row_factory=class_row(_Window)) as cursor:
        definition = cursor.execute(statement("select_scenario_window"), key).fetchone()
    if definition is None:
        raise DataError(f"scenario {name!r} of {as_of} was deleted while it was being read; list the scenarios again")
    with encoded_array_cursor(connection) as cursor:
        paths = cursor.execute(statement("select_scenario_paths"), key).fetchall()
    symbols = tuple(str(path[0]) for path in paths)
    window = np.array(definition.sessions, dtype="datetime64[D]")
    warmup = _warmup_sessions(definition.warmup_start, definition.warmup_end)
    row_of = {symbol: row for row, symbol in enumerate(history.symbols)}
    rows = np.array([row_of[symbol] for symbol in symbols])
    held, places = _places(warmup, history.sessions)
    prices = {}
    for position, field in enumerate(FIELDS, start=1):
        bars = np.full((rows.size, warmup.size + window.size), np.nan)
        bars[:, held] = getattr(history, field)[np.ix_(rows, places)]
        write_rows([path[position] for path in paths], bars[:, warmup.size :])
        prices[field] = bars
    sessions = np.concatenate([warmup, window])
    return ScenarioPanel(
        scenario_name=name,
        scenario_family=definition.scenario_family,
        symbols=symbols,
        sessions=sessions,
        window_start=warmup.size,
        is_tradable=history.is_tradable[rows],
        commission_multiplier=_multiplier(definition.commission_multiplier, warmup.size, window.size),
        spread_multiplier=_multiplier(definition.spread_multiplier, warmup.size, window.size),
        **prices,
        **events.on(rows, sessions),
    )


def _warmup_sessions(start: date | None, end: date | None) -> DateArray:
    if start is None or end is None:
        return np.empty(0, dtype="datetime64[D]")
    return sessions_between(STOCK_CALENDAR, start, end)


def _places(warmup: DateArray, sessions: DateArray) -> tuple[IntArray, IntArray]:
    """Return which warm-up sessions a history has, and where; it may begin later."""
    places = np.searchsorted(sessions, warmup)
    held = np.flatnonzero(sessions[np.minimum(places, sessions.size - 1)] == warmup)
    return held, places[held]


def _multiplier(stored: Sequence[float] | None, warmup: int, window: int) -> FloatArray:
    counted = np.ones(window) if stored is None else np.array(stored, dtype=np.float64)
    return np.concatenate([np.ones(warmup), counted])
