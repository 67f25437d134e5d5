"""What a stress scenario keeps of how it was made: numbers as applied, their sources, what was missing."""

from __future__ import annotations

import math
from typing import Any

from tetra.scenarios.exposures import Exposures
from tetra.scenarios.exposures_factors import IN_LOGS
from tetra.scenarios.stress_profile import phases
from tetra.scenarios.stress_settings import Number, Severity, StressScenario
from tetra.scenarios.stress_severity import SeverityNumbers


def parameters_of(
    scenario: StressScenario,
    severity: Severity,
    numbers: SeverityNumbers,
    volatility: float,
    exposures: Exposures,
    sessions: int,
) -> dict[str, Any]:
    """Return the parameters of a stress scenario, JSON-safe.

    Parameters
    ----------
    scenario : StressScenario
    severity : str
    numbers : SeverityNumbers
        Of that severity.
    volatility : float
        Multiplier as applied.
    exposures : Exposures
    sessions : int
        Of the window.
    """
    return {
        "method": "stress",
        "severity": severity,
        "calibrated_to": scenario.calibrated_to,
        "sources": _sources(scenario),
        "profile": scenario.profile.model_dump() | {"is_cut": phases(scenario.profile, sessions).is_cut},
        "factor_moves": _as_fractions(numbers),
        "sector_moves": {sector: math.expm1(move) for sector, move in numbers.sectors.items()},
        "factors_without_effect": _without_effect(numbers, exposures),
        "volatility_multiplier": volatility,
        "volume_multiplier": numbers.volume,
        "spread_multiplier": numbers.spread,
        "commission_multiplier": numbers.commission,
        "correlation": numbers.correlation,
        "block_correlation": numbers.block_correlation,
        "volatility_index": numbers.volatility_index,
    } | exposures.as_parameters()


def _as_fractions(numbers: SeverityNumbers) -> dict[str, float]:
    in_logs = IN_LOGS | {"market"}
    return {name: math.expm1(move) if name in in_logs else move for name, move in numbers.factors.items()}


def _without_effect(numbers: SeverityNumbers, exposures: Exposures) -> dict[str, str]:
    return {
        name: f"no exposures, so only those to the market and sectors act: {reason}"
        for name, reason in exposures.missing.items()
        if name in numbers.factors
    }


def _sources(scenario: StressScenario) -> dict[str, str]:
    """Return the source of each number that is not the episode's, by its name."""
    found: dict[str, str] = {}
    parts: list[tuple[str, Any]] = [("", scenario), ("shock to ", scenario.shocks)]
    parts += [("rotation ", scenario.rotation), ("block correlation ", scenario.block_correlation)]
    parts += [(f"{entry.sector} ", entry) for entry in scenario.shocks.sectors]
    for prefix, part in parts:
        for name in type(part).model_fields if part is not None else ():
            number = getattr(part, name)
            if isinstance(number, Number) and number.source is not None:
                found[prefix + name] = number.source
    return found
