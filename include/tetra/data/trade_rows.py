"""Trades of the top cells in storage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.data.bulk import Column, copy_columns
from tetra.typing import DateArray, FloatArray, IntArray


@dataclass(frozen=True)
class TradeRows:
    """Trades of one cell, in the order they were opened.

    Parameters
    ----------
    scenario_name, strategy_name, symbol : str
        The cell.
    direction : ndarray of int, shape (n_trades,)
        1 long, -1 short.
    entry_date, exit_date : ndarray of datetime64[D], shape (n_trades,)
        NaT for the exit of one still open at the end.
    entry_price, exit_price, trade_return : ndarray of shape (n_trades,)
        NaN where there is none.
    exit_reason : tuple of str, length n_trades
    """

    scenario_name: str
    strategy_name: str
    symbol: str
    direction: IntArray
    entry_date: DateArray
    exit_date: DateArray
    entry_price: FloatArray
    exit_price: FloatArray
    trade_return: FloatArray
    exit_reason: tuple[str, ...]


def replace_trades(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    scenario_names: Sequence[str],
    trades: Sequence[TradeRows],
) -> int:
    """Replace all trades of the given scenarios in the caller's transaction; return the rows written."""
    key = (as_of, list(scenario_names))
    connection.execute("delete from backtest.trades where as_of = %s and scenario_name = any(%s)", key)
    sizes = [rows.direction.size for rows in trades]
    if not sum(sizes):
        return 0
    columns = [
        Column("as_of", "date", np.full(sum(sizes), np.datetime64(as_of, "D"))),
        *(
            Column(
                name,
                "text",
                [getattr(rows, name) for rows, size in zip(trades, sizes, strict=True) for _ in range(size)],
            )
            for name in ("scenario_name", "strategy_name", "symbol")
        ),
        Column("trade_number", "int4", np.concatenate([np.arange(1, size + 1) for size in sizes])),
        Column("direction", "int2", np.concatenate([rows.direction for rows in trades])),
        *(
            Column(name, "date", np.concatenate([getattr(rows, name) for rows in trades]))
            for name in ("entry_date", "exit_date")
        ),
        *(
            Column(name, "float8", np.concatenate([getattr(rows, name) for rows in trades]))
            for name in ("entry_price", "exit_price", "trade_return")
        ),
        Column("exit_reason", "text", [reason for rows in trades for reason in rows.exit_reason]),
    ]
    return copy_columns(connection, table=("backtest", "trades"), columns=columns)
