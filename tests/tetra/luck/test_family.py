"""A family judged together: who takes part in what."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tetra.errors import DataError
from tetra.luck.family import Candidate, FamilyLuck, judge
from tetra.luck.predictive_ability import MOST_RESAMPLES
from tetra.luck.verdict import Verdict, family_level

DAYS = 800


def _candidate(name: str, *, mean: float = 0.0, p_value: float = 0.5, seed: int) -> Candidate:
    timed = np.random.default_rng(seed).standard_normal(DAYS) * 0.01
    timed += mean - timed.mean()
    market = np.random.default_rng(99).standard_normal(DAYS) * 0.01 + 0.0005
    return Candidate(name, timed + 0.5 * market, timed, p_value)


def _judge(*candidates: Candidate, n_ever: int = 0) -> FamilyLuck:
    return judge(candidates, n_ever=n_ever, rng=np.random.default_rng(1))


NOISE = [_candidate(f"noise_{seed}", seed=seed) for seed in range(6)]
SKILLED = _candidate("skilled", mean=0.002, p_value=0.001, seed=50)


def test_skill_is_found_among_noise() -> None:
    family = _judge(*NOISE, SKILLED)
    assert [luck.verdict for luck in family.strategies] == [Verdict.LIKELY_LUCK] * 6 + [Verdict.SKILL]
    found = family.strategies[-1]
    assert found.stepwise_p_value <= family.level == pytest.approx(0.05)
    assert found.probabilistic_sharpe_ratio >= found.deflated_sharpe_ratio > 0.95
    assert found.minimum_track_record_length < found.n_sessions == DAYS
    assert family.probability_of_backtest_overfitting < 0.05
    assert family.spa_consistent <= 0.01
    assert (family.n_tested, family.effective_trials) == (7, 7.0)
    assert 1.0 <= found.rank_low <= found.rank_high <= 7.0


def test_trials_that_were_dropped_raise_the_bar() -> None:
    few, many = _judge(*NOISE, SKILLED), _judge(*NOISE, SKILLED, n_ever=700)
    assert many.effective_trials == 700.0
    assert many.expected_maximum_sharpe > few.expected_maximum_sharpe
    # 5 % times 7 of 700: no p-value of 1,000 resamples is that small, so there are more
    assert many.level == pytest.approx(0.0005)
    assert many.strategies[-1].stepwise_p_value <= many.level
    assert many.strategies[-1].verdict is Verdict.SKILL


def test_with_too_many_trials_no_p_value_is_fine_enough() -> None:
    # 5 % times 7 of 7,007 is below 1 in 20,001, the smallest p-value of the most resamples; of 7,000 it is not
    assert family_level(n_tested=7, n_ever=7000) > 1 / (MOST_RESAMPLES + 1) > family_level(n_tested=7, n_ever=7007)
    best = _judge(*NOISE, SKILLED, n_ever=7007).strategies[-1]
    assert best.stepwise_p_value == pytest.approx(1 / (MOST_RESAMPLES + 1))
    assert best.verdict is Verdict.NOT_PROVEN


def test_who_is_not_tested_has_a_reason_and_no_number() -> None:
    short = np.where(np.arange(DAYS) < 700, np.nan, NOISE[0].timing_returns)
    family = _judge(
        SKILLED,
        NOISE[1],
        replace(NOISE[2], name="held", has_constant_weights=True),
        replace(NOISE[3], name="short", timing_returns=short, returns=short),
        replace(NOISE[4], name="twinless", null_twin_p_value=math.nan),
    )
    _, _, held, brief, twinless = family.strategies
    assert [luck.verdict for luck in (held, brief, twinless)] == [Verdict.NOT_TESTED] * 3
    assert [luck.reason for luck in (held, brief, twinless)] == [
        "constant weights",
        "100 sessions, fewer than 252",
        "no null twins",
    ]
    for luck in (held, brief, twinless):
        assert math.isnan(luck.stepwise_p_value)
        assert math.isnan(luck.deflated_sharpe_ratio)
        assert math.isnan(luck.timing_sharpe_ratio)
    assert not math.isnan(held.rank_low)  # it is ranked all the same
    assert math.isnan(brief.rank_low)
    assert family.n_tested == 2


def test_a_strategy_that_looks_ahead_takes_part_in_nothing() -> None:
    peeking = replace(_candidate("peeking", mean=0.01, p_value=0.001, seed=60), looks_ahead=True)
    without, beside = _judge(*NOISE), _judge(*NOISE, peeking)
    rejected = beside.strategies[-1]
    assert rejected.verdict is Verdict.LOOKS_AHEAD
    assert math.isnan(rejected.rank_low)
    assert repr(beside.strategies[:-1]) == repr(without.strategies)  # NaN is never equal to itself
    assert beside.probability_of_backtest_overfitting == without.probability_of_backtest_overfitting


def test_a_strategy_with_an_out_of_sample_part_only_is_tested_on_it() -> None:
    later = np.where(np.arange(DAYS) < 400, np.nan, SKILLED.timing_returns)
    family = _judge(*NOISE, replace(SKILLED, timing_returns=later, returns=later))
    luck = family.strategies[-1]
    assert luck.n_sessions == 400
    assert luck.verdict is Verdict.SKILL
    assert family.strategies[0].n_sessions == DAYS


def test_a_short_or_a_still_strategy_leaves_the_others_their_days() -> None:
    short = np.where(np.arange(DAYS) < 520, np.nan, NOISE[5].timing_returns)
    # beyond its first 300 days, which the next one lacks, it does nothing
    still = np.where(np.arange(DAYS) < 300, NOISE[4].timing_returns, 0.0)
    later = np.where(np.arange(DAYS) < 300, np.nan, NOISE[3].timing_returns)
    family = _judge(
        *NOISE[:3],
        replace(NOISE[3], timing_returns=later, returns=later),
        replace(NOISE[4], timing_returns=still),
        replace(NOISE[5], timing_returns=short, returns=short),
    )
    without = [replace(noise, timing_returns=np.where(np.isnan(later), later, noise.timing_returns)) for noise in NOISE]
    assert family.probability_of_backtest_overfitting == _judge(*without[:4]).probability_of_backtest_overfitting
    assert family.effective_trials == 6.0  # these two are seen to be like no other
    assert all(1.0 <= luck.rank_low <= luck.rank_high <= 6.0 for luck in family.strategies)


def test_nobody_to_test_gives_no_numbers() -> None:
    family = _judge(replace(NOISE[0], has_constant_weights=True))
    assert family.n_tested == 0
    assert math.isnan(family.spa_consistent)
    assert family.strategies[0].verdict is Verdict.NOT_TESTED


def test_the_same_seed_gives_the_same_answer() -> None:
    assert repr(_judge(*NOISE, SKILLED)) == repr(_judge(*NOISE, SKILLED))


def test_candidates_must_be_distinct_and_of_the_same_days() -> None:
    with pytest.raises(DataError, match="noise_0 come more than once"):
        _judge(NOISE[0], NOISE[0])
    with pytest.raises(DataError, match="not of the same days"):
        _judge(NOISE[0], replace(NOISE[1], returns=np.zeros(5)))
