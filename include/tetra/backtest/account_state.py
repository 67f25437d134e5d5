"""What an account knows while it trades: records that the compiled functions share.

Compiled code has no objects to pass around; a record of named fields, changed in place, is as readable and as fast. It
is a pointer: handing it on is free, where handing on an array costs as much as a bar of arithmetic (its references are
counted). So what is judged on every bar stands on the account, and the arrays are passed only to what happens seldom.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tetra.backtest.trades import TradeArray
from tetra.typing import FloatArray, IntArray

ACCOUNT = np.dtype(
    [
        ("cash", np.float64),
        ("equity", np.float64),  # as last marked
        ("peak", np.float64),  # of equity at closes and the starting capital
        ("gross_weight", np.float64),  # sum of absolute weights held, as last marked
        ("multiple", np.float64),  # of the order last sent
        ("opened_with", np.float64),  # equity before the open trade's first fill
        ("close", np.float64),  # last close of the one instrument; NaN for several
        ("entry_price", np.float64),  # of the open trade; NaN for several instruments
        ("best", np.float64),  # best price (one instrument) or equity (several) since the open trade's first fill
        ("entry_bar", np.int64),
        ("direction", np.int64),  # of the open trade: side of the first instrument held; 0 while flat
        ("reason", np.int64),  # of the order last sent
        ("entered_at_close", np.int64),  # whether the open trade began at this bar's close
        ("is_waiting", np.int64),  # any order is not filled yet
        ("is_stopped", np.int64),  # flat, or on the way, until the strategy's decision changes
        ("is_halted", np.int64),
        ("is_ruined", np.int64),
        ("is_too_dear", np.int64),  # an order's costs would exceed what it holds: the run is void
    ]
)
"""An account as a whole."""

LEG = np.dtype(
    [
        ("units", np.float64),
        ("price", np.float64),  # at which it is valued now
        ("mark", np.float64),  # last close
        ("decision", np.float64),  # standing decision of the strategy
        ("target", np.float64),  # decision last turned into an order
        ("order", np.float64),  # weight last ordered, after sizing
        ("is_waiting", np.int64),  # the order is not filled yet
        ("is_filled", np.int64),  # takes part in the fill at hand
        ("is_ended", np.int64),  # its series has no bar any more
    ]
)
"""One instrument of an account."""


class Rules(NamedTuple):
    """Overlays and financing as plain numbers, in fractions; infinity switches a limit off."""

    stop_loss: float
    trailing_stop: float
    max_position: float
    max_drawdown: float
    sizing: int
    fraction: float
    bar_volatility: float
    lookback: int
    cap: float
    tolerance: float
    borrow_rate: float
    cash_rate: float


class Bars(NamedTuple):
    """Prices, a row per series and a column per bar; a field that is absent has no columns; ``close`` never is."""

    close: FloatArray
    open: FloatArray
    high: FloatArray
    low: FloatArray


class Kept(NamedTuple):
    """What is kept beside metrics; an array without columns, or without trades, is not wanted.

    ``returns`` and ``benchmark`` have a row per account, ``weights`` one per instrument, each with a column per window
    bar; account i has rows ``trade_starts[i]`` to before ``trade_starts[i + 1]`` of ``trades``.
    """

    returns: FloatArray
    benchmark: FloatArray
    weights: FloatArray
    trades: TradeArray
    trade_starts: IntArray
