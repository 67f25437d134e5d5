"""The trade list of a simulation: one row per trade, from the fill that opens it to the one that closes it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tetra.typing import IntArray

EXIT_REASONS: tuple[str, ...] = (
    "signal",
    "stop_loss",
    "trailing_stop",
    "drawdown_halt",
    "ruin",
    "series_ended",
    "open_at_end",
)
"""Why a trade ended; ``exit_reason`` holds the place in this list."""

SIGNAL, STOP_LOSS, TRAILING_STOP, DRAWDOWN_HALT, RUIN, SERIES_ENDED, OPEN_AT_END = range(len(EXIT_REASONS))

TRADE = np.dtype(
    [
        ("account", np.int64),
        ("entry_bar", np.int64),
        ("exit_bar", np.int64),
        ("direction", np.int64),
        ("entry_price", np.float64),
        ("exit_price", np.float64),
        ("opened_with", np.float64),
        ("closed_with", np.float64),
        ("exit_reason", np.int64),
    ]
)
"""One trade. Bars count from the start of the window; ``exit_bar`` is -1 while it is open. ``direction`` is 1 long, -1
short, of several instruments the side of the first that was held. Prices are those of the first and the last fill, NaN
of several instruments and for the exit of an open trade. ``opened_with`` and ``closed_with`` are the account's equity
before the first fill and after the last, or as marked at the end."""

TradeArray = npt.NDArray[np.void]
"""Array of ``TRADE``."""


def room_for(trade_counts: IntArray) -> tuple[TradeArray, IntArray]:
    """Return an empty list with room for each account's closed trades and an open one, and each account's first row."""
    starts = np.zeros(trade_counts.size + 1, dtype=np.int64)
    np.cumsum(trade_counts + 1, out=starts[1:])
    trades = np.zeros(starts[-1], dtype=TRADE)
    trades["account"] = np.repeat(np.arange(trade_counts.size), trade_counts + 1)
    return trades, starts


def listed(trades: TradeArray) -> TradeArray:
    """Return the rows of a list that were written."""
    written: TradeArray = trades[trades["direction"] != 0]
    return written
