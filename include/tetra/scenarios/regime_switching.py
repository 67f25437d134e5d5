"""Regime switching: a hidden Markov chain of calm and turbulent markets, each session a real day of its regime.

A Gaussian hidden Markov model with two states is fitted by ``hmmlearn`` to the market's daily log returns. A path
walks its chain from the state of the as-of date, and each session draws one real day of its state for all symbols. So
the cross-section, the bars and the series nobody trades are a real day's, and volatility clusters by how long states
last. Within a state, days follow each other in the sample's order, in circular blocks, so that there is memory beyond
the state: drawn independently, the autocorrelation of squared returns fell below the card's band.

**Closed sample.** A state entered and not left by the as-of date, as in March 2009, would never end: its fitted
probability of ending is zero. The sample is closed to a circle, as the block bootstrap closes it, so each state is
left as often as it is entered, at least once; a long path then spends as many sessions in each state as the sample
did.

**Fallback.** Where the fit fails or does not converge, or a state is hardly ever visited, all days are drawn alike; the
reason is kept.

References
----------
.. [1] Hamilton (1989), "A New Approach to the Economic Analysis of Nonstationary Time Series and the Business Cycle",
   Econometrica 57(2), 357-384.
.. [2] Rydén, Teräsvirta and Åsbrink (1998), "Stylized facts of daily return series and the hidden Markov model",
   Journal of Applied Econometrics 13(3), 217-244: two states reproduce most of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from tetra.scenarios.bootstrap import draw_blocks
from tetra.scenarios.garch import FLAT, PERCENT
from tetra.scenarios.gbm import lookback_log_returns
from tetra.scenarios.lookback import Lookback
from tetra.scenarios.market_split import split_market
from tetra.typing import FloatArray, IntArray

STAY = 0.95
"""Where the search starts: the daily probability of staying in a state, so that a spell lasts a month."""

ITERATIONS = 500
TOLERANCE = 1e-6
"""Of the log likelihood, between iterations; on two years of days the search ends after 20 to 200."""

LEAST_DAYS = 20
"""Days of a state, below which it is an outlier or two and not a regime."""


@dataclass(frozen=True)
class Regimes:
    """A fitted chain, the calm state first, and the days of the lookback in each state.

    Parameters
    ----------
    transitions : ndarray of shape (n_states, n_states)
        Daily probability of going from the row's state to the column's, in the closed sample.
    probabilities : ndarray of shape (n_days, n_states)
        Of each state on each day, given all days.
    mean, volatility : ndarray of shape (n_states,)
        Of the market's log return per day, fractions.
    fallback : str or None
        Why there is one state only; None for a model that was fitted.
    """

    transitions: FloatArray
    probabilities: FloatArray
    mean: FloatArray
    volatility: FloatArray
    fallback: str | None = None

    @property
    def states(self) -> IntArray:
        """The likeliest state of each day, 0 for the calm one."""
        likeliest: IntArray = self.probabilities.argmax(axis=1).astype(np.int64)
        return likeliest

    @property
    def shares(self) -> FloatArray:
        """Share of the days, and of the sessions of a long path, in each state."""
        return np.bincount(self.states, minlength=self.transitions.shape[0]) / self.states.size


def fit_regimes(lookback: Lookback) -> Regimes:
    """Return the regimes of a lookback's market: the portfolio of equal risk in each tradable series."""
    returns = lookback_log_returns(lookback)
    market, _ = split_market(returns)
    return fit_market_regimes(market if returns.shape[0] > 1 else returns[0])


def fit_market_regimes(log_returns: FloatArray) -> Regimes:
    """Return the regimes of a series by maximum likelihood, or its fallback.

    Parameters
    ----------
    log_returns : ndarray of shape (n_days,)
    """
    # scikit-learn behind it takes a second to load, and only this needs it
    from hmmlearn.hmm import GaussianHMM

    if np.ptp(log_returns) < FLAT:
        return _single(log_returns, "returns do not vary")
    observations = (log_returns * PERCENT)[:, None]
    model = _started(GaussianHMM, observations)
    with threadpool_limits(limits=1):
        try:
            model.fit(observations)
            probabilities = model.predict_proba(observations)
        except ValueError as error:
            return _single(log_returns, f"hidden Markov fit failed: {error}")
    # the monitor's own `converged` is also true where the iterations ran out
    if model.monitor_.iter == ITERATIONS:
        return _single(log_returns, f"hidden Markov fit did not converge in {ITERATIONS} iterations")
    deviation = np.sqrt(model.covars_[:, 0, 0])
    order = np.argsort(deviation)
    fewest = int(np.bincount(probabilities.argmax(axis=1), minlength=2).min())
    if fewest < LEAST_DAYS:
        return _single(log_returns, f"a state of the hidden Markov fit has {fewest} days, {LEAST_DAYS} are needed")
    return Regimes(
        transitions=close_chain(model.transmat_[np.ix_(order, order)], probabilities[:, order]),
        probabilities=probabilities[:, order],
        mean=model.means_[order, 0] / PERCENT,
        volatility=deviation[order] / PERCENT,
    )


def close_chain(transitions: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Return the transitions of two states in a sample whose last day is followed by its first.

    Parameters
    ----------
    transitions : ndarray of shape (2, 2)
        As fitted.
    probabilities : ndarray of shape (n_days, 2)
        Of each state on each day.
    """
    days = np.bincount(probabilities.argmax(axis=1), minlength=2)
    switches = max(float(transitions[0, 1] * days[0]), float(transitions[1, 0] * days[1]), 1.0)
    leave = np.minimum(switches / days, 1.0)
    return np.array([[1.0 - leave[0], leave[0]], [leave[1], 1.0 - leave[1]]])


def draw_regimes(
    regimes: Regimes,
    sessions: int,
    *,
    initial_state: Literal["conditional", "unconditional"],
    block_length: int,
    rng: np.random.Generator,
) -> IntArray:
    """Return positions of days drawn from the states that a path of the chain visits.

    Parameters
    ----------
    regimes : Regimes
    sessions : int
    initial_state : {"conditional", "unconditional"}
        Of the first session: one step on from the state of the last day, or as a long path would have it.
    block_length : int
        Days of a state that follow each other in the sample's order; 1 draws them independently.
    rng : Generator

    Returns
    -------
    ndarray of int, shape (sessions,)
        To be resampled jointly, as of a bootstrap (:func:`tetra.scenarios.bootstrap.resample`).
    """
    is_conditional = initial_state == "conditional"
    first = regimes.probabilities[-1] @ regimes.transitions if is_conditional else regimes.shares
    visited = _walk(regimes.transitions, first, rng.random(sessions))
    draws = np.empty(sessions, dtype=np.int64)
    for state in range(regimes.transitions.shape[0]):
        inside = np.flatnonzero(visited == state)
        days = np.flatnonzero(regimes.states == state)
        draws[inside] = days[draw_blocks(days.size, inside.size, block_length=block_length, rng=rng)]
    return draws


def _walk(transitions: FloatArray, first: FloatArray, uniform: FloatArray) -> IntArray:
    """Return the states that a path visits, shape (n_sessions,), from one uniform number per session."""
    leave = np.cumsum(transitions, axis=1)[:, :-1]
    bounds = np.cumsum(first)[:-1]
    visited = np.empty(uniform.size, dtype=np.int64)
    for session, number in enumerate(uniform):
        visited[session] = np.searchsorted(bounds, number, side="right")
        bounds = leave[visited[session]]
    return visited


def _started(model_class: Any, observations: FloatArray) -> Any:
    """Return a model of ``hmmlearn`` with its starting values: half and twice the variance."""
    # no prior: maximum likelihood
    model = model_class(2, covariance_type="full", covars_prior=0.0, n_iter=ITERATIONS, tol=TOLERANCE, init_params="")
    model.startprob_ = np.array([0.5, 0.5])
    model.transmat_ = np.array([[STAY, 1.0 - STAY], [1.0 - STAY, STAY]])
    model.means_ = np.full((2, 1), observations.mean())
    model.covars_ = observations.var() * np.array([0.5, 2.0]).reshape(2, 1, 1)
    return model


def _single(log_returns: FloatArray, reason: str) -> Regimes:
    return Regimes(
        transitions=np.ones((1, 1)),
        probabilities=np.ones((log_returns.size, 1)),
        mean=np.array([log_returns.mean()]),
        volatility=np.array([log_returns.std()]),
        fallback=reason,
    )
