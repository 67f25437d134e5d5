"""Stress scenarios: a named shock on a base path, through exposures, volatility, correlation, costs and volume.

In this order, on the logs of a block bootstrap's bars:

1. **Noise.** While the shock is active, days are wider by the volatility multiplier and symbols closer together by the
   correlation override.
2. **Shock.** Each symbol moves by its exposures times the factors' moves, spread over the profile. What the base path's
   own market (or shocked sector) does over build-up and recovery is taken out, so that a market of exposure 1 falls by
   exactly what the scenario names. A factor without exposures moves nothing, and the parameters say so.
3. **Block correlation.** The simple returns of the defensive sectors are shifted, all alike on a session, until the
   correlation of the two blocks' mean returns is the target, exactly.
4. **Levels.** Series nobody trades: a volatility index rises with tension to the level named, a yield or an index that
   is a factor moves with it, all else stays.

Moves are simple: bars, volume and cost multipliers of all other sessions are the base path's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from tetra.errors import ScenarioError
from tetra.scenarios.correlations import standardise
from tetra.scenarios.exposures import FACTORS, Exposures
from tetra.scenarios.lookback import Lookback
from tetra.scenarios.scenario import Bars
from tetra.scenarios.stress_bars import log_bars, moved, price_bars, stretched
from tetra.scenarios.stress_correlation import raised_correlation, recolour, set_correlation
from tetra.scenarios.stress_levels import stressed_level
from tetra.scenarios.stress_profile import bridged_moves, daily_shares, multiplier, phases
from tetra.scenarios.stress_record import parameters_of
from tetra.scenarios.stress_settings import Profile, Severity, StressSettings
from tetra.scenarios.stress_severity import SeverityNumbers, numbers_at
from tetra.scenarios.validation import TRADING_DAYS
from tetra.typing import BoolArray, FloatArray

HIGHEST_VOLATILITY = 1.147
"""Annualised, of the S&P 500 from 2020-03-06 to 2020-03-20: where a multiplier on a lookback that is wild stops."""

JUMP = 6.0
"""Deviations of a series from where a day is news of one company: it is not widened beyond what a day of 6 would be."""

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Stressed:
    """A stressed path.

    Parameters
    ----------
    bars : Bars of shape (n_series, n_sessions)
    commission_multiplier, spread_multiplier : ndarray of shape (n_sessions,)
    parameters : dict
        What was done, JSON-safe.
    """

    bars: Bars
    commission_multiplier: FloatArray
    spread_multiplier: FloatArray
    parameters: dict[str, Any]


def make_stress(
    name: str,
    settings: StressSettings,
    severity: Severity,
    *,
    lookback: Lookback,
    base: Bars,
    exposures: Exposures,
    sectors: Mapping[str, str],
    rng: np.random.Generator,
) -> Stressed:
    """Return a stress scenario on a base path.

    Parameters
    ----------
    name : str
        Of a scenario in the settings.
    settings : StressSettings
    severity : {"moderate", "severe", "extreme"}
    lookback : Lookback
    base : Bars of shape (n_series, n_sessions)
        A resampled path of the lookback; it is not changed.
    exposures : Exposures
        Of the lookback.
    sectors : mapping of str to str
        Sector per symbol.
    rng : Generator

    Raises
    ------
    ScenarioError
        If the scenario is unknown or cannot be made; :func:`why_not_covered` tells beforehand.
    """
    scenario, sessions = settings.scenario(name), base.close.shape[1]
    reason = why_not_covered(name, settings, lookback=lookback, sectors=sectors, sessions=sessions)
    if reason is not None:
        raise ScenarioError(f"{name}: {reason}")
    numbers = numbers_at(scenario, settings, severity)
    rows = np.flatnonzero(lookback.is_tradable)
    with threadpool_limits(limits=1):  # sums in another order would make other bytes on another machine
        volatility = _volatility_multiplier(numbers.volatility, lookback, exposures)
        logs = _noise(base.map(lambda field: field[rows]), numbers, volatility, scenario.profile, lookback, exposures)
        logs = moved(logs, _shock_moves(logs.close, numbers, scenario.profile, exposures, sectors))
        if numbers.block_correlation is not None:
            span = phases(scenario.profile, sessions).build_up
            blocks = _blocks(settings, lookback, sectors)
            logs = moved(logs, _block_moves(logs.close, blocks, span, numbers.block_correlation, rng))
    traded = price_bars(logs, lookback.last_close[rows])
    return Stressed(
        bars=_assembled(base, traded, rows, lookback, numbers, scenario.profile),
        commission_multiplier=multiplier(numbers.commission, scenario.profile, sessions),
        spread_multiplier=multiplier(numbers.spread, scenario.profile, sessions),
        parameters=parameters_of(scenario, severity, numbers, volatility, exposures, sessions)
        | {"without_sector": sorted(lookback.symbols[row] for row in rows if lookback.symbols[row] not in sectors)},
    )


def why_not_covered(
    name: str, settings: StressSettings, *, lookback: Lookback, sectors: Mapping[str, str], sessions: int
) -> str | None:
    """Return why a scenario cannot be made of these symbols in a window of so many sessions; None if it can.

    Raises
    ------
    ScenarioError
        If the scenario is unknown.
    """
    scenario = settings.scenario(name)
    needed = scenario.profile.onset + scenario.profile.build_up
    if needed > sessions:
        return f"the shock is whole after {needed} sessions, the window has {sessions}; lengthen it or start earlier"
    held = {sectors.get(symbol) for symbol in _tradable(lookback)}
    wanted: list[tuple[str, ...]] = []
    if scenario.rotation is not None:
        wanted += [(scenario.rotation.out_of,), (scenario.rotation.into,)]
    if scenario.block_correlation is not None:
        wanted += [settings.cyclical_sectors, settings.defensive_sectors]
    for choices in wanted:
        if not held.intersection(choices):
            return f"no tradable symbol of {' or '.join(choices)} has all of the lookback's sessions"
    return None


def _tradable(lookback: Lookback) -> list[str]:
    return [symbol for symbol, tradable in zip(lookback.symbols, lookback.is_tradable, strict=True) if tradable]


def _lookback_returns(lookback: Lookback) -> FloatArray:
    traded = lookback.is_tradable
    returns: FloatArray = np.log(lookback.bars.close[traded] / lookback.previous_close[traded])
    return returns


def _volatility_multiplier(wanted: float, lookback: Lookback, exposures: Exposures) -> float:
    market = exposures.market_weights[lookback.is_tradable] @ _lookback_returns(lookback)
    volatility = float(market.std(ddof=1)) * TRADING_DAYS**0.5
    return min(wanted, max(HIGHEST_VOLATILITY / volatility, 1.0)) if volatility > 0.0 else wanted


def _noise(
    base: Bars,
    numbers: SeverityNumbers,
    volatility: float,
    profile: Profile,
    lookback: Lookback,
    exposures: Exposures,
) -> Bars:
    """Return the base path's log bars with the volatility and correlation of the shock while it is active."""
    logs = log_bars(base, lookback.last_close[lookback.is_tradable])
    returns = _lookback_returns(lookback)
    deviation = returns.std(axis=1)
    logs = stretched(logs, _widening(logs.close, deviation, multiplier(volatility, profile, base.close.shape[1])))
    if numbers.correlation is None:
        return logs
    varying = np.flatnonzero(deviation > 0.0)
    standard = standardise(returns[varying])
    before = standard @ standard.T / returns.shape[1]
    market = exposures.market_weights[lookback.is_tradable] @ returns
    signs = np.where(standard @ market < 0.0, -1.0, 1.0)
    after = raised_correlation(before, signs, numbers.correlation)
    span = phases(profile, base.close.shape[1]).active
    scale = deviation[varying, None]
    noise = (logs.close[varying, span] - logs.close[varying].mean(axis=1, keepdims=True)) / scale
    moves = np.zeros_like(logs.close)
    moves[varying, span] = scale * (recolour(noise, before, after) - noise)
    return moved(logs, moves)


def _widening(closes: FloatArray, deviation: FloatArray, wanted: FloatArray) -> FloatArray:
    """Return the factor by which each series' days are widened: the one wanted, less on days that are jumps."""
    distance = np.abs(closes - closes.mean(axis=1, keepdims=True))
    jumps = distance > JUMP * deviation[:, None]
    limit = np.divide(JUMP * deviation[:, None] * wanted, distance, out=np.ones_like(distance), where=jumps)
    return np.where(jumps & (wanted > 1.0), np.maximum(limit, 1.0), wanted)


def _shock_moves(
    closes: FloatArray,
    numbers: SeverityNumbers,
    profile: Profile,
    exposures: Exposures,
    sectors: Mapping[str, str],
) -> FloatArray:
    """Return the daily log moves of the tradable series that the factors' shocks make."""
    rows = np.flatnonzero(np.isfinite(exposures.of("market")))
    beta = exposures.of("market")[rows]
    market = exposures.market_weights[rows] @ closes
    moves = np.zeros_like(closes)
    for factor in FACTORS[1:]:
        if factor in numbers.factors and factor in exposures.sources:
            shock = numbers.factors[factor] * daily_shares(profile, closes.shape[1])
            moves += np.outer(exposures.of(factor)[rows], shock)
    if "market" in numbers.factors:
        moves += np.outer(beta, bridged_moves(market, numbers.factors["market"], profile))
    for sector, shock_size in numbers.sectors.items():
        members = np.array([sectors.get(exposures.symbols[row]) == sector for row in rows])
        if members.any():
            own = (closes[members] - beta[members, None] * market).mean(axis=0)
            moves[members] += np.outer(exposures.sector[rows][members], bridged_moves(own, shock_size, profile))
    return moves


def _blocks(settings: StressSettings, lookback: Lookback, sectors: Mapping[str, str]) -> tuple[BoolArray, BoolArray]:
    of = np.array([sectors.get(symbol, "") for symbol in _tradable(lookback)])
    return np.isin(of, settings.cyclical_sectors), np.isin(of, settings.defensive_sectors)


def _block_moves(
    closes: FloatArray, blocks: tuple[BoolArray, BoolArray], span: slice, target: float, rng: np.random.Generator
) -> FloatArray:
    """Return the log moves of the defensive block that set the correlation of the blocks' mean simple returns."""
    cyclical, defensive = blocks
    returns = np.expm1(closes[:, span])
    mean = returns[defensive].mean(axis=0)
    shift = set_correlation(returns[cyclical].mean(axis=0), mean, target, rng=rng) - mean
    moves = np.zeros_like(closes)
    moves[defensive, span] = np.log1p(returns[defensive] + shift) - closes[defensive, span]
    return moves


def _assembled(
    base: Bars, traded: Bars, rows: Rows, lookback: Lookback, numbers: SeverityNumbers, profile: Profile
) -> Bars:
    """Return all series: the traded ones as given, the others at their stressed levels, volume as it is then."""
    sessions = base.close.shape[1]
    bars = base.map(np.copy)
    for field, values in zip(bars.fields, traded.fields, strict=True):
        field[rows] = values
    for row in np.flatnonzero(~lookback.is_tradable):
        level = stressed_level(lookback.symbols[row], Bars(*(field[row] for field in base.fields)), numbers, profile)
        for field, values in zip(bars.fields, level.fields, strict=True):
            field[row] = values
    return replace(bars, volume=bars.volume * multiplier(numbers.volume, profile, sessions))
