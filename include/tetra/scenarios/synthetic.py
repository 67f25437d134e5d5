"""Synthetic scenarios of one as-of date: what they share is worked out once, each has its random stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from tetra.data.market_context import MarketContext
from tetra.data.prices import PriceHistory
from tetra.errors import ScenarioError
from tetra.scenarios import bootstrap, stress
from tetra.scenarios.catalogue import Catalogue
from tetra.scenarios.exposures import Exposures, estimate_exposures
from tetra.scenarios.exposures_factors import known_values
from tetra.scenarios.gbm import lookback_log_returns
from tetra.scenarios.historical import warmup_columns
from tetra.scenarios.lookback import Lookback, nearly_covered, select
from tetra.scenarios.monte_carlo import standardised_days
from tetra.scenarios.once import Once
from tetra.scenarios.randomness import digest, stream
from tetra.scenarios.realism import Source, describe_source, path_card
from tetra.scenarios.scenario import Bars, Check, Scenario, SymbolCoverage, withdraw
from tetra.scenarios.simulation import Simulation
from tetra.scenarios.validation import validate_largest_move, validate_volatility, volatility_band
from tetra.typing import DateArray, FloatArray, IntArray


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
    closes_only : bool
        Whether bootstraps and Monte Carlo paths have closes alone.
    """

    history: PriceHistory
    catalogue: Catalogue
    sessions: DateArray
    as_of: date
    seed: int
    context: MarketContext = field(default_factory=MarketContext)
    closes_only: bool = False

    def bootstrap(self, name: str) -> tuple[Scenario, tuple[Check, ...]]:
        """Return a circular block bootstrap and the checks of its kind."""
        settings = self.catalogue.bootstrap
        parameters = {"method": "circular_block", "block_length": settings.block_length, "season": settings.season}
        if self.not_covered is not None:
            return self._without_paths(name, "bootstrap", parameters), ()
        draws = self._block_draws(name)
        if self.closes_only:
            bars = _closes_alone(next(bootstrap.resample_many(self.lookback, draws[None, :]))[0])
        else:
            bars = bootstrap.resample(self.lookback, draws)
        scenario = self._with_paths(name, "bootstrap", bars, parameters)
        return scenario, self._likeness(scenario)

    def monte_carlo(self, name: str) -> tuple[Scenario, tuple[Check, ...]]:
        """Return a path of the catalogue's Monte Carlo method and the checks of its kind."""
        settings = self.catalogue.monte_carlo
        parameters: dict[str, Any] = {"method": settings.method, "initial_variance": settings.initial_variance}
        if self.not_covered is not None:
            return self._without_paths(name, "monte_carlo", parameters), ()
        rng = stream(self.seed, name)
        if self.closes_only:
            bars = _closes_alone(self.simulation.closes(rng, settings.initial_variance))
        else:
            bars = self.simulation.bars(rng, settings.initial_variance)
        scenario = self._with_paths(name, "monte_carlo", bars, parameters | self.simulation.found())
        return scenario, (*self._likeness(scenario), *self.simulation.checks())

    def stress(self, name: str) -> tuple[Scenario, tuple[Check, ...]]:
        """Return a stress scenario: a shock on a block bootstrap of its own."""
        settings = self.catalogue.stress
        parameters: dict[str, Any] = {"method": "stress", "severity": settings.severity}
        reason = self.not_covered or stress.why_not_covered(
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

    @Once
    def context_digest(self) -> str:
        """Hash of the sectors and releases that stress scenarios read: none that came after the as-of date."""
        parts: list[Any] = [dict(self.context.sectors)]
        for series_id, series in sorted(self.context.macro.items()):
            days, values = known_values(series, as_of=self.as_of)
            parts += [series_id, days, values]
        return digest(*parts)

    @Once
    def exposures(self) -> Exposures:
        """Of the lookback's tradable series to the market, sectors, rates, credit, the dollar and oil."""
        return estimate_exposures(
            self.lookback, sectors=self.context.sectors, macro=self.context.macro, as_of=self.as_of
        )

    def judged_paths(self, kind: str, names: Sequence[str]) -> tuple[FloatArray, tuple[FloatArray, FloatArray] | None]:
        """Return what a realism card is made from: log returns of a family's paths, and residuals if it filters.

        Monte Carlo paths start from unconditional variance here, whatever those stored do: the card is about the
        model, and not about how calm or wild the as-of date happens to be.

        Parameters
        ----------
        kind : {"bootstrap", "monte_carlo"}
        names : sequence of str

        Returns
        -------
        ndarray of shape (n_paths, n_tradable, n_sessions)
        tuple of ndarray or None
            As :func:`tetra.scenarios.realism.card` takes them.
        """
        rows = self.lookback.is_tradable
        start = np.log(self.lookback.last_close[rows, None])
        if kind == "bootstrap":
            draws = np.stack([self._block_draws(name) for name in names])
            closes = np.concatenate([batch[:, rows] for batch in bootstrap.resample_many(self.lookback, draws)])
        else:
            made = (self.simulation.closes(stream(self.seed, name), "unconditional") for name in names)
            closes = np.stack([close[rows] for close in made])
        returns = np.diff(np.log(closes), axis=-1, prepend=np.broadcast_to(start, (len(names), *start.shape)))
        if kind == "bootstrap" or self.simulation.method != "filtered_historical":
            return returns, None
        days = standardised_days(self.simulation.filtered)
        drawn = [self.simulation.draws(stream(self.seed, name), "unconditional") for name in names]
        return returns, (days, np.take(days, np.concatenate(drawn), axis=1))

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
            raise ScenarioError(f"no lookback as of {self.as_of}: {self.not_covered}")
        return lookback

    @Once
    def simulation(self) -> Simulation:
        """The catalogue's Monte Carlo model of the lookback."""
        return Simulation(self.lookback, self.catalogue.monte_carlo.method, self.sessions.size)

    @Once
    def _selected(self) -> tuple[Lookback | None, tuple[SymbolCoverage, ...]]:
        return select(self.history, days=self.catalogue.settings.lookback_sessions)

    @Once
    def not_covered(self) -> str | None:
        """Why no synthetic scenario can be made; None where they can."""
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

    @Once
    def nearly_covered(self) -> dict[str, str]:
        """Why symbols with nearly all of the lookback's sessions are not in it."""
        lookback, coverage = self._selected
        return {} if lookback is None else nearly_covered(coverage)

    @Once
    def _volatility_band(self) -> tuple[float, float]:
        return volatility_band(
            self.lookback,
            window=self.sessions.size,
            block_length=self.catalogue.bootstrap.block_length,
            rng=stream(self.seed, "volatility band"),
        )

    @Once
    def realism_source(self) -> Source:
        """What paths and families are compared with."""
        return describe_source(
            lookback_log_returns(self.lookback),
            sessions=self.sessions.size,
            block_length=self.catalogue.bootstrap.block_length,
            rng=stream(self.seed, "realism"),
        )

    def _likeness(self, scenario: Scenario) -> tuple[Check, ...]:
        checks = (
            validate_volatility(scenario, band=self._volatility_band),
            validate_largest_move(scenario, self.lookback),
        )
        if self.closes_only or scenario.bars is None:
            return checks  # of many hundreds of paths the family's card is enough
        rows = scenario.is_tradable
        closes = np.concatenate([scenario.base_close[rows, None], scenario.bars.close[rows]], axis=1)
        card = path_card(self.realism_source, np.diff(np.log(closes), axis=1))
        return (*checks, *(moment.as_check() for moment in card))

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
            reason=reason or self.not_covered,
            seed=self.seed,
            parameters=parameters,
        )


def _closes_alone(close: FloatArray) -> Bars:
    nothing = np.broadcast_to(np.nan, close.shape)
    return Bars(nothing, nothing, nothing, close, nothing)
