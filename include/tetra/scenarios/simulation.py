"""Monte Carlo paths by the model that the catalogue names: each is fitted once per as-of date, when first needed.

=====================  ===================================  ========================================================
method                 model                                parameters stored with every path
=====================  ===================================  ========================================================
filtered_historical    :mod:`tetra.scenarios.monte_carlo`   symbols on the fallback or refitted, and why
gbm                    :mod:`tetra.scenarios.gbm`           how far the correlation is shrunk
multivariate_t         ``multivariate_t``                   degrees of freedom
regime_switching       ``regime_switching``                 share of days per state, or why there is one only
=====================  ===================================  ========================================================
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from tetra.scenarios import bootstrap, gbm, monte_carlo, multivariate_t, regime_switching
from tetra.scenarios.lookback import Lookback
from tetra.scenarios.monte_carlo import FilteredReturns, InitialVariance
from tetra.scenarios.once import Once
from tetra.scenarios.scenario import Bars, Check
from tetra.scenarios.validation import validate_fits
from tetra.typing import FloatArray, IntArray

COMPILED = threading.Lock()
"""One compiled parallel loop at a time: numba's plainest threading layer ends the process that starts a second."""


@dataclass(frozen=True)
class Simulation:
    """The Monte Carlo model of a lookback.

    Parameters
    ----------
    lookback : Lookback
    method : str
        As in ``scenarios.yaml``.
    sessions : int
        Of a path.
    """

    lookback: Lookback
    method: str
    sessions: int

    def bars(self, rng: np.random.Generator, initial: InitialVariance) -> Bars:
        """Return one path; ``initial`` is where volatility, or the regime, starts."""
        draws = self.draws(rng, initial)
        if self.method == "gbm":
            return gbm.simulate_gbm(self.lookback, self._brownian, draws, rng=rng)
        if self.method == "multivariate_t":
            return multivariate_t.simulate_multivariate_t(self.lookback, self._student, draws, rng=rng)
        if self.method == "regime_switching":
            return bootstrap.resample(self.lookback, draws)
        with COMPILED:
            volatility = monte_carlo.simulate_volatility(self.filtered, draws[None, :], initial_variance=initial)
        return monte_carlo.simulate(self.lookback, self.filtered, draws, volatility[0])

    def closes(self, rng: np.random.Generator, initial: InitialVariance) -> FloatArray:
        """Return the closes of :meth:`bars` alone, sooner."""
        if self.method == "regime_switching":
            paths = next(bootstrap.resample_many(self.lookback, self.draws(rng, initial)[None, :]))
            return paths.reshape(paths.shape[1:])
        if self.method != "filtered_historical":
            return self.bars(rng, initial).close
        draws = self.draws(rng, initial)[None, :]
        with COMPILED:
            paths = next(monte_carlo.simulate_many(self.lookback, self.filtered, draws, initial_variance=initial))
        return paths.reshape(paths.shape[1:])

    def draws(self, rng: np.random.Generator, initial: InitialVariance) -> IntArray:
        """Return the real days that a path draws, shape (n_sessions,); the first thing it takes from its stream."""
        if self.method == "regime_switching":
            return regime_switching.draw_regimes(
                self._regimes,
                self.sessions,
                initial_state=initial,
                block_length=monte_carlo.BLOCK_LENGTH,
                rng=rng,
            )
        days = self.lookback.sessions.size
        return bootstrap.draw_blocks(days, self.sessions, block_length=monte_carlo.BLOCK_LENGTH, rng=rng)

    def found(self) -> dict[str, Any]:
        """Return what the fit found, JSON-safe."""
        if self.method == "gbm":
            return {"shrinkage": round(self._brownian.shrinkage, 6)}
        if self.method == "multivariate_t":
            return {"degrees_of_freedom": round(self._student.degrees_of_freedom, 6)}
        if self.method == "regime_switching":
            return {"state_shares": self._regimes.shares.round(6).tolist(), "fallback": self._regimes.fallback}
        filtered = self.filtered
        return {
            "garch_fallbacks": filtered.fallbacks,
            "garch_refits": filtered.refits,
            "garch_market_note": filtered.market_note,
        }

    def checks(self) -> tuple[Check, ...]:
        """Return the checks on the fit."""
        if self.method == "regime_switching":
            return (validate_fits(int(self._regimes.fallback is None), 1, name="regime_fit"),)
        if self.method != "filtered_historical":
            return ()
        symbols = int(self.lookback.is_tradable.sum())
        return (validate_fits(symbols - len(self.filtered.fallbacks), symbols),)

    @Once
    def filtered(self) -> FilteredReturns:
        """The GARCH models of the lookback's tradable series."""
        return monte_carlo.filter_returns(self.lookback)

    @Once
    def _brownian(self) -> gbm.BrownianMotion:
        return gbm.fit_gbm(self.lookback)

    @Once
    def _student(self) -> multivariate_t.StudentT:
        return multivariate_t.fit_multivariate_t(self.lookback)

    @Once
    def _regimes(self) -> regime_switching.Regimes:
        return regime_switching.fit_regimes(self.lookback)
