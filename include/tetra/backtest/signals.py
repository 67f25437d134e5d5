"""Today's signals: what every strategy wants to hold after the as-of session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.backtest.cells import Market, cells_of, weights_of
from tetra.data.known_events import load_events
from tetra.data.prices import FIELDS, load_history
from tetra.data.results import Signals
from tetra.strategies.base import PriceBlock
from tetra.strategies.price_block import EVENT_FIELDS, Field
from tetra.strategies.registry import RegisteredStrategy


def event_fields(strategies: Sequence[RegisteredStrategy]) -> Collection[Field]:
    """Return the event fields that some of the strategies read."""
    read = {name for entry in strategies for name in entry.strategy.fields}
    return tuple(name for name in EVENT_FIELDS if name in read)


def current_signals(
    connection: psycopg.Connection[Any], strategies: Sequence[RegisteredStrategy], *, as_of: date
) -> list[Signals]:
    """Return each strategy's target weights after the as-of session.

    Symbols that nobody trades, or that have no bar on that session, have no signal.
    """
    market = _market(connection, strategies, as_of=as_of)
    made = []
    for entry in strategies:
        cells = cells_of(entry.strategy, market)
        if cells is None:
            continue
        is_alone = entry.strategy.kind == "single"
        sizes = np.diff(cells.starts).tolist()
        groups = tuple(
            "" if is_alone else name for name, size in zip(cells.names, sizes, strict=True) for _ in range(size)
        )
        # weighed with everything the backtest holds, then told of those that can be traded now
        is_current = np.isfinite(cells.prices.close[:, -1])
        rows = np.flatnonzero(is_current).tolist()
        made.append(
            Signals(
                entry.name,
                tuple(groups[row] for row in rows),
                tuple(cells.prices.symbols[row] for row in rows),
                weights_of(entry.strategy, cells)[is_current, -1],
            )
        )
    return made


def _market(connection: psycopg.Connection[Any], strategies: Sequence[RegisteredStrategy], *, as_of: date) -> Market:
    with connection.transaction():  # read and done: an open one would swallow the caller's into a savepoint
        history = load_history(connection, as_of=as_of)
        events = load_events(
            connection,
            as_of=as_of,
            symbols=history.symbols,
            sessions=history.sessions,
            fields=event_fields(strategies),
        )
    untradable = np.flatnonzero(~history.is_tradable).tolist()
    fields: dict[str, Any] = {name: getattr(history, name) for name in FIELDS} | events.fields
    prices = PriceBlock(
        symbols=history.symbols,
        sessions=history.sessions,
        references={history.symbols[row]: history.close[row] for row in untradable},
        **fields,
    )
    return Market(prices, history.is_tradable, window_start=0)
