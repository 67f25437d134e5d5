"""How much each symbol moves with the market, its sector, rates, credit, the dollar and oil.

Daily log returns are regressed on the changes of all daily factors at once, so that an exposure to rates is what
remains when the market's move is accounted for: a shock names the market's move and the rates' move, and both count
once. A factor that is published monthly is regressed on by months, on the part of both sides that the daily factors do
not explain (Frisch and Waugh), months being means of days as Moody's yields are; it counts as missing where sectors
cannot be told apart by it.

**Noise.** Every exposure is drawn towards that of its sector's mean return, and a sector's towards the market's own (1
to the market, 0 to all else), the more, the less certain it is [1]_. A symbol whose sector is not known is drawn
towards the market's at once. Without the second step a sector's chance co-movement with two years of monthly spreads
was measured to raise a whole sector by a fifth in a credit crisis.

**Sector.** The part of a sector's mean return that the market does not explain; a symbol's exposure to it is 1 on
average over the sector, so a sector's shock is the mean move of its members beyond the market's.

**Missing.** A factor without data has no exposures (NaN) and a stated reason; nothing stands in for it.

References
----------
.. [1] Vasicek (1973), "A note on using cross-sectional information in Bayesian estimation of security betas", Journal
   of Finance 28(5), 1233-1239.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2
from threadpoolctl import threadpool_limits

from tetra.scenarios.exposures_factors import DAILY_SERIES, FactorChanges, MacroSeries, factor_changes, months_of
from tetra.scenarios.lookback import Lookback
from tetra.typing import FloatArray

FACTORS = ("market", *DAILY_SERIES)
"""Columns of the exposures."""

MARKET_SYMBOLS = ("SPX", "SPY")
"""Series that are the market, the first held one; else the mean of all symbols with a sector."""

MARKET_EXPOSURES = np.array([1.0, *(0.0 for _ in DAILY_SERIES)])
"""Of the market itself, in the order of ``FACTORS``."""

CHANCE = 0.99
"""Share of samples of nothing at all that differ less than a monthly factor's must: two years are only 23 changes."""

LEAST_COMMON_MOVE = 0.1
"""Mean exposure to the sector's other members, below which a sector has nothing in common but its name."""


@dataclass(frozen=True)
class Exposures:
    """Exposures of a lookback's series.

    Parameters
    ----------
    symbols : tuple of str, length n_series
        Those of the lookback.
    market_weights : ndarray of shape (n_series,)
        Sum to 1: the market's log return is their product with the series'.
    betas : ndarray of shape (n_series, 5)
        Log return per unit of each of ``FACTORS``; NaN for series nobody trades and for missing factors.
    sector : ndarray of shape (n_series,)
        Log return per unit of the own sector's move beyond the market; NaN where no sector is known.
    sources : mapping of str to str
        Series per factor that is there.
    missing : mapping of str to str
        Reason per factor that is not.
    """

    symbols: tuple[str, ...]
    market_weights: FloatArray
    betas: FloatArray
    sector: FloatArray
    sources: Mapping[str, str]
    missing: Mapping[str, str]

    def of(self, factor: str) -> FloatArray:
        """Return the exposures to one of ``FACTORS``, shape (n_series,)."""
        return self.betas[:, FACTORS.index(factor)]

    def as_parameters(self) -> dict[str, Any]:
        """Return what a scenario records of them, JSON-safe."""
        return {"factors": dict(self.sources), "factors_missing": dict(self.missing)}


def estimate_exposures(
    lookback: Lookback, *, sectors: Mapping[str, str], macro: Mapping[str, MacroSeries], as_of: date
) -> Exposures:
    """Return the exposures of a lookback's tradable series.

    Parameters
    ----------
    lookback : Lookback
        Ends at the as-of date.
    sectors : mapping of str to str
        Sector per symbol; symbols without one take the market's exposures as their prior.
    macro : mapping of str to MacroSeries
        Releases by series id, of those of ``MACRO_SERIES`` that are held.
    as_of : date
        Releases after it are not used.
    """
    rows = np.flatnonzero(lookback.is_tradable)
    returns = np.log(lookback.bars.close[rows] / lookback.previous_close[rows])
    weights, market_source = market_weights(lookback, sectors)
    groups = np.array([sectors.get(lookback.symbols[row], "") for row in rows])
    with threadpool_limits(limits=1):  # sums in another order would make other bytes on another machine
        market = weights[rows] @ returns
        averaging = _sector_means(groups)
        factors, missing = _usable_factors(lookback, averaging @ returns, market, macro, as_of)
        of_sectors = _drawn_together(*_regress_all(lookback, averaging @ returns, market, factors), MARKET_EXPOSURES)
        means = np.where((groups != "")[:, None], (averaging > 0.0).T @ of_sectors, MARKET_EXPOSURES)
        shrunk = _drawn_together(*_regress_all(lookback, returns, market, factors), means)
        betas = _with_the_market_at_one(shrunk, weights[rows])
        sector = _sector_exposures(returns - betas[:, :1] * market, groups)
    shape = (len(lookback.symbols), len(FACTORS))
    return Exposures(
        symbols=lookback.symbols,
        market_weights=weights,
        betas=_at_rows(betas, rows, shape),
        sector=_at_rows(sector, rows, shape[:1]),
        sources={"market": market_source} | {name: entry.source for name, entry in factors.items()},
        missing=missing,
    )


def market_weights(lookback: Lookback, sectors: Mapping[str, str]) -> tuple[FloatArray, str]:
    """Return the weights of the series in the market, and what it is."""
    for symbol in MARKET_SYMBOLS:
        if symbol in lookback.symbols and lookback.is_tradable[lookback.symbols.index(symbol)]:
            return np.array([float(name == symbol) for name in lookback.symbols]), symbol
    member = np.array([bool(sectors.get(symbol)) for symbol in lookback.symbols]) & lookback.is_tradable
    source = f"mean of the {int(member.sum())} symbols with a sector"
    if not member.any():
        member, source = lookback.is_tradable, "mean of all symbols, as no sector is known"
    return member / member.sum(), source


def _usable_factors(
    lookback: Lookback,
    sector_returns: FloatArray,
    market: FloatArray,
    macro: Mapping[str, MacroSeries],
    as_of: date,
) -> tuple[dict[str, FactorChanges], dict[str, str]]:
    """Return the factors that symbols can be told apart by, and why each of the others is missing."""
    found = {name: factor_changes(name, macro, lookback.sessions, as_of=as_of) for name in DAILY_SERIES}
    missing = {name: entry for name, entry in found.items() if isinstance(entry, str)}
    factors = {name: entry for name, entry in found.items() if isinstance(entry, FactorChanges)}
    for name in [name for name, entry in factors.items() if entry.is_monthly]:
        estimates, variances = (
            part[:, FACTORS.index(name)] for part in _regress_all(lookback, sector_returns, market, factors)
        )
        distance = float((estimates**2 / variances).sum())
        if estimates.size == 0 or distance < chi2.ppf(CHANCE, estimates.size):
            source = factors.pop(name).source
            missing[name] = f"exposures of {estimates.size} sectors to monthly {source} do not differ beyond chance"
    return factors, missing


def _regress_all(
    lookback: Lookback, returns: FloatArray, market: FloatArray, factors: Mapping[str, FactorChanges]
) -> tuple[FloatArray, FloatArray]:
    """Return estimates and their variances, shape (n_tradable, n_factors), NaN for missing factors."""
    estimates = np.full((returns.shape[0], len(FACTORS)), np.nan)
    variances = np.full_like(estimates, np.nan)
    daily = ["market", *(name for name, entry in factors.items() if not entry.is_monthly)]
    changes = np.stack([market, *(factors[name].changes for name in daily[1:])])
    known = np.isfinite(changes).all(axis=0)
    columns = [FACTORS.index(name) for name in daily]
    estimates[:, columns], variances[:, columns] = _regress(returns[:, known], changes[:, known])
    monthly = [(name, entry) for name, entry in factors.items() if entry.is_monthly]
    for name, entry in monthly:
        filled = np.where(known, changes, 0.0)
        unexplained = np.where(known, returns - estimates[:, columns] @ filled, 0.0)
        column = FACTORS.index(name)
        estimates[:, column], variances[:, column] = _regress_by_months(lookback, unexplained, filled, entry.changes)
    return estimates, variances


def _regress(returns: FloatArray, changes: FloatArray, *, explained_by: int = 0) -> tuple[FloatArray, FloatArray]:
    """Return least-squares slopes on all factors at once, and their variances, shape (n_series, n_factors).

    ``explained_by`` counts factors that both sides are already cleared of.
    """
    days = returns.shape[1]
    design = np.concatenate([np.ones((1, days)), changes]).T
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    coefficients = inverse @ design.T @ returns.T
    residuals = returns.T - design @ coefficients
    freedom = max(days - design.shape[1] - explained_by, 1)
    noise = (residuals**2).sum(axis=0) / freedom
    return coefficients[1:].T, (np.diag(inverse)[1:, None] * noise).T


def _regress_by_months(
    lookback: Lookback, unexplained: FloatArray, daily: FloatArray, changes: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return slopes of what daily factors leave unexplained on a monthly factor beyond the daily ones."""
    months = lookback.sessions.astype("datetime64[M]")
    starts = np.searchsorted(months, months_of(lookback.sessions))

    def of_monthly_means(moves: FloatArray) -> FloatArray:
        sums = np.add.reduceat(np.cumsum(moves, axis=1), starts, axis=1)
        return np.diff(sums / np.diff(np.append(starts, months.size)), axis=1, prepend=np.nan)

    used = np.isfinite(changes)
    returns, explained = of_monthly_means(unexplained)[:, used], of_monthly_means(daily)[:, used]
    slopes, _ = _regress(changes[None, used], explained)
    beyond = changes[None, used] - slopes @ explained
    estimates, variances = _regress(returns, beyond, explained_by=explained.shape[0])
    return estimates[:, 0], variances[:, 0]


def _sector_means(groups: npt.NDArray[np.str_]) -> FloatArray:
    """Return weights that average symbols by sector, shape (n_sectors, n_tradable)."""
    member = groups == np.unique(groups[groups != ""])[:, None]
    weights: FloatArray = member / member.sum(axis=1, keepdims=True)
    return weights


def _drawn_together(estimates: FloatArray, variances: FloatArray, means: FloatArray) -> FloatArray:
    """Return estimates drawn towards means, by the share of their spread that is noise."""
    if estimates.shape[0] == 0:
        return estimates
    spread = np.maximum(((estimates - means) ** 2 - variances).mean(axis=0), 0.0) + np.zeros_like(estimates)
    total = spread + variances
    trust = np.divide(spread, total, out=np.ones_like(total), where=total > 0.0)
    shrunk: FloatArray = means + trust * (estimates - means)
    return np.where(np.isfinite(estimates), shrunk, np.nan)


def _with_the_market_at_one(betas: FloatArray, weights: FloatArray) -> FloatArray:
    """Return exposures of which the market's are 1 to itself and 0 to all else, as shrinking may have moved them."""
    market = weights @ betas
    centred: FloatArray = betas - market
    centred[:, 0] = betas[:, 0] / market[0]
    return centred


def _sector_exposures(unexplained: FloatArray, groups: npt.NDArray[np.str_]) -> FloatArray:
    """Return exposures to the sector's mean unexplained return, of mean 1 over each sector; NaN without a sector."""
    exposures = np.full(groups.size, np.nan)
    for group in np.unique(groups[groups != ""]):
        members = np.flatnonzero(groups == group)
        exposures[members] = _exposures_within(unexplained[members])
    return exposures


def _exposures_within(unexplained: FloatArray) -> FloatArray:
    count = unexplained.shape[0]
    own = np.ones(count)
    if count < 2:
        return own
    centred = unexplained - unexplained.mean(axis=1, keepdims=True)
    others = (centred.sum(axis=0) - centred) / (count - 1)
    power = (others**2).sum(axis=1)
    if not (power > 0.0).all():
        return own
    slopes = (centred * others).sum(axis=1) / power
    if slopes.mean() < LEAST_COMMON_MOVE:
        return own
    noise = ((centred - slopes[:, None] * others) ** 2).mean(axis=1) / power
    scaled, variance = slopes / slopes.mean(), noise / slopes.mean() ** 2
    shrunk = _drawn_together(scaled[:, None], variance[:, None], own[:, None])[:, 0]
    exposures: FloatArray = shrunk / shrunk.mean()
    return exposures


def _at_rows(values: FloatArray, rows: npt.NDArray[np.intp], shape: tuple[int, ...]) -> FloatArray:
    placed = np.full(shape, np.nan)
    placed[rows] = values
    return placed
