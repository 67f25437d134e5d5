"""Yahoo's hourly bars as they were traded, whatever Yahoo did to those before a split.

Yahoo adjusts daily prices for every later split, all the way back. Its hourly prices it has left as they were traded
(yfinance issues 503, 513 and 1876), or has adjusted too. Which of the two shows in the daily closes of the same
sessions: before a split they are either the hourly ones, or those divided by it. What was adjusted is multiplied back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median

PRICES = ("Open", "High", "Low", "Close")

REACH = timedelta(days=728)
"""How far back hourly bars go: Yahoo's 730 days, short of what lies between midnights of UTC and of an exchange."""


@dataclass(frozen=True)
class ChartRow:
    """One row of yfinance's table.

    Parameters
    ----------
    opened : datetime
        In the time zone of the exchange.
    values : mapping of str to float
        By column.
    """

    opened: datetime
    values: Mapping[str, float]

    @property
    def session(self) -> date:
        """Its day in the time zone of the exchange."""
        return self.opened.date()

    @property
    def never_closes(self) -> bool:
        """Whether it is of a market of UTC days: crypto."""
        return str(self.opened.tzinfo) == "UTC"


def as_traded(hours: Sequence[ChartRow], days: Sequence[ChartRow]) -> list[ChartRow]:
    """Return hourly rows with prices and volumes of the shares of their own day.

    Parameters
    ----------
    hours : sequence of ChartRow
        Ascending.
    days : sequence of ChartRow
        Daily ones, from the first of these hours up to today, with the splits: split-adjusted.

    Notes
    -----
    Prices between two splits are judged together, by the median session. Where no session has both closes they are
    taken to be as traded.
    """
    splits = [(day.session, day.values["Stock Splits"]) for day in days if day.values["Stock Splits"] != 0]
    later = {row.session: math.prod(ratio for ex_date, ratio in splits if ex_date > row.session) for row in hours}
    daily = {day.session: day.values["Close"] for day in days if day.values["Close"] > 0}
    last = {row.session: row.values["Close"] for row in hours}
    adjusted = {
        factor
        for factor in set(later.values())
        if _is_adjusted(factor, later, lambda s: last[s] / daily.get(s, math.nan))
    }
    return [_undone(row, later[row.session]) if later[row.session] in adjusted else row for row in hours]


def _is_adjusted(factor: float, later: Mapping[date, float], ratio_of: Callable[[date], float]) -> bool:
    ratios = [ratio_of(session) for session, its_factor in later.items() if its_factor == factor]
    known = [ratio for ratio in ratios if ratio > 0]  # NaN is not
    if factor == 1.0 or not known:
        return False
    distance = math.log(median(known))
    return abs(distance) < abs(distance - math.log(factor))


def _undone(row: ChartRow, factor: float) -> ChartRow:
    prices = {name: row.values[name] * factor for name in PRICES}
    return replace(row, values={**row.values, **prices, "Volume": row.values["Volume"] / factor})
