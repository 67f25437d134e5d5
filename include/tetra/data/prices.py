"""Price history as it was known on a date: adjusted daily bars, nothing after the as-of session.

Reads ``market_data.instruments``, ``ohlcv`` and ``corporate_actions``; writes nothing. The stock calendar is
the axis: a bar on a day that is not one of its sessions (crypto at a weekend) becomes part of the next
session's bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.adjustments import CorporateAction, adjustment_factors
from tetra.data.fixed_width import StructuredArray, read_fixed_width
from tetra.data.statements import statement
from tetra.errors import DataError, EmptyBatchError, unknown_value
from tetra.typing import BoolArray, DateArray, FloatArray

FIELDS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class PriceHistory:
    """Daily bars of many symbols on one axis of sessions.

    Parameters
    ----------
    symbols : tuple of str, length n_series
        Row labels, sorted.
    sessions : ndarray of datetime64[D], shape (n_bars,)
        Every session of the stock calendar between the first bar and the as-of date, ascending.
    is_tradable : ndarray of bool, shape (n_series,)
        False for series nobody trades (VIX).
    open, high, low, close, volume : ndarray of shape (n_series, n_bars)
        Adjusted with the corporate actions known at the as-of date; NaN where there is no bar or no such
        field.
    """

    symbols: tuple[str, ...]
    sessions: DateArray
    is_tradable: BoolArray
    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    volume: FloatArray


def load_history(
    connection: psycopg.Connection[Any], *, as_of: date, symbols: Sequence[str] | None = None
) -> PriceHistory:
    """Return the daily bars that were known on a date, adjusted with the corporate actions known then.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    as_of : date
        Bars of later sessions and actions with a later ex-date are not read.
    symbols : sequence of str, optional
        Instruments wanted; one without a bar by then is a row of NaN. Default: every active instrument with
        a bar.

    Returns
    -------
    PriceHistory
        Rows sorted by symbol; prices in the instrument's currency, negative and zero ones as they are; volume
        in units traded, in the shares of the as-of date where the bars are raw.

    Raises
    ------
    DataError
        If a symbol is unknown, or a dividend is not smaller than the price it was paid from.
    EmptyBatchError
        If none of the symbols has a bar by then.

    Notes
    -----
    Raw bars are multiplied by split and dividend factors, split-adjusted ones by dividend factors,
    total-return ones by nothing (:mod:`tetra.data.adjustments`).
    """
    tradable = _tradable_by_symbol(connection, symbols)
    rows = _read_bars(connection, sorted(tradable), as_of)
    if rows.size == 0:
        raise EmptyBatchError(f"no daily bar of {len(tradable)} instruments by {as_of}; land data up to then first")
    held = np.unique(rows["series"]) if symbols is None else np.arange(len(tradable))
    names = tuple(np.array(sorted(tradable), dtype=object)[held])
    first = np.datetime64(int(rows["day"].min()), "D").item()
    sessions = sessions_between(STOCK_CALENDAR, first, as_of)
    if sessions.size == 0:
        raise EmptyBatchError(f"no session between the first bar ({first}) and {as_of}; ask for a later as-of date")
    grids, basis = _onto_sessions(rows, np.searchsorted(held, rows["series"]), len(names), sessions)
    actions = _read_actions(connection, names)
    _adjust(grids, basis, names=names, sessions=sessions, actions=actions, as_of=as_of)
    is_tradable = np.array([tradable[name] for name in names], dtype=bool)
    return PriceHistory(symbols=names, sessions=sessions, is_tradable=is_tradable, **grids)


def _tradable_by_symbol(connection: psycopg.Connection[Any], symbols: Sequence[str] | None) -> dict[str, bool]:
    rows = connection.execute("select symbol, is_tradable, is_active from market_data.instruments").fetchall()
    if symbols is None:
        return {symbol: is_tradable for symbol, is_tradable, is_active in rows if is_active}
    known = {symbol: is_tradable for symbol, is_tradable, _ in rows}
    for symbol in symbols:
        if symbol not in known:
            raise DataError(unknown_value("symbol", symbol, known))
    return {symbol: known[symbol] for symbol in symbols}


def _read_bars(connection: psycopg.Connection[Any], symbols: list[str], as_of: date) -> StructuredArray:
    last_bar = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    return read_fixed_width(
        connection,
        statement("copy_bars_as_of"),
        {"symbols": symbols, "last_bar": last_bar},
        integers=("series", "day", "basis"),
        floats=FIELDS,
    )


def _onto_sessions(
    rows: StructuredArray, series: npt.NDArray[np.intp], n_series: int, sessions: DateArray
) -> tuple[dict[str, FloatArray], npt.NDArray[np.int8]]:
    """Spread bars, sorted by series and day, over the axis; several up to one session become its bar."""
    days = rows["day"].astype(np.int64).astype("datetime64[D]")
    position = np.searchsorted(sessions, days)
    inside = position < sessions.size  # later bars belong to a session that has not been held yet
    rows, series, position = rows[inside], series[inside], position[inside]
    slot = series * sessions.size + position
    starts = np.flatnonzero(np.diff(slot, prepend=-1))
    target = slot[starts]
    last = np.append(starts[1:], slot.size) - 1
    merged = {
        "open": rows["open"][starts],
        "high": np.maximum.reduceat(rows["high"], starts),
        "low": np.minimum.reduceat(rows["low"], starts),
        "close": rows["close"][last],
        "volume": np.add.reduceat(rows["volume"], starts),
    }
    grids = {}
    for field, values in merged.items():
        grid = np.full(n_series * sessions.size, np.nan)
        grid[target] = values
        grids[field] = grid.reshape(n_series, sessions.size)
    basis = np.full(n_series * sessions.size, -1, dtype=np.int8)
    basis[target] = rows["basis"][last]
    return grids, basis.reshape(n_series, sessions.size)


def _read_actions(connection: psycopg.Connection[Any], symbols: tuple[str, ...]) -> dict[str, list[CorporateAction]]:
    rows = connection.execute(
        "select symbol, action_type, ex_date, value from market_data.corporate_actions"
        " where symbol = any(%s) order by symbol, ex_date, action_type desc",
        [list(symbols)],
    ).fetchall()
    actions: dict[str, list[CorporateAction]] = {}
    for symbol, action_type, ex_date, value in rows:
        actions.setdefault(symbol, []).append(CorporateAction(action_type, ex_date, value))
    return actions


def _adjust(
    grids: dict[str, FloatArray],
    basis: npt.NDArray[np.int8],
    *,
    names: tuple[str, ...],
    sessions: DateArray,
    actions: dict[str, list[CorporateAction]],
    as_of: date,
) -> None:
    """Multiply the rows that have corporate actions by their factors, in place."""
    for row, name in enumerate(names):
        if name not in actions:
            continue
        price_factor, share_factor = adjustment_factors(
            symbol=name,
            sessions=sessions,
            close=grids["close"][row],
            basis=basis[row],
            actions=actions[name],
            as_of=as_of,
        )
        for field in ("open", "high", "low", "close"):
            grids[field][row] *= price_factor
        grids["volume"][row] *= share_factor
