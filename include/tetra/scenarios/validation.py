"""Checks on a scenario's paths, stored with it. FAIL means unusable, WARN means look before believing.

=================  ======  ==================================================================================
check              grade   holds when
=================  ======  ==================================================================================
coverage           FAIL    every series has closes on enough of the window's sessions
impossible_prices  FAIL    no bar is infinite or out of order (low <= open, close <= high); no synthetic close
                           of a tradable series is zero or less
warmup_bars        WARN    there are as many bars before the window as asked for
mean_volatility    WARN    synthetic: mean over symbols within the band of bootstraps of the source
largest_move       WARN    synthetic: no symbol's largest daily move exceeds three times its largest in the source
garch_fits         WARN    filtered historical simulation: enough symbols have a fitted model, not the fallback
regime_fit         WARN    regime switching: the hidden Markov model is fitted, and not its fallback
=================  ======  ==================================================================================
"""

from __future__ import annotations

import numpy as np

from tetra.errors import ScenarioError
from tetra.scenarios.bootstrap import draw_blocks
from tetra.scenarios.full_history import own_coverage
from tetra.scenarios.lookback import Lookback
from tetra.scenarios.scenario import Bars, Check, CheckStatus, Scenario
from tetra.typing import BoolArray, FloatArray

REPLAYED_TYPES = frozenset({"historical", "full_history", "regime"})
"""Types whose bars are real: a commodity among them may have traded below zero."""

TRADING_DAYS = 252
"""Sessions a year: panels stand on the stock calendar."""

BAND = (0.005, 0.995)
"""Quantiles of the bootstraps' mean volatility: one good path in a hundred is flagged."""

BAND_RESAMPLES = 200
"""Enough that the band's ends vary by a tenth of its width from seed to seed."""

FITTED_SHARE = 0.9
"""Share of symbols whose GARCH is fitted, below which a Monte Carlo is mostly its fallback."""

LARGEST_MOVE_RATIO = 3.0
"""A block bootstrap has 1; a volatility model may go beyond what was seen, but not to another order of magnitude."""

ROUNDING = 1e-6
"""Relative slack of the bar order: adjusted vendor prices are rounded, and paths are stored as float4."""


def validate(scenario: Scenario, *, symbol_coverage: float, warmup_bars: int) -> tuple[Check, ...]:
    """Return the checks that every scenario with paths gets; none for one that is not covered.

    Parameters
    ----------
    scenario : Scenario
    symbol_coverage : float
        Least share of the window's sessions.
    warmup_bars : int
        Bars asked for before the window.
    """
    if scenario.bars is None:
        return ()
    is_real = scenario.scenario_type in REPLAYED_TYPES
    positive = np.zeros_like(scenario.is_tradable) if is_real else scenario.is_tradable
    return (
        _check("coverage", _least_coverage(scenario, scenario.bars), lower=symbol_coverage, otherwise="FAIL"),
        _check("impossible_prices", float(impossible_bars(scenario.bars, positive)), upper=0.0, otherwise="FAIL"),
        _check("warmup_bars", float(scenario.warmup.size), lower=float(warmup_bars), otherwise="WARN"),
    )


def _least_coverage(scenario: Scenario, bars: Bars) -> float:
    """Return the smallest share of sessions that a series has: of the window, or in the full history of its life."""
    if scenario.scenario_type == "full_history":
        return float(own_coverage(bars.close).min())
    expected = int(scenario.parameters.get("expected_sessions", scenario.sessions.size))
    return float(np.isfinite(bars.close).sum(axis=1).min() / expected)


def validate_volatility(scenario: Scenario, *, band: tuple[float, float]) -> Check:
    """Return whether a synthetic scenario is as volatile as its source.

    Parameters
    ----------
    scenario : Scenario
        With paths.
    band : tuple of float
        From :func:`volatility_band`.

    Raises
    ------
    ScenarioError
        If the scenario has no paths.
    """
    if scenario.bars is None:
        raise ScenarioError(f"{scenario.name} has no paths, so no volatility; check only scenarios that are ready")
    close = scenario.bars.close[scenario.is_tradable]
    levels = np.concatenate([scenario.base_close[scenario.is_tradable, None], close], axis=1)
    observed = mean_volatility(np.diff(np.log(levels), axis=1))
    return _check("mean_volatility", observed, lower=band[0], upper=band[1], otherwise="WARN")


def validate_largest_move(scenario: Scenario, lookback: Lookback) -> Check:
    """Return whether a synthetic scenario holds a daily move that its source makes hard to believe.

    Parameters
    ----------
    scenario : Scenario
        With paths, of the lookback's symbols in their order.
    lookback : Lookback
        The days it was made from.

    Notes
    -----
    Observed is the largest ratio, over symbols, of the largest absolute daily log return on the path to that in the
    source. A symbol that never moved in the source takes no part.
    """
    if scenario.bars is None:
        raise ScenarioError(f"{scenario.name} has no paths, so no moves; check only scenarios that are ready")
    close = scenario.bars.close[scenario.is_tradable]
    levels = np.concatenate([scenario.base_close[scenario.is_tradable, None], close], axis=1)
    simulated = np.abs(np.diff(np.log(levels), axis=1)).max(axis=1)
    source = np.abs(np.log(lookback.bars.close / lookback.previous_close)[lookback.is_tradable]).max(axis=1)
    ratio = float(np.max(simulated[source > 0.0] / source[source > 0.0], initial=0.0))
    return _check("largest_move", ratio, upper=LARGEST_MOVE_RATIO, otherwise="WARN")


def validate_fits(fitted: int, models: int, *, name: str = "garch_fits") -> Check:
    """Return whether enough models of a Monte Carlo are fitted, and not their fallback."""
    return _check(name, fitted / models, lower=FITTED_SHARE, otherwise="WARN")


def mean_volatility(log_returns: FloatArray) -> float:
    """Return the mean over series of annualised volatility, as a fraction.

    Parameters
    ----------
    log_returns : ndarray of shape (n_series, n_sessions)
        Daily, finite.
    """
    return float(log_returns.std(axis=1, ddof=1).mean() * TRADING_DAYS**0.5)


def volatility_band(
    lookback: Lookback, *, window: int, block_length: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the (low, high) mean volatility of block bootstraps of the source's own days."""
    returns = np.log(lookback.bars.close / lookback.previous_close)[lookback.is_tradable]
    means = [
        mean_volatility(
            np.take(returns, draw_blocks(returns.shape[1], window, block_length=block_length, rng=rng), axis=1)
        )
        for _ in range(BAND_RESAMPLES)
    ]
    low, high = np.quantile(means, BAND)
    return float(low), float(high)


def impossible_bars(bars: Bars, must_be_positive: BoolArray) -> int:
    """Return how many bars cannot be.

    Parameters
    ----------
    bars : Bars of shape (n_series, n_sessions)
        A missing field breaks no rule.
    must_be_positive : ndarray of bool, shape (n_series,)
        Series whose close may not be zero or less.
    """
    slack = ROUNDING * np.abs(bars.close)
    impossible = np.isinf(bars.close)
    impossible |= must_be_positive[:, None] & (bars.close <= 0.0)
    for price in (bars.open, bars.close):
        impossible |= (price > bars.high + slack) | (price < bars.low - slack)
    impossible |= bars.low > bars.high + slack
    return int(impossible.sum())


def _check(
    name: str,
    observed: float,
    *,
    lower: float | None = None,
    upper: float | None = None,
    otherwise: CheckStatus,
) -> Check:
    holds = (lower is None or observed >= lower) and (upper is None or observed <= upper)
    return Check(name, "PASS" if holds else otherwise, observed, lower, upper)
