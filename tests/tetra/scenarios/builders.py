"""Small price histories and catalogues for these tests: real-shaped bars, known gaps, one series nobody trades."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.prices import PriceHistory
from tetra.scenarios.catalogue import Catalogue, parse_catalogue
from tetra.settings import load_yaml

START, AS_OF = date(2020, 1, 2), date(2022, 12, 28)
TRADED = ("AAA", "BBB", "CCC", "DDD", "EEE")


def make_history(*, start: date = START, as_of: date = AS_OF, seed: int = 1) -> PriceHistory:
    """Five traded series (EEE closes only), GAP that lacks one recent bar, VIX that nobody trades.

    Closes share a market factor with volatility clustering, so that there is something to keep.
    """
    rng = np.random.default_rng(seed)
    sessions = sessions_between(STOCK_CALENDAR, start, as_of)
    names = (*TRADED, "GAP", "VIX")
    days, traded = sessions.size, len(names) - 1
    volatility = 0.01 * np.exp(0.5 * np.sin(np.arange(days) / 25.0))
    market = rng.standard_t(5, days) * volatility * 0.7
    returns = market + rng.standard_t(5, (traded, days)) * volatility
    close = np.empty((len(names), days))
    close[:-1] = 50.0 * np.exp(np.cumsum(returns, axis=1))
    close[-1] = 20.0 + 8.0 * np.sin(np.arange(days) / 40.0) + rng.uniform(0, 4, days)
    previous = np.concatenate([close[:, :1], close[:, :-1]], axis=1)
    opened = previous * np.exp(rng.normal(0, 0.003, close.shape))
    high = np.maximum(opened, close) * np.exp(rng.uniform(0, 0.01, close.shape))
    low = np.minimum(opened, close) * np.exp(-rng.uniform(0, 0.01, close.shape))
    volume = rng.integers(1_000, 9_000, close.shape).astype(np.float64)
    for field in (opened, high, low, volume):
        field[names.index("EEE")] = np.nan
    for field in (opened, high, low, close, volume):
        field[names.index("GAP"), -10] = np.nan
    is_tradable = np.array([name != "VIX" for name in names])
    return PriceHistory(names, sessions, is_tradable, opened, high, low, close, volume)


def small_catalogue(**changes: Any) -> Catalogue:
    """The project's catalogue with fewer and shorter paths; ``changes`` as ``settings__window=20``."""
    return parse_catalogue(small_content(**changes))


def small_content(**changes: Any) -> dict[str, Any]:
    """The same as a mapping, as it would stand in YAML."""
    content = copy.deepcopy(load_yaml("scenarios.yaml"))
    content["bootstrap"]["paths"] = content["monte_carlo"]["paths"] = 2
    for name, value in changes.items():
        section, _, key = name.partition("__")
        content[section][key] = value
    return content
