"""A panel whose exposures are known, because it is made from them, and the settings of the stress scenarios."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from tetra.calendars import STOCK_CALENDAR, sessions_between
from tetra.data.universe_types import GICS_SECTORS
from tetra.scenarios.bootstrap import draw_blocks, resample
from tetra.scenarios.exposures import Exposures, estimate_exposures
from tetra.scenarios.exposures_factors import MacroSeries
from tetra.scenarios.lookback import Lookback
from tetra.scenarios.scenario import Bars
from tetra.scenarios.stress import Stressed, make_stress
from tetra.scenarios.stress_settings import Severity, StressSettings
from tetra.settings import load_yaml
from tetra.typing import DateArray, FloatArray

AS_OF = date(2022, 12, 28)
PER_SECTOR = 6
DAILY_MOVES = {"rates": 0.0006, "credit": 0.0012, "dollar": 0.004, "oil": 0.02}
"""Deviation of a day's change per factor."""


@dataclass(frozen=True)
class Panel:
    """A lookback, the sectors and series it comes with, and the exposures it was made from, in FACTORS' order."""

    lookback: Lookback
    sectors: dict[str, str]
    macro: dict[str, MacroSeries]
    betas: FloatArray

    def exposures(self, **changes: Any) -> Exposures:
        given = {"sectors": self.sectors, "macro": self.macro, "as_of": AS_OF} | changes
        return estimate_exposures(self.lookback, **given)

    def base(self, *, seed: int = 5, sessions: int = 252) -> Bars:
        rng = np.random.default_rng(seed)
        return resample(self.lookback, draw_blocks(self.lookback.sessions.size, sessions, block_length=20, rng=rng))

    def row(self, symbol: str) -> int:
        return self.lookback.symbols.index(symbol)


def make_panel(*, days: int = 504, seed: int = 1, noise: float = 0.01, market_symbol: bool = True) -> Panel:
    """Six symbols of each GICS sector, BOND, BITCOIN and (exposure 1, no noise) SPY, and VIX, which nobody trades."""
    rng = np.random.default_rng(seed)
    sectors = {
        f"{sector[:4].upper()}{sector[-1].upper()}{n}": sector for sector in GICS_SECTORS for n in range(PER_SECTOR)
    }
    traded = sorted([*sectors, "BITCOIN", "BOND", *(["SPY"] if market_symbol else [])])
    sessions = sessions_between(STOCK_CALENDAR, date(2019, 1, 2), AS_OF)[-(days + 1) :]
    changes = np.stack([rng.standard_t(6, days) * 0.008, *(rng.normal(0, move, days) for move in DAILY_MOVES.values())])
    sector_moves = {sector: rng.normal(0, 0.006, days) for sector in GICS_SECTORS}
    betas = np.stack([_betas(name, sectors.get(name), rng) for name in traded])
    own = rng.normal(0, noise, (len(traded), days)) + np.stack(
        [sector_moves[sectors[name]] if name in sectors else np.zeros(days) for name in traded]
    )
    own[[name == "SPY" for name in traded]] = 0.0
    close = 50.0 * np.exp(np.cumsum(betas @ changes + own, axis=1))
    vix = 20.0 + 8.0 * np.sin(np.arange(days) / 40.0) + rng.uniform(0, 4, days)
    close = np.concatenate([close, vix[None]])
    previous = np.concatenate([np.append(np.full(len(traded), 50.0), 20.0)[:, None], close[:, :-1]], axis=1)
    lookback = Lookback(
        symbols=(*traded, "VIX"),
        is_tradable=np.array([True] * len(traded) + [False]),
        sessions=sessions[1:],
        bars=_bars(close, previous, rng),
        previous_close=previous,
    )
    return Panel(lookback, sectors, _macro(sessions, changes[1:]), betas)


def stressed(
    panel: Panel,
    name: str,
    *,
    severity: Severity = "severe",
    base: Bars | None = None,
    settings: StressSettings | None = None,
    exposures: Exposures | None = None,
) -> Stressed:
    """Return a scenario on a panel's base path."""
    return make_stress(
        name,
        settings or load_settings(),
        severity,
        lookback=panel.lookback,
        base=base or panel.base(),
        exposures=exposures or panel.exposures(),
        sectors=panel.sectors,
        rng=np.random.default_rng(3),
    )


def load_block() -> dict[str, Any]:
    """The settings as they stand in YAML."""
    block: dict[str, Any] = copy.deepcopy(load_yaml("scenarios.yaml"))["stress"]
    return block


def load_settings() -> StressSettings:
    """The settings, checked."""
    return StressSettings.model_validate(load_block())


def with_base(lookback: Lookback, close: FloatArray) -> FloatArray:
    """Closes of a path with the last close before it in front, shape (n_series, n_sessions + 1)."""
    return np.concatenate([lookback.last_close[:, None], close], axis=1)


def _betas(name: str, sector: str | None, rng: np.random.Generator) -> FloatArray:
    if name == "SPY":
        return np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    if name == "BOND":
        return np.array([-0.2, -8.0, 0.0, 0.0, 0.0])
    if sector is None:
        return np.array([1.0, 0.0, 0.0, 0.0, 0.0])
    centre = GICS_SECTORS.index(sector) / len(GICS_SECTORS) - 0.5
    spread = rng.normal(0, 1, 5) * [0.15, 1.5, 0.5, 0.1, 0.03]
    middle = np.array([1.0 + 0.6 * centre, 8.0 * centre, -2.0 * centre, 0.4 * centre, 0.2 * centre])
    return middle + spread


def _macro(sessions: DateArray, changes: FloatArray) -> dict[str, MacroSeries]:
    paths = np.concatenate([np.zeros((4, 1)), np.cumsum(changes, axis=1)], axis=1)
    levels = {
        "DGS10": 100 * (0.04 + paths[0]),
        "BAMLH0A0HYM2": 100 * (0.10 + paths[1]),
        "DTWEXBGS": 120 * np.exp(paths[2]),
        "DCOILWTICO": 70 * np.exp(paths[3]),
    }
    return {name: MacroSeries(sessions, sessions + np.timedelta64(1, "D"), values) for name, values in levels.items()}


def _bars(close: FloatArray, previous: FloatArray, rng: np.random.Generator) -> Bars:
    opened = previous * np.exp(rng.normal(0, 0.003, close.shape))
    high = np.maximum(opened, close) * np.exp(rng.uniform(0, 0.005, close.shape))
    low = np.minimum(opened, close) * np.exp(-rng.uniform(0, 0.005, close.shape))
    return Bars(opened, high, low, close, rng.integers(1_000, 9_000, close.shape).astype(np.float64))
