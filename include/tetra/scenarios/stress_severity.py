"""A stress scenario's numbers at a severity.

With ``k`` the severity's factor (0.5, 1 and 1.5 unless configured otherwise):

=======================================  ===================================================================
number                                   at severity k
=======================================  ===================================================================
market, dollar, oil, sectors, rotation   ``(1 + move) ** k - 1``: log moves times k, so nothing loses all
rates, credit                            change in yield times k
volatility, volume, spread, commission   ``multiplier ** k``; volatility no higher than ever seen
correlation                              ``1 - (1 - correlation) ** k``: below 1 for every k
block correlation                        ``normal + k * (target - normal)``, held within -0.95 and 0.95
volatility index                         its mean of 19.45 times ``(level / 19.45) ** k``, at most 150.19
sessions of the profile                  as they are
=======================================  ===================================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tetra.scenarios.stress_settings import Rotation, Severity, Shocks, StressScenario, StressSettings

MEAN_VOLATILITY_INDEX = 19.45
"""Of VIX closes, 1990 to 2025 (Cboe)."""

HIGHEST_VOLATILITY_INDEX = 150.19
"""The VXO, forerunner of the VIX, at the close of 1987-10-19 (Cboe)."""

WIDEST_BLOCK_CORRELATION = 0.95


@dataclass(frozen=True)
class SeverityNumbers:
    """What a scenario does at a severity.

    Parameters
    ----------
    factors : mapping of str to float
        Log move (market, dollar, oil) or change in yield (rates, credit) per factor named.
    sectors : mapping of str to float
        Log move beyond the market per sector named.
    volatility, volume, spread, commission : float
        Multipliers.
    correlation, block_correlation, volatility_index : float or None
        None where the scenario leaves them alone.
    """

    factors: Mapping[str, float]
    sectors: Mapping[str, float]
    volatility: float
    volume: float
    spread: float
    commission: float
    correlation: float | None
    block_correlation: float | None
    volatility_index: float | None


def numbers_at(scenario: StressScenario, settings: StressSettings, severity: Severity) -> SeverityNumbers:
    """Return the numbers of a scenario at a severity."""
    k = settings.severities[severity]
    factors, sectors = _moves(scenario.shocks, k)
    if scenario.rotation is not None:
        sectors = sectors | _rotated(scenario.rotation, k)
    correlation, block, index = scenario.correlation, scenario.block_correlation, scenario.volatility_index
    return SeverityNumbers(
        factors=factors,
        sectors=sectors,
        volatility=scenario.volatility_multiplier.value**k,
        volume=scenario.volume_multiplier.value**k,
        spread=scenario.spread_multiplier.value**k,
        commission=scenario.commission_multiplier.value**k,
        correlation=None if correlation is None else 1.0 - (1.0 - correlation.value) ** k,
        block_correlation=None if block is None else _block_correlation(block.normal.value, block.target.value, k),
        volatility_index=None if index is None else _volatility_index(index.value, k),
    )


def _moves(shocks: Shocks, k: float) -> tuple[dict[str, float], dict[str, float]]:
    logs = {"market": shocks.market, "dollar": shocks.dollar, "oil": shocks.oil}
    yields = {"rates": shocks.rates, "credit": shocks.credit}
    factors = {name: k * math.log1p(move.value) for name, move in logs.items() if move is not None}
    factors |= {name: k * move.value for name, move in yields.items() if move is not None}
    return factors, {entry.sector: k * math.log1p(entry.move.value) for entry in shocks.sectors}


def _rotated(rotation: Rotation, k: float) -> dict[str, float]:
    half = k * math.log1p(rotation.relative.value) / 2.0
    return {rotation.out_of: -half, rotation.into: half}


def _block_correlation(normal: float, target: float, k: float) -> float:
    moved = normal + k * (target - normal)
    return min(max(moved, -WIDEST_BLOCK_CORRELATION), WIDEST_BLOCK_CORRELATION)


def _volatility_index(level: float, k: float) -> float:
    scaled = MEAN_VOLATILITY_INDEX * math.pow(level / MEAN_VOLATILITY_INDEX, k)
    return min(scaled, HIGHEST_VOLATILITY_INDEX)
