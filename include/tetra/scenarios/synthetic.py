"""Synthetic scenarios of one as-of date: what they share is worked out once, each has its random stream."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from tetra.data.market_context import MarketContext
from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios import bootstrap, monte_carlo, stress
from tetra.scenarios.catalogue import Catalogue
from tetra.scenarios.exposures import Exposures, estimate_exposures
from tetra.scenarios.historical import warmup_columns
from tetra.scenarios.lookback import Lookback, select
from tetra.scenarios.monte_carlo import FilteredReturns
from tetra.scenarios.randomness import digest, stream
from tetra.scenarios.scenario import Bars, Check, Scenario, SymbolCoverage, withdraw
from tetra.scenarios.validation import validate_fits, validate_largest_move, validate_volatility, volatility_band
from tetra.typing import DateArray, IntArray


@dataclass(frozen=True)
class SyntheticSource:
    """Where the synthetic scenarios of one as-of date come from.

    Parameters
    ----------
    history : PriceHistory
        As known at ``as_of``, which is its last session.
    catalogue : Catalogue
    sessions : ndarray of datetime64[D], shape (window,)
        The window's sessions, dated forward from ``as_of``.
    as_of : date
    seed : int
        Of the run.
    context : MarketContext
        Sectors and macro series, for stress scenarios.
    """

    history: PriceHistory
    catalogue: Catalogue
    sessions: DateArray
    as_of: date
    seed: int
    context: MarketContext = field(default_factory=MarketContext)

    def bootstrap(self, name: str) -> tuple[Scenario, tuple[Check, ...]]:
        """Return a circular block bootstrap and the checks of its kind."""
        settings = self.catalogue.bootstrap
        parameters = {"method": "circular_block", "block_length": settings.block_length, "season": settings.season}
        if self._not_covered is not None:
            return self._without_paths(name, "bootstrap", parameters), ()
        draws = self._block_draws(name)
        scenario = self._with_paths(name, "bootstrap", bootstrap.resample(self.lookback, draws), parameters)
        return scenario, (
            validate_volatility(scenario, band=self._volatility_band),
            validate_largest_move(scenario, self.lookback),
        )

    def monte_carlo(self, name: str) -> tuple[Scenario, tuple[Check, ...]]:
        """Return a filtered historical simulation and the checks of its kind."""
        settings = self.catalogue.monte_carlo
        parameters = {"method": settings.method, "initial_variance": settings.initial_variance}
        if self._not_covered is not None:
            return self._without_paths(name, "monte_carlo", parameters), ()
        draws = stream(self.seed, name).integers(0, self.lookback.sessions.size, size=self.sessions.size)
        volatility = monte_carlo.simulate_volatility(
            self.filtered, draws[None, :], initial_variance=settings.initial_variance
        )
        bars = monte_carlo.simulate(self.lookback, self.filtered, draws, volatility[0])
        fallbacks = self.filtered.fallbacks
        scenario = self._with_paths(name, "monte_carlo", bars, parameters | {"garch_fallbacks": fallbacks})
        symbols = int(self.lookback.is_tradable.sum())
        return scenario, (
            validate_volatility(scenario, band=self._volatility_band),
            validate_largest_move(scenario, self.lookback),
            validate_fits(symbols - len(fallbacks), symbols),
        )

    def stress(self, name: str) -> tuple[Scenario, tuple[Check, ...]]:
        """Return a stress scenario: a shock on a block bootstrap of its own."""
        settings = self.catalogue.stress
        parameters: dict[str, Any] = {"method": "stress", "severity": settings.severity}
        reason = self._not_covered or stress.why_not_covered(
            name,
            settings,
            lookback=self.lookback,
            sectors=self.context.sectors,
            sessions=self.sessions.size,
        )
        if reason is not None:
            return self._without_paths(name, "stress", parameters, reason), ()
        stressed = stress.make_stress(
            name,
            settings,
            settings.severity,
            lookback=self.lookback,
            base=bootstrap.resample(self.lookback, self._block_draws(name)),
            exposures=self.exposures,
            sectors=self.context.sectors,
            rng=stream(self.seed, f"{name}: shock"),
        )
        scenario = replace(
            self._with_paths(name, "stress", stressed.bars, parameters | stressed.parameters),
            volatility_multiplier=float(stressed.parameters["volatility_multiplier"]),
            commission_multiplier=stressed.commission_multiplier,
            spread_multiplier=stressed.spread_multiplier,
        )
        return scenario, ()

    @functools.cached_property
    def context_digest(self) -> str:
        """Hash of the sectors and releases that stress scenarios read."""
        releases = [
            [series_id, series.observed_on, series.released_on, series.values]
            for series_id, series in sorted(self.context.macro.items())
        ]
        flat = [part for entry in releases for part in entry]
        return digest(dict(self.context.sectors), *flat)

    @functools.cached_property
    def exposures(self) -> Exposures:
        """Of the lookback's tradable series to the market, sectors, rates, credit, the dollar and oil."""
        return estimate_exposures(
            self.lookback, sectors=self.context.sectors, macro=self.context.macro, as_of=self.as_of
        )

    def _block_draws(self, name: str) -> IntArray:
        settings = self.catalogue.bootstrap
        rng = stream(self.seed, name)
        if settings.season is None:
            days, sessions = self.lookback.sessions.size, self.sessions.size
            return bootstrap.draw_blocks(days, sessions, block_length=settings.block_length, rng=rng)
        return bootstrap.draw_seasonal_blocks(
            self.lookback.sessions,
            self.sessions,
            season=settings.season,
            block_length=settings.block_length,
            rng=rng,
        )

    @property
    def lookback(self) -> Lookback:
        """The days to draw from.

        Raises
        ------
        ScenarioError
            If the history is too short for them.
        """
        lookback, _ = self._selected
        if lookback is None:
            raise ScenarioError(f"no lookback as of {self.as_of}: {self._not_covered}")
        return lookback

    @functools.cached_property
    def filtered(self) -> FilteredReturns:
        """The GARCH models of the lookback's tradable series."""
        return monte_carlo.filter_returns(self.lookback)

    @functools.cached_property
    def _selected(self) -> tuple[Lookback | None, tuple[SymbolCoverage, ...]]:
        return select(self.history, days=self.catalogue.settings.lookback_sessions)

    @functools.cached_property
    def _not_covered(self) -> str | None:
        lookback, _ = self._selected
        settings = self.catalogue.settings
        if lookback is None:
            held, needed = self.history.sessions.size, settings.lookback_sessions + 1
            return f"{held} sessions of history up to {self.as_of}, {needed} are needed"
        tradable = int(lookback.is_tradable.sum())
        if tradable < settings.min_symbols:
            needed = settings.lookback_sessions + 1
            return (
                f"{tradable} tradable symbols have all of the last {needed} sessions up to {self.as_of}, "
                f"{settings.min_symbols} are needed"
            )
        return None

    @functools.cached_property
    def _volatility_band(self) -> tuple[float, float]:
        return volatility_band(
            self.lookback,
            window=self.sessions.size,
            block_length=self.catalogue.bootstrap.block_length,
            rng=stream(self.seed, "volatility band"),
        )

    def _with_paths(self, name: str, scenario_type: str, bars: Bars, parameters: dict[str, Any]) -> Scenario:
        rows = np.flatnonzero(np.isin(self.history.symbols, self.lookback.symbols)).astype(np.int64)
        warmup = warmup_columns(
            self.history, rows, first=self.history.sessions.size, count=self.catalogue.settings.warmup_bars
        )
        found = {
            "warmup_bars": int(warmup.size),
            "lookback_start": str(self.lookback.sessions[0]),
            "lookback_end": str(self.lookback.sessions[-1]),
        }
        return Scenario(
            name=name,
            scenario_type=scenario_type,
            family=scenario_type,
            start_date=self.sessions[0].item(),
            end_date=self.sessions[-1].item(),
            coverage=self._selected[1],
            sessions=self.sessions,
            warmup=self.history.sessions[warmup],
            symbols=self.lookback.symbols,
            is_tradable=self.lookback.is_tradable,
            base_close=self.lookback.last_close,
            bars=bars,
            seed=self.seed,
            parameters=parameters | found,
        )

    def _without_paths(
        self, name: str, scenario_type: str, parameters: dict[str, Any], reason: str | None = None
    ) -> Scenario:
        return Scenario(
            name=name,
            scenario_type=scenario_type,
            family=scenario_type,
            start_date=self.sessions[0].item(),
            end_date=self.sessions[-1].item(),
            coverage=withdraw(self._selected[1]),
            reason=reason or self._not_covered,
            seed=self.seed,
            parameters=parameters,
        )
