"""The hidden Markov model against ``hmmlearn`` itself, on a chain whose states are known, and on the S&P 500."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from tests.tetra.scenarios.real_histories import SAMPLE_AS_OF, sample_history
from tests.tetra.scenarios.test_regimes import SETTINGS
from threadpoolctl import threadpool_limits

from tetra.scenarios.regime_hmm import (
    LEAST_OBSERVATIONS,
    HiddenMarkovModel,
    fit_states,
    label_by_states,
    observe,
)
from tetra.scenarios.regime_market import MarketSeries, market_series
from tetra.typing import BoolArray, FloatArray, IntArray

HIDDEN = SETTINGS.hidden_markov
WINDOW = HIDDEN.volatility_window


@functools.cache
def index() -> MarketSeries:
    return market_series(sample_history(), market=("SPX",), volatility_index="VIX", min_symbols=5)


@functools.cache
def model() -> HiddenMarkovModel:
    return fit_states(observe(index().log_returns, WINDOW), HIDDEN)


def inside(labelled: BoolArray, first: str, last: str) -> float:
    sessions = index().sessions
    return float(labelled[(sessions >= np.datetime64(first)) & (sessions <= np.datetime64(last))].mean())


def switching_returns(days: int = 2500) -> tuple[FloatArray, IntArray]:
    """A chain that stays 100 days on average in a state, 0.5 or 2.5 % a day."""
    rng = np.random.default_rng(11)
    states = np.cumsum(rng.uniform(size=days) < 0.01) % 2
    return rng.normal(0.0, np.where(states == 0, 0.005, 0.025)), states


def test_parameters_and_states_are_those_of_hmmlearn_started_its_own_way() -> None:
    # it starts from k-means, ours from bands of volatility: both end at the same optimum
    observations = observe(index().log_returns, WINDOW)
    centre, scale = observations.mean(axis=0), observations.std(axis=0)
    scaled = (observations - centre) / scale
    with threadpool_limits(limits=1):
        theirs = GaussianHMM(3, covariance_type="full", n_iter=300, tol=0.01, random_state=2).fit(scaled)
        order = np.argsort(theirs.means_[:, 1])
        states = np.argsort(order)[theirs.predict_proba(scaled).argmax(axis=1)]
        assert model().log_likelihood == pytest.approx(theirs.score(scaled), abs=0.05)
    np.testing.assert_allclose(model().means, theirs.means_[order] * scale + centre, atol=0.002)
    np.testing.assert_allclose(model().covariances, theirs.covars_[order] * np.outer(scale, scale), atol=0.0005)
    np.testing.assert_allclose(model().transitions, theirs.transmat_[np.ix_(order, order)], atol=0.0005)
    assert (model().states == states).mean() > 0.999
    assert model().is_converged


def test_states_are_ordered_by_volatility_and_probabilities_add_up() -> None:
    assert (np.diff(model().means[:, 1]) > 0).all()
    deviations = [index().log_returns[WINDOW - 1 :][model().states == state].std() for state in range(3)]
    assert deviations == sorted(deviations)
    np.testing.assert_allclose(model().probabilities.sum(axis=1), 1.0, rtol=1e-9)
    np.testing.assert_allclose(model().transitions.sum(axis=1), 1.0, rtol=1e-9)


def test_the_crises_are_of_high_volatility_and_2017_of_low() -> None:
    labels = label_by_states(index().log_returns, HIDDEN)
    assert inside(labels["high_volatility"], "2008-09-02", "2009-03-31") == 1.0
    assert inside(labels["high_volatility"], "2020-03-01", "2020-04-30") == 1.0
    assert inside(labels["low_volatility"], "2017-01-03", "2017-12-29") == 1.0
    assert index().sessions[-1].item() == SAMPLE_AS_OF


def test_every_session_with_a_full_window_is_in_one_state() -> None:
    stacked = np.stack(list(label_by_states(index().log_returns, HIDDEN).values())).sum(axis=0)
    assert stacked[: WINDOW - 1].tolist() == [0] * (WINDOW - 1)
    assert (stacked[WINDOW - 1 :] == 1).all()


def test_a_chain_of_known_states_is_recovered() -> None:
    # volatility over a month is blurred by a month at each switch; there are 25 of them in 2,500 days
    returns, states = switching_returns()
    labels = label_by_states(returns, HIDDEN.model_copy(update={"states": 2}))
    assert list(labels) == ["low_volatility", "high_volatility"]
    agree = labels["high_volatility"][WINDOW:] == (states[WINDOW:] == 1)
    assert agree.mean() > 0.9


def test_the_same_seed_gives_the_same_bytes() -> None:
    again = fit_states(observe(index().log_returns, WINDOW), HIDDEN)
    assert again.probabilities.tobytes() == model().probabilities.tobytes()


def test_a_price_off_by_a_hundred_does_not_stop_the_fit() -> None:
    # 60 deviations in 8,000 sessions: probabilities underflow without logarithms. Its month stands out
    returns, _ = switching_returns(8000)
    returns[1200] += np.log(100.0)
    returns[1201] -= np.log(100.0)
    high = label_by_states(returns, HIDDEN)["high_volatility"]
    assert high[1201:1220].all()
    assert high.mean() < 0.5


@pytest.mark.parametrize(
    "returns", [switching_returns(LEAST_OBSERVATIONS + WINDOW - 2)[0], np.zeros(2000)], ids=["short", "flat"]
)
def test_too_short_or_too_flat_a_market_has_no_states(returns: FloatArray) -> None:
    assert label_by_states(returns, HIDDEN) == {}
