from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.tetra.scenarios.builders import make_history
from tests.tetra.scenarios.real_lookbacks import CALM, CRISIS, real_lookback

from tetra.scenarios.lookback import select
from tetra.scenarios.regime_switching import (
    LEAST_DAYS,
    Regimes,
    close_chain,
    draw_regimes,
    fit_market_regimes,
    fit_regimes,
)
from tetra.typing import FloatArray, IntArray


def switching(days: int = 3000) -> tuple[FloatArray, IntArray]:
    """A chain that stays 100 days on average in each state, with 0.5 and 2 % a day."""
    rng = np.random.default_rng(11)
    states = np.cumsum(rng.uniform(size=days) < 0.01) % 2
    return rng.normal(0.0, np.where(states == 0, 0.005, 0.02)), states


RETURNS, STATES = switching()
REGIMES = fit_market_regimes(RETURNS)


def draw(regimes: Regimes, sessions: int, seed: int = 1, **changes: str | int) -> IntArray:
    options = {"initial_state": "unconditional", "block_length": 20} | changes
    return draw_regimes(regimes, sessions, rng=np.random.default_rng(seed), **options)


def test_the_fit_finds_the_states_that_made_the_returns() -> None:
    assert REGIMES.fallback is None
    np.testing.assert_allclose(REGIMES.volatility, [0.005, 0.02], rtol=0.05)
    assert (REGIMES.states == STATES).mean() > 0.97
    assert np.diag(REGIMES.transitions) == pytest.approx([0.99, 0.99], abs=0.005)


def test_a_long_path_spends_as_much_time_in_each_state_as_the_sample() -> None:
    # some 500 spells: their share varies by 0.03
    visited = REGIMES.states[draw(REGIMES, 50_000)]
    assert REGIMES.shares == pytest.approx([1 - STATES.mean(), STATES.mean()], abs=0.02)
    assert np.bincount(visited) / visited.size == pytest.approx(REGIMES.shares, abs=0.08)


def test_spells_last_as_long_as_in_the_model() -> None:
    visited = REGIMES.states[draw(REGIMES, 50_000)]
    leaving = (visited[:-1] == 0) & (visited[1:] == 1)
    assert leaving.sum() / (visited[:-1] == 0).sum() == pytest.approx(REGIMES.transitions[0, 1], rel=0.2)


def test_days_of_a_state_follow_each_other_in_blocks() -> None:
    days = np.flatnonzero(REGIMES.states == 0)
    rank = np.full(RETURNS.size, -1)
    rank[days] = np.arange(days.size)
    drawn = rank[draw(REGIMES, 5000)]
    calm = drawn[drawn >= 0]
    steps = np.diff(calm) % days.size
    assert (steps == 1).mean() == pytest.approx(0.95, abs=0.01)  # 19 of 20
    independent = rank[draw(REGIMES, 5000, block_length=1)]
    assert (np.diff(independent[independent >= 0]) % days.size == 1).mean() < 0.01


def test_a_conditional_path_starts_from_the_state_of_the_last_day() -> None:
    wild = fit_market_regimes(RETURNS[: int(np.flatnonzero(np.diff(STATES) == -1)[0]) + 1])
    assert wild.states[-1] == 1
    first = [draw(wild, 1, seed, initial_state="conditional")[0] for seed in range(300)]
    assert (wild.states[first] == 1).mean() > 0.9
    anywhere = [draw(wild, 1, seed)[0] for seed in range(300)]
    assert (wild.states[anywhere] == 1).mean() == pytest.approx(wild.shares[1], abs=0.1)


def test_a_state_that_the_sample_never_left_ends_all_the_same() -> None:
    # 300 days, entered once after 200 and never left: on a circle it is left once, so by 1 in 100 a day
    probabilities = np.zeros((300, 2))
    probabilities[:200, 0] = probabilities[200:, 1] = 1.0
    closed = close_chain(np.array([[0.995, 0.005], [0.0, 1.0]]), probabilities)
    np.testing.assert_allclose(closed, [[0.995, 0.005], [0.01, 0.99]])


def test_the_turbulence_of_march_2009_ends_on_the_paths() -> None:
    regimes = fit_regimes(real_lookback(CRISIS))
    assert regimes.states[-1] == 1
    assert regimes.transitions[1, 0] > 0.004
    visited = regimes.states[draw(regimes, 20_000)]
    assert np.bincount(visited) / visited.size == pytest.approx(regimes.shares, abs=0.1)


def test_the_wild_state_is_the_wilder_one_on_real_days() -> None:
    regimes = fit_regimes(real_lookback(CALM))
    assert regimes.fallback is None
    assert regimes.volatility[1] > 2 * regimes.volatility[0]
    # the Brexit vote of 2016-06-23 moved markets on the 24th
    day = int(np.searchsorted(real_lookback(CALM).sessions, np.datetime64("2016-06-24")))
    assert regimes.states[day] == 1


def test_a_lookback_without_regimes_is_drawn_alike_and_says_why() -> None:
    flat = fit_market_regimes(np.zeros(504))
    assert flat.fallback == "returns do not vary"
    outlier = np.random.default_rng(1).standard_normal(504) * 0.001
    outlier[100:103] = 0.2
    single = fit_market_regimes(outlier)
    assert single.fallback is not None
    assert single.fallback.endswith(f"days, {LEAST_DAYS} are needed")
    drawn = draw(single, 5000)
    assert np.unique(drawn).size == 504


def test_a_lookback_of_one_series_is_its_own_market() -> None:
    selected, _ = select(make_history(), days=504)
    assert selected is not None
    alone = np.log(selected.bars.close / selected.previous_close)[0]
    only_first = np.zeros_like(selected.is_tradable)
    only_first[0] = True
    made = fit_regimes(replace(selected, is_tradable=only_first))
    np.testing.assert_array_equal(made.states, fit_market_regimes(alone).states)
