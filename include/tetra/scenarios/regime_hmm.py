"""Regimes by a Gaussian hidden Markov model on the market's daily return and recent volatility, over ``hmmlearn``.

Each session has a pair: its log return, and the log of the volatility of the last sessions up to it. States are ordered
by their volatility, the calmest first. A session's state is the likeliest given **all** sessions up to the as-of date
(smoothed, not filtered): scenarios are stretches of history, and nobody trades on these labels.

References
----------
.. [1] Hamilton (1989), "A New Approach to the Economic Analysis of Nonstationary Time Series and the Business Cycle",
   Econometrica 57(2), 357-384.
.. [2] Rydén, Teräsvirta and Åsbrink (1998), "Stylized facts of daily return series and the hidden Markov model",
   Journal of Applied Econometrics 13(3), 217-244.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from tetra.scenarios.regime_rules import rolling_volatility
from tetra.scenarios.regime_settings import HiddenMarkovSettings
from tetra.typing import BoolArray, FloatArray, IntArray

STATES: Mapping[int, tuple[str, ...]] = {
    2: ("low_volatility", "high_volatility"),
    3: ("low_volatility", "medium_volatility", "high_volatility"),
}
"""What the states are called, the calmest first, by how many there are."""

LEAST_OBSERVATIONS = 504
"""Two years: a state of a tenth of the sessions then has fifty to be estimated from."""

FLATTEST = 1e-4
"""Annualised volatility that a calmer window counts as: a price that does not move has no logarithm of it."""

STAY = 0.98
"""Where the search starts: the daily probability of staying in a state, so that a spell lasts fifty sessions."""

START_QUANTILES = (0.4, 0.95)
"""Between which quantiles of volatility the states are parted where the search starts: wild states are the rarer ones.
Measured with three states on the S&P 500 of 1990 to 2022: 12 of 12 starts end at the best, 4 of 12 from (0.1, 0.9)."""

SMALLEST_PART = 0.05
"""Least share of the sessions that a state starts with."""


@dataclass(frozen=True)
class HiddenMarkovModel:
    """A fitted model, states ordered by volatility.

    Parameters
    ----------
    means : ndarray of shape (n_states, 2)
        Daily log return, and log of annualised volatility.
    covariances : ndarray of shape (n_states, 2, 2)
    transitions : ndarray of shape (n_states, n_states)
        Daily probability of going from the row's state to the column's.
    probabilities : ndarray of shape (n_observations, n_states)
        Of each state on each session, given all of them.
    log_likelihood : float
        Of the pairs scaled to mean 0 and variance 1.
    is_converged : bool
    """

    means: FloatArray
    covariances: FloatArray
    transitions: FloatArray
    probabilities: FloatArray
    log_likelihood: float
    is_converged: bool

    @property
    def states(self) -> IntArray:
        """The likeliest state of each session, 0 for the calmest."""
        likeliest: IntArray = self.probabilities.argmax(axis=1).astype(np.int64)
        return likeliest


def label_by_states(log_returns: FloatArray, settings: HiddenMarkovSettings) -> dict[str, BoolArray]:
    """Return, per state, whether each session of the market is in it.

    Parameters
    ----------
    log_returns : ndarray of shape (n_returns,)
    settings : HiddenMarkovSettings

    Returns
    -------
    dict of str to ndarray of bool, shape (n_returns,)
        The first sessions, without a full window of volatility, are in none. Empty where there are fewer than
        :data:`LEAST_OBSERVATIONS` beyond them, or they never move.
    """
    observations = observe(log_returns, settings.volatility_window)
    if observations.shape[0] < LEAST_OBSERVATIONS or (np.ptp(observations, axis=0) == 0.0).any():
        return {}
    states = np.full(log_returns.size, -1, dtype=np.int64)
    states[settings.volatility_window - 1 :] = fit_states(observations, settings).states
    return {kind: states == number for number, kind in enumerate(STATES[settings.states])}


def observe(log_returns: FloatArray, window: int) -> FloatArray:
    """Return the pairs the model is of, from the first session with a full window of volatility on.

    Returns
    -------
    ndarray of shape (n_observations, 2)
        Log return, and log of annualised volatility over ``window`` sessions.
    """
    volatility = rolling_volatility(log_returns, window)[window - 1 :]
    return np.column_stack([log_returns[window - 1 :], np.log(np.maximum(volatility, FLATTEST))])


def fit_states(observations: FloatArray, settings: HiddenMarkovSettings) -> HiddenMarkovModel:
    """Return the likeliest of the models that expectation maximisation ends at from several starts.

    Parameters
    ----------
    observations : ndarray of shape (n_observations, 2)
        From :func:`observe`; both columns vary.
    settings : HiddenMarkovSettings

    Notes
    -----
    A start parts the sessions by random quantiles of their volatility. The fit is held to one thread: these matrices
    are small, so more only wait for each other (four times the processor's time was measured), and sums taken in
    another order would make other bytes on another machine.
    """
    # scikit-learn behind it takes a second to load, and only this needs it
    from hmmlearn.hmm import GaussianHMM

    centre, scale = observations.mean(axis=0), observations.std(axis=0)
    scaled = (observations - centre) / scale
    build = functools.partial(
        GaussianHMM,
        settings.states,
        covariance_type="full",
        n_iter=settings.max_iterations,
        tol=settings.tolerance,
        init_params="",  # all of it is set by _start
    )
    with threadpool_limits(limits=1):
        try:
            best = _best(functools.partial(build, implementation="scaling"), scaled, settings)
        except ValueError:
            # a move of forty deviations underflows its probabilities; logarithms hold it and take three times as long
            best = _best(functools.partial(build, implementation="log"), scaled, settings)
        probabilities, log_likelihood = best.predict_proba(scaled), float(best.score(scaled))
    order = np.argsort(best.means_[:, 1])
    return HiddenMarkovModel(
        means=best.means_[order] * scale + centre,
        covariances=best.covars_[order] * np.outer(scale, scale),
        transitions=best.transmat_[np.ix_(order, order)],
        probabilities=probabilities[:, order],
        log_likelihood=log_likelihood,
        is_converged=_has_converged(list(best.monitor_.history), settings.tolerance),
    )


def _best(build: Callable[[], Any], scaled: FloatArray, settings: HiddenMarkovSettings) -> Any:
    """Return the likeliest fitted model of ``hmmlearn``."""
    rng = np.random.default_rng(settings.seed)
    models = [_start(build(), scaled, rng).fit(scaled) for _ in range(settings.starts)]
    return max(models, key=lambda model: float(model.monitor_.history[-1]))


def _start(model: Any, scaled: FloatArray, rng: np.random.Generator) -> Any:
    """Return the model with its starting values."""
    states = model.n_components
    parts = _partition(scaled[:, 1], states, rng)
    model.startprob_ = np.full(states, 1.0 / states)
    model.transmat_ = np.full((states, states), (1.0 - STAY) / (states - 1))
    np.fill_diagonal(model.transmat_, STAY)
    model.means_ = np.stack([scaled[parts == state].mean(axis=0) for state in range(states)])
    model.covars_ = np.stack([np.eye(2)] * states)
    return model


def _has_converged(log_likelihoods: list[float], tolerance: float) -> bool:
    # the monitor's own `converged` is also true where the iterations ran out
    return len(log_likelihoods) > 1 and log_likelihoods[-1] - log_likelihoods[-2] < tolerance


def _partition(volatility: FloatArray, states: int, rng: np.random.Generator) -> IntArray:
    """Return a part per session: bands of volatility, calm ones first, cut at random."""
    lowest, highest = START_QUANTILES
    width = (highest - lowest) / (states - 1)
    offsets = rng.uniform(0.0, width - SMALLEST_PART, states - 1)
    cuts = lowest + width * np.arange(states - 1) + offsets
    ranks = volatility.argsort(kind="stable").argsort(kind="stable") / volatility.size
    parts: IntArray = np.searchsorted(cuts, ranks, side="right").astype(np.int64)
    return parts
