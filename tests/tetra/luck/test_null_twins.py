"""Null twins: what is shuffled, what is kept, and how often a strategy without skill is found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tests.tetra.luck.made import made_market

from tetra.errors import DataError
from tetra.luck.noise import noise_weights, oracle_weights
from tetra.luck.null_twins import null_twin_p_value, on_kept_days, permuted_dates
from tetra.luck.timing_returns import timing_returns

MARKET = made_market(6, 600, seed=1)
DATES = permuted_dates(600, rng=np.random.default_rng(2), n_twins=199)


def _p_value(weights: np.ndarray, returns: np.ndarray = MARKET) -> float:
    return null_twin_p_value(
        weights,
        returns / returns.shape[0],
        capital=np.full(returns.shape, 1.0 / returns.shape[0]),
        buy_and_hold=returns.mean(axis=0),
        dates=DATES,
    )


def _twin(weights: np.ndarray, returns: np.ndarray) -> float:
    """Return the same, twin by twin."""

    def sharpe_ratio(met: np.ndarray) -> float:
        earned = (weights * met).mean(axis=0)
        timed = timing_returns(earned, weights=weights.mean(axis=0), buy_and_hold=met.mean(axis=0))
        return float(timed.mean() / timed.std())

    observed = sharpe_ratio(returns)
    as_good = sum(sharpe_ratio(returns[:, order]) >= observed for order in DATES.T)
    return (1 + as_good) / (DATES.shape[1] + 1)


@pytest.mark.parametrize("kind", ["long_flat", "long_short", "levered", "low_turnover"])
def test_the_plain_twin_agrees(kind: str) -> None:
    weights = noise_weights(kind, MARKET.shape, rng=np.random.default_rng(5), is_one_signal=False)
    assert _p_value(weights) == _twin(weights, MARKET)


def test_every_permutation_holds_every_date_once() -> None:
    np.testing.assert_array_equal(np.sort(DATES, axis=0), np.tile(np.arange(600)[:, None], (1, 199)))


def test_an_oracle_beats_all_its_twins_and_its_mirror_image_none() -> None:
    market = MARKET.mean(axis=0)
    weights = oracle_weights(market, accuracy=0.65, rng=np.random.default_rng(3))
    told = np.broadcast_to(weights, MARKET.shape)
    assert _p_value(told) == 1 / 200
    assert _p_value(-told) == 1.0


def test_leverage_and_constant_exposure_change_nothing() -> None:
    weights = noise_weights("long_flat", MARKET.shape, rng=np.random.default_rng(8), is_one_signal=True)
    assert _p_value(weights) == _p_value(2.5 * weights) == _p_value(weights + 1.0)


def test_p_values_of_noise_are_spread_evenly() -> None:
    rng = np.random.default_rng(11)
    found = [_p_value(noise_weights("long_flat", MARKET.shape, rng=rng, is_one_signal=True)) for _ in range(200)]
    # uniform: a mean of 0.5 with deviation 0.02, a tenth of them below 0.1 with deviation 0.02
    assert np.mean(found) == pytest.approx(0.5, abs=0.07)
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.07)


def test_what_cannot_be_timed_has_no_p_value() -> None:
    assert math.isnan(_p_value(np.zeros_like(MARKET)))
    moves = MARKET[:, :100]
    dates = permuted_dates(100, rng=np.random.default_rng(1), n_twins=19)
    brief = null_twin_p_value(moves, moves, capital=moves, buy_and_hold=moves.mean(axis=0), dates=dates)
    assert math.isnan(brief)


def test_dates_of_another_history_are_refused() -> None:
    dates = permuted_dates(10, rng=np.random.default_rng(1), n_twins=9)
    with pytest.raises(DataError, match=r"dates \(10, 9\)"):
        null_twin_p_value(MARKET, MARKET, capital=MARKET, buy_and_hold=MARKET.mean(axis=0), dates=dates)


def _listed_over_time(n_days: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each of ten rows is listed, and its part of the capital: two at first, one more each 75 days."""
    is_listed = np.arange(n_days) >= 75 * (np.arange(10)[:, None] - 1)
    return is_listed, np.where(is_listed, 1.0 / is_listed.sum(axis=0), 0.0)


def test_twins_of_a_growing_universe_take_their_own_mean_weight_off() -> None:
    market = made_market(10, 600, seed=4)
    is_listed, capital = _listed_over_time(600)
    weights = np.where(is_listed, np.random.default_rng(5).random((10, 600)) < 0.5, 0.0).astype(float)

    def sharpe_ratio(order: np.ndarray) -> float:
        met, shared = market[:, order], capital[:, order]
        timed = timing_returns(
            (weights * met * shared).sum(axis=0),
            weights=(weights * shared).sum(axis=0),
            buy_and_hold=(met * shared).sum(axis=0),
        )
        return float(timed.mean() / timed.std())

    as_good = sum(sharpe_ratio(order) >= sharpe_ratio(np.arange(600)) for order in DATES.T)
    found = null_twin_p_value(
        weights, market * capital, capital=capital, buy_and_hold=(market * capital).sum(axis=0), dates=DATES
    )
    assert found == (1 + as_good) / 200


def test_a_growing_universe_makes_no_skill_of_being_invested() -> None:
    # half of the days invested in a market that doubles every year: were its mean weight taken off all twins alike,
    # those that hold less would look bad, and this noise good
    market = made_market(10, 600, seed=4) + 0.003
    _, capital = _listed_over_time(600)
    benchmark = (market * capital).sum(axis=0)
    rng = np.random.default_rng(6)
    found = []
    for _ in range(60):
        drawn = noise_weights("long_flat", (10, 600), rng=rng, is_one_signal=True)
        weights = np.where(capital > 0.0, drawn, 0.0)
        found.append(null_twin_p_value(weights, market * capital, capital=capital, buy_and_hold=benchmark, dates=DATES))
    # uniform: a mean of 0.5 with deviation 0.04
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)


def test_permutations_of_some_of_the_days_keep_their_order() -> None:
    is_kept = np.random.default_rng(7).random(600) < 0.4
    kept = on_kept_days(DATES, is_kept)
    days = np.flatnonzero(is_kept)
    assert kept.shape == (days.size, 199)
    for twin in (0, 100, 198):
        assert days[kept[:, twin]].tolist() == [day for day in DATES[:, twin].tolist() if is_kept[day]]
