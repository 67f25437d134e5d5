"""Stressed paths on one panel, and what they do: returns, totals, the correlation of two blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.tetra.scenarios.stress_panels import load_block, load_settings, make_panel, stressed, with_base

from tetra.scenarios.scenario import Bars
from tetra.scenarios.stress import Stressed
from tetra.scenarios.stress_settings import Severity, StressSettings
from tetra.typing import FloatArray

PANEL = make_panel()
EXPOSURES = PANEL.exposures()
BASE = PANEL.base()
SETTINGS = load_settings()
NAMES = [scenario.name for scenario in SETTINGS.scenarios]
SPY, VIX = PANEL.row("SPY"), PANEL.row("VIX")
ONSET = 21


def make(name: str, severity: Severity = "severe", base: Bars = BASE, **changes: Any) -> Stressed:
    """Return a scenario on the base path."""
    given = {"exposures": EXPOSURES, "settings": SETTINGS} | changes
    return stressed(PANEL, name, severity=severity, base=base, **given)


def settings_with(name: str, **changes: Any) -> StressSettings:
    """Return the shipped settings with one scenario changed."""
    block = load_block()
    next(entry for entry in block["scenarios"] if entry["name"] == name).update(changes)
    return StressSettings.model_validate(block)


def total(bars: Bars, row: int, first: int, last: int) -> float:
    """Return from the close before session ``first`` to that of ``last``."""
    path = with_base(PANEL.lookback, bars.close)[row]
    return float(path[last + 1] / path[first] - 1.0)


def members(*sectors: str) -> list[int]:
    """Return the rows of sectors' symbols."""
    return [PANEL.row(symbol) for symbol, sector in PANEL.sectors.items() if sector in sectors]


def simple_returns(bars: Bars) -> FloatArray:
    """Return the returns of closes, the first from the last real close."""
    path = with_base(PANEL.lookback, bars.close)
    return path[:, 1:] / path[:, :-1] - 1.0


def block_correlation(bars: Bars, first: int, last: int) -> float:
    """Return the correlation of the mean returns of cyclical and of defensive sectors."""
    returns = simple_returns(bars)[:, first:last]
    cyclical, defensive = members(*SETTINGS.cyclical_sectors), members(*SETTINGS.defensive_sectors)
    return float(np.corrcoef(returns[cyclical].mean(axis=0), returns[defensive].mean(axis=0))[0, 1])
