"""Levels of series that nobody trades under stress: strategies read them, so they must respond, and stay positive.

===========================  ===========================================================================================
series                       rule
===========================  ===========================================================================================
VIX                          rises to the scenario's level with tension, geometrically; a base level above it stays
DGS10, BAMLH0A0HYM2          move by the scenario's change in rates or credit along the profile, not below 0.01 %
DTWEXBGS, DCOILWTICO         move by the scenario's log move along the profile
others                       stay as on the base path
===========================  ===========================================================================================
"""

from __future__ import annotations

import numpy as np

from tetra.scenarios.exposures_factors import DAILY_SERIES, IN_LOGS, PERCENT
from tetra.scenarios.scenario import Bars
from tetra.scenarios.stress_bars import raised_index
from tetra.scenarios.stress_profile import daily_shares, tension
from tetra.scenarios.stress_settings import Profile
from tetra.scenarios.stress_severity import SeverityNumbers

VOLATILITY_INDICES = frozenset({"VIX"})

LOWEST_YIELD = 0.01
"""Percent: one basis point."""

_FACTOR_OF = {series: factor for factor, series in DAILY_SERIES.items()}


def stressed_level(symbol: str, levels: Bars, numbers: SeverityNumbers, profile: Profile) -> Bars:
    """Return the bars of a series nobody trades under a shock.

    Parameters
    ----------
    symbol : str
    levels : Bars of shape (n_sessions,)
        Of the base path.
    numbers : SeverityNumbers
    profile : Profile
    """
    sessions = levels.close.size
    if symbol in VOLATILITY_INDICES and numbers.volatility_index is not None:
        return raised_index(levels, numbers.volatility_index, tension(profile, sessions))
    factor = _FACTOR_OF.get(symbol)
    if factor is None or factor not in numbers.factors:
        return levels
    path = numbers.factors[factor] * np.cumsum(daily_shares(profile, sessions))
    if factor in IN_LOGS:
        return levels.map_prices(lambda price: price * np.exp(path))
    return levels.map_prices(
        lambda price: np.where(path == 0.0, price, np.maximum(price + PERCENT * path, LOWEST_YIELD))
    )
