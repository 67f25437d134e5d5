"""The calendar that rules decide on in plain Python, and prices that begin later."""

from __future__ import annotations

import dataclasses
import functools
from datetime import date, timedelta

import numpy as np

from tetra.strategies.base import PriceBlock

FIRST_DAY = date(1970, 1, 1)


@functools.cache
def weekdays_before(day: date) -> int:
    """Mondays to Fridays from the calendar's first day to before a day."""
    days = (FIRST_DAY + timedelta(days=place) for place in range((day - FIRST_DAY).days))
    return sum(each.weekday() < 5 for each in days)


def begins_period(prices: PriceBlock, bar: int, *, every: int) -> bool:
    """Whether a bar is the first of its period of so many weekdays."""
    before, day = (weekdays_before(each.item()) // every for each in prices.dates[bar - 1 : bar + 1])
    return before != day


def since(prices: PriceBlock, first: int) -> PriceBlock:
    """The same prices without the bars before ``first``; references, reports and news left out."""
    names = ("open", "high", "low", "close", "volume")
    fields = {name: np.ascontiguousarray(getattr(prices, name)[:, first:]) for name in names}
    return dataclasses.replace(
        prices,
        **fields,
        sessions=prices.dates[first:],
        references={},
        earnings_surprise=None,
        news_sentiment=None,
    )
