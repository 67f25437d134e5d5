"""Splits and dividends out of factor files as QuantConnect's Lean has them.

A row's factors hold for prices up to and including its date, and its reference price is that day's raw close; the
factors change between two rows because of what happened on the session after the earlier one. The ratio of
split factors is the split, and a dividend is what makes reference price times (1 - ratio of price factors).
"""

from __future__ import annotations

import threading
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.errors import SourceError
from tetra.sources.base import ActionBatch
from tetra.sources.file_folders import Found
from tetra.sources.file_reading import FileTable
from tetra.sources.file_series import action_batch, between
from tetra.sources.file_unpacking import AGAIN
from tetra.typing import DateArray

_ONE_AT_A_TIME = threading.Lock()
"""Files are read by threads, and making a calendar silences a warning, which is the whole process's to set."""

A_FEW_SESSIONS = timedelta(days=14)
LARGEST_DENOMINATOR = 100
FACTOR_PRECISION = 1e-5
"""Factors have seven digits: AAPL's 7:1 reads 6.9999972. A ratio this close to a simple one is the simple one."""

DIVIDEND_DECIMALS = 4
"""What those digits leave of a dividend: 39 of AAPL's differ from another vendor's by at most 0.0001."""


def actions_of_factors(found: Found, table: FileTable, start: date, end: date) -> ActionBatch:
    """Return the splits and dividends of the range that a factor file implies.

    Raises
    ------
    SourceError
        If a row cannot be read: the changes before and after it could not be told apart.
    """
    order = np.argsort(table.dates, kind="stable")
    dates = table.dates[order]
    price, split = table.columns["price_factor"][order], table.columns["split_factor"][order]
    sound = np.isfinite(price) & np.isfinite(split) & (price > 0.0) & (split > 0.0)
    if table.bad_rows or not sound.all():
        bad = table.bad_rows[0].label if table.bad_rows else str(dates[~sound][0])
        raise SourceError(f"{found.path}: the factors of {bad} are not numbers above 0; {AGAIN}")
    changed = np.flatnonzero((price[1:] != price[:-1]) | (split[1:] != split[:-1]))
    ratios = np.array([_simple(ratio) for ratio in split[changed + 1] / split[changed]])
    reference = table.columns["reference_price"][order][changed] / found.data_set.layout.price_divisor
    # the reference is a price of old shares, a dividend is told in shares of its day
    paid = np.round(reference * (1.0 - price[changed] / price[changed + 1]) / ratios, DIVIDEND_DECIMALS)
    ex_dates = _next_sessions(dates[changed])
    return action_batch(found, ex_dates, ratios, paid, inside=between(ex_dates, start, end))


def _next_sessions(days: DateArray) -> DateArray:
    if not days.size:
        return days
    with _ONE_AT_A_TIME:
        sessions = sessions_between(STOCK_CALENDAR, days[0].item(), days[-1].item() + A_FEW_SESSIONS)
    return sessions[np.searchsorted(sessions, days, side="right")]


def _simple(ratio: float) -> float:
    near = Fraction(ratio).limit_denominator(LARGEST_DENOMINATOR)
    return float(near) if abs(ratio / float(near) - 1.0) < FACTOR_PRECISION else float(ratio)
