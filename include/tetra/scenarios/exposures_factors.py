"""Changes of the factors that stress shocks are written in, from macro series as they were known on a date.

=======  =========================================================  ======================================
factor   series                                                     change of a period
=======  =========================================================  ======================================
rates    DGS10, 10-year Treasury yield                              in yield, as a fraction (0.01 = 100 bp)
credit   BAMLH0A0HYM2, spread of high-yield bonds; else Moody's     in spread, as a fraction, of high-yield
         BAA less AAA (monthly), put in high-yield terms            bonds
dollar   DTWEXBGS, broad dollar index                               of the log
oil      DCOILWTICO, West Texas crude                               of the log
=======  =========================================================  ======================================

A factor without enough observations is not made up: it is missing, with the reason. The market factor comes from the
panel itself (:mod:`tetra.scenarios.exposures`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from tetra.typing import DateArray, FloatArray

MACRO_SERIES = ("DGS10", "BAMLH0A0HYM2", "BAA", "AAA", "DTWEXBGS", "DCOILWTICO")
"""What is read of ``economic_data.releases``."""

DAILY_SERIES = {"rates": "DGS10", "credit": "BAMLH0A0HYM2", "dollar": "DTWEXBGS", "oil": "DCOILWTICO"}
IN_LOGS = frozenset({"dollar", "oil"})
PERCENT = 100.0

MOODYS_PER_HIGH_YIELD = 0.2
"""Points that BAA less AAA moves per point of the high-yield spread: 0.56 of 2.5 from 2011-07 to 2011-10, 0.80 of 4.1
from 2020-04 to 2020-12, 1.8 of 11 from 2009-03 to 2009-12 (monthly means of FRED's series)."""

LEAST_SHARE = 0.8
"""Share of the lookback's sessions that need a change; US bond holidays take 2 %, weekly publication up to 2 %."""

LEAST_MONTHS = 12
"""Changes of a monthly series, below which a regression on it says nothing."""

UNSTATED_LAG = {"daily": np.timedelta64(7, "D"), "monthly": np.timedelta64(45, "D")}
"""Days after its observation date that a value without a release date counts as known: H.10 (the dollar) comes weekly,
and a month is dated by its first day and published in the first days of the next."""


@dataclass(frozen=True)
class MacroSeries:
    """Every release of a macro series, in any order.

    Parameters
    ----------
    observed_on, released_on : ndarray of datetime64[D], shape (n_releases,)
        First day of the period described, and the day the value became public; NaT where the source does not say.
    values : ndarray of shape (n_releases,)
        In the unit of FRED.
    """

    observed_on: DateArray
    released_on: DateArray
    values: FloatArray


@dataclass(frozen=True)
class FactorChanges:
    """A factor's changes over the sessions of a lookback, or over its months.

    Parameters
    ----------
    source : str
        Series it comes from.
    changes : ndarray of shape (n_days,) or (n_months,)
        NaN where a value or the one before it is not known.
    is_monthly : bool
        Whether the changes are those of monthly means.
    """

    source: str
    changes: FloatArray
    is_monthly: bool = False


def known_values(series: MacroSeries, *, as_of: date) -> tuple[DateArray, FloatArray]:
    """Return the observation dates and values of a series as they stood on a date, ascending.

    Of several releases of one observation the last known one counts; one without a release date counts as the first.
    """
    frequency = "monthly" if _is_monthly(series.observed_on) else "daily"
    unstated = np.isnat(series.released_on)
    known_on = np.where(unstated, series.observed_on + UNSTATED_LAG[frequency], series.released_on)
    known = np.flatnonzero((known_on <= np.datetime64(as_of, "D")) & np.isfinite(series.values))
    released = np.where(unstated, np.datetime64("0001-01-01", "D"), series.released_on)
    order = known[np.lexsort((released[known], series.observed_on[known]))]
    days = series.observed_on[order]
    is_last = np.append(days[1:] != days[:-1], True) if days.size else np.empty(0, dtype=np.bool_)
    return days[is_last], series.values[order][is_last]


def factor_changes(
    factor: str, macro: Mapping[str, MacroSeries], sessions: DateArray, *, as_of: date
) -> FactorChanges | str:
    """Return the changes of a factor over a lookback, or why there are none.

    Parameters
    ----------
    factor : str
        A key of ``DAILY_SERIES``.
    macro : mapping of str to MacroSeries
        By series id; absent ones are missing.
    sessions : ndarray of datetime64[D], shape (n_days,)
        Of the lookback.
    as_of : date
        Nothing published later is used.
    """
    name = DAILY_SERIES[factor]
    found = _daily(name, macro, sessions, as_of=as_of, in_logs=factor in IN_LOGS)
    if factor != "credit" or isinstance(found, FactorChanges):
        return found
    monthly = _moodys(macro, sessions, as_of=as_of)
    return monthly if isinstance(monthly, FactorChanges) else f"{found}; {monthly}"


def months_of(sessions: DateArray) -> DateArray:
    """Return the whole calendar months from a lookback's first session on, ascending, as datetime64[M]."""
    return np.unique(sessions.astype("datetime64[M]"))


def _daily(
    name: str, macro: Mapping[str, MacroSeries], sessions: DateArray, *, as_of: date, in_logs: bool
) -> FactorChanges | str:
    if name not in macro:
        return f"{name} is not held"
    days, values = known_values(macro[name], as_of=as_of)
    levels = np.full(sessions.size, np.nan)
    held = np.isin(sessions, days)
    levels[held] = values[np.searchsorted(days, sessions[held])]
    if in_logs:
        levels = np.log(np.where(levels > 0.0, levels, np.nan))  # oil was once negative: no log leads there or back
    else:
        levels /= PERCENT
    changes = np.diff(levels, prepend=np.nan)
    count = int(np.isfinite(changes).sum())
    if count < LEAST_SHARE * sessions.size:
        return f"{name} has {count} daily changes known on {as_of} in {sessions.size} sessions, too few"
    if np.nanstd(changes) == 0.0:
        return f"{name} does not vary over the lookback"
    return FactorChanges(name, changes)


def _moodys(macro: Mapping[str, MacroSeries], sessions: DateArray, *, as_of: date) -> FactorChanges | str:
    months = months_of(sessions)
    levels = np.zeros(months.size)
    for name, sign in (("BAA", 1.0), ("AAA", -1.0)):
        if name not in macro:
            return f"{name} is not held"
        days, values = known_values(macro[name], as_of=as_of)
        observed = days.astype("datetime64[M]")
        held = np.isin(months, observed)
        levels[~held] = np.nan
        levels[held] += sign * values[np.searchsorted(observed, months[held])]
    # of the lookback's first and last month only some days are in it: their means are not comparable
    changes = np.diff(levels / PERCENT / MOODYS_PER_HIGH_YIELD, prepend=np.nan)
    changes[:2] = changes[-1:] = np.nan
    count = int(np.isfinite(changes).sum())
    if count < LEAST_MONTHS:
        return f"BAA less AAA has {count} monthly changes known on {as_of}, too few"
    return FactorChanges("BAA-AAA", changes, is_monthly=True)


def _is_monthly(observed_on: DateArray) -> bool:
    days = np.unique(observed_on)
    return days.size > 1 and bool(np.median(np.diff(days).astype(np.int64)) > 20)
