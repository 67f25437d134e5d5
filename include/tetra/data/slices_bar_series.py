"""What is unusual about a bar beside its neighbours: kernels on the bars of many series, one series after another.

``series`` ascends; within a series bars are in order of time. A bar that has no neighbour to be compared with has NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tetra.data.adjustments import RAW, SPLIT
from tetra.typing import BoolArray, FloatArray, IntArray

OUTLIER_BARS = 252
"""A return is measured against the volatility of so many returns before it."""

OUTLIER_BARS_NEEDED = 60
"""With fewer, volatility is too uncertain to call a return unusual."""

SPLIT_RATIOS = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0)
"""New shares per old share, or old per new, as companies choose them. 5:4 and 4:3 are left out: shares open that much
higher or lower on news, on 111 and 31 of 2.4 million bars of 504 stocks."""

SPLIT_TOLERANCE = 0.03
"""Of the logarithm, at the open: 93 % of the 473 splits in 504 stocks' files open within it."""

SPLIT_CLOSE_TOLERANCE = 0.10
"""Of the logarithm, at the close: a day's trading may add so much; a reversal takes it outside."""

SHIFT_TOLERANCE = 1.5
"""A close is off by a power of ten when this times it, or less, would bring it to both neighbours."""

REVERSED_FACTOR = 1.4
"""On 5 of 2.4 million bars of 504 stocks; at 1.3 it is 13, among them the banks of January 2009."""

_DAY_BITS = 24


@dataclass(frozen=True)
class Actions:
    """Corporate actions of all series.

    Parameters
    ----------
    series : ndarray of int, shape (n_actions,)
        Row of the instrument.
    day : ndarray of int, shape (n_actions,)
        Ex-date in days since 1970-01-01.
    is_split : ndarray of bool, shape (n_actions,)
        Else it is a dividend.
    value : ndarray of shape (n_actions,)
        New shares per old share, or currency per share as of the ex-date.
    """

    series: IntArray
    day: IntArray
    is_split: BoolArray
    value: FloatArray


def previous_within(series: IntArray, values: FloatArray) -> FloatArray:
    """Return each bar's value on the bar before it of the same series."""
    previous = np.full(values.size, np.nan)
    follows = np.diff(series) == 0
    previous[1:][follows] = values[:-1][follows]
    return previous


def next_within(series: IntArray, values: FloatArray) -> FloatArray:
    """Return each bar's value on the bar after it of the same series."""
    return previous_within(series[::-1], values[::-1])[::-1]


def explained_closes(
    series: IntArray, day: IntArray, close: FloatArray, basis: IntArray, actions: Actions
) -> FloatArray:
    """Return the close before each bar as the corporate actions since would have it: what the bar begins from.

    Parameters
    ----------
    series, day : ndarray of int, shape (n_bars,)
        Row of the instrument, and session in days since 1970-01-01.
    close : ndarray of shape (n_bars,)
        As landed.
    basis : ndarray of int, shape (n_bars,)
        ``RAW``, ``SPLIT`` or ``TOTAL`` of :mod:`tetra.data.adjustments`.
    actions : Actions
        All that are landed.

    Returns
    -------
    ndarray of shape (n_bars,)
        NaN on a first bar, and where the basis changes: the two closes are not in the same unit.
    """
    split, dividend = np.ones(close.size), np.zeros(close.size)
    row = np.searchsorted(_moment(series, day), _moment(actions.series, actions.day))
    known = np.flatnonzero(row < series.size)
    known = known[series[row[known]] == actions.series[known]]
    of_row = basis[row[known]]
    splits = known[actions.is_split[known] & (of_row == RAW)]
    np.multiply.at(split, row[splits], actions.value[splits])
    paid = known[~actions.is_split[known] & ((of_row == RAW) | (of_row == SPLIT))]
    shares = np.where(basis[row[paid]] == SPLIT, _shares_later(actions, paid), 1.0)
    np.add.at(dividend, row[paid], actions.value[paid] / shares)
    same_unit = previous_within(series, basis.astype(float)) == basis
    return np.where(same_unit, previous_within(series, close) / split - dividend, np.nan)


def _moment(series: IntArray, day: IntArray) -> IntArray:
    """Return one number that orders bars by series, then by day."""
    return (series.astype(np.int64) << _DAY_BITS) + day + (1 << (_DAY_BITS - 1))


def _shares_later(actions: Actions, dividends: IntArray) -> FloatArray:
    """Return into how many shares one of each dividend's ex-date has been split since."""
    split = np.flatnonzero(actions.is_split)
    moments = _moment(actions.series[split], actions.day[split])
    order = np.argsort(moments)
    total = np.concatenate([[0.0], np.cumsum(np.log(actions.value[split][order]))])
    series, day = actions.series[dividends], actions.day[dividends]
    after = np.searchsorted(moments[order], _moment(series, day), side="right")
    until = np.searchsorted(moments[order], _moment(series + 1, np.full(series.size, -(1 << (_DAY_BITS - 1)))))
    shares: FloatArray = np.exp(total[until] - total[after])
    return shares


def returns_on(before: FloatArray, close: FloatArray) -> FloatArray:
    """Return each bar's simple return, a fraction; NaN from and to a close that is missing or not positive."""
    simple_return = np.full(close.size, np.nan)
    with np.errstate(invalid="ignore"):
        positive = (before > 0) & (close > 0)
    simple_return[positive] = close[positive] / before[positive] - 1.0
    return simple_return


def zscores_within(series: IntArray, simple_return: FloatArray) -> FloatArray:
    """Return each bar's return over the standard deviation of the returns before it.

    Returns
    -------
    ndarray of shape (n_bars,)
        NaN where fewer than ``OUTLIER_BARS_NEEDED`` returns lie before, or they do not vary.
    """
    known = ~np.isnan(simple_return)
    value = np.where(known, simple_return, 0.0)
    totals = [np.concatenate([[0.0], np.cumsum(column)]) for column in (known, value, value * value)]
    here = np.arange(series.size)
    first = np.maximum(here - OUTLIER_BARS, np.searchsorted(series, series))
    count, total, squares = (column[here] - column[first] for column in totals)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (squares - total * total / count) / (count - 1.0)
        # below this the variance is the rounding error of the running sums
        enough = (count >= OUTLIER_BARS_NEEDED) & (variance > 1e-12)
        return np.where(enough, simple_return / np.sqrt(variance), np.nan)


def unchanged_bars(series: IntArray, values: FloatArray) -> IntArray:
    """Return how many bars in a row had a value, on the last of them; 1 on the others, so that a run counts once."""
    unchanged = previous_within(series, values) == values
    here = np.arange(values.size, dtype=np.int64)
    length = here - np.maximum.accumulate(np.where(unchanged, 0, here)) + 1
    goes_on = np.append(unchanged[1:], False)
    return np.where(goes_on, 1, length).astype(np.int64)


def decimal_shifts(series: IntArray, close: FloatArray) -> FloatArray:
    """Return the power of ten by which a close differs from both its neighbours, which agree; NaN elsewhere."""
    up, back = _steps(series, close)
    power = np.round(up / np.log(10.0))
    slack = np.log(SHIFT_TOLERANCE)
    with np.errstate(invalid="ignore"):
        shifted = (power != 0) & (np.abs(up - power * np.log(10.0)) < slack) & (np.abs(up + back) < slack)
        shifted &= np.abs(back + power * np.log(10.0)) < slack
    return np.where(shifted, 10.0**power, np.nan)


def reversed_jumps(series: IntArray, close: FloatArray) -> FloatArray:
    """Return the factor of a jump that the next bar takes back, where it is no power of ten; NaN elsewhere."""
    up, back = _steps(series, close)
    with np.errstate(invalid="ignore"):
        smaller = np.minimum(np.abs(up), np.abs(back))
        is_reversed = (up * back < 0) & (smaller >= np.log(REVERSED_FACTOR)) & np.isnan(decimal_shifts(series, close))
    return np.where(is_reversed, np.exp(up), np.nan)


def _steps(series: IntArray, close: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the logarithms of each close over the one before it, and of the one after it over itself."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logarithm = np.log(np.where(close > 0, close, np.nan))
    return logarithm - previous_within(series, logarithm), next_within(series, logarithm) - logarithm


def split_seams(series: IntArray, before: FloatArray, open_: FloatArray, close: FloatArray) -> FloatArray:
    """Return the ratio of a split that a bar looks like and no corporate action explains; NaN elsewhere.

    Parameters
    ----------
    series : ndarray of int, shape (n_bars,)
    before : ndarray of shape (n_bars,)
        From :func:`explained_closes`.
    open_, close : ndarray of shape (n_bars,)
        Where there is no open, the close must be as near as the open would have to be.

    Returns
    -------
    ndarray of shape (n_bars,)
        Above 1: the price fell as on a split into so many. Below 1: it rose. A jump that the next bar takes back is
        none, nor is the way back.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        at_open = np.log(before / np.where(np.isnan(open_), close, open_))
        at_close = np.log(before / close)
        logarithms = np.sort(np.concatenate([sign * np.log(SPLIT_RATIOS) for sign in (-1.0, 1.0)]))
        edges = (logarithms[1:] + logarithms[:-1]) / 2.0
        nearest = logarithms[np.searchsorted(edges, at_open)]
        seam = (np.abs(at_open - nearest) < SPLIT_TOLERANCE) & (np.abs(at_close - nearest) < SPLIT_CLOSE_TOLERANCE)
        up, back = _steps(series, close)
        goes_back = np.abs(back - at_close) < SPLIT_CLOSE_TOLERANCE
        came_back = np.abs(previous_within(series, up) - at_close) < SPLIT_CLOSE_TOLERANCE
    return np.where(seam & ~goes_back & ~came_back, np.exp(nearest), np.nan)
