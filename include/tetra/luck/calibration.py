"""How often the verdict is right, on given returns: false calls among noise, and how many oracles are found.

A seed is one family: strategies drawn anew on the same returns, judged by the rule as any others. Costs are left out,
which is the harder case for the first number. The full size is a benchmark; tests run a small one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from tetra.luck.noise import KINDS, noise_weights, oracle_weights
from tetra.luck.null_twins import null_twin_p_value, permuted_dates
from tetra.luck.observations import reason_not_tested
from tetra.luck.predictive_ability import predictive_ability
from tetra.luck.timing_returns import timing_returns
from tetra.luck.verdict import Evidence, Verdict, family_level, verdict_on
from tetra.typing import FloatArray, IntArray


@dataclass(frozen=True)
class Share:
    """In how many of the seeds something happened.

    Parameters
    ----------
    count, n_seeds : int
    """

    count: int
    n_seeds: int

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.count / self.n_seeds


@dataclass(frozen=True)
class _Made:
    weights: FloatArray
    timing_returns: FloatArray


def share_with_false_skill(returns: FloatArray, *, seeds: Iterable[int], n_strategies: int = 200) -> Share:
    """Return in how many families of noise any strategy is called skill.

    Parameters
    ----------
    returns : ndarray of shape (n_rows, n_days)
        Of instruments, finite.
    seeds : iterable of int
    n_strategies : int
        In a family; the kinds of noise take turns, with one signal for all rows and with one for each.
    """
    verdicts = [_judge_noise(returns, np.random.default_rng(seed), n_strategies) for seed in seeds]
    return Share(sum(Verdict.SKILL in found for found in verdicts), len(verdicts))


def share_of_oracles_found(
    returns: FloatArray, *, accuracy: float, seeds: Iterable[int], n_strategies: int = 200
) -> Share:
    """Return in how many families the one oracle among noise is called skill.

    Parameters
    ----------
    returns : ndarray of shape (n_rows, n_days)
        Of instruments, finite. The oracle trades all of them together, the market portfolio.
    accuracy : float
        How often it is told the right sign.
    seeds : iterable of int
    n_strategies : int
        In a family, the oracle included.
    """
    found = [_judge_oracle(returns, np.random.default_rng(seed), accuracy, n_strategies) for seed in seeds]
    return Share(sum(verdict is Verdict.SKILL for verdict in found), len(found))


def _judge_noise(returns: FloatArray, rng: Generator, n_strategies: int) -> list[Verdict]:
    return _verdicts(_noise(returns, rng, n_strategies), returns, rng)


def _judge_oracle(returns: FloatArray, rng: Generator, accuracy: float, n_strategies: int) -> Verdict:
    market = returns.mean(axis=0)
    weights = np.broadcast_to(oracle_weights(market, accuracy=accuracy, rng=rng), returns.shape)
    family = [_made(weights, returns), *_noise(returns, rng, n_strategies - 1)]
    return _verdicts(family, returns, rng)[0]


def _noise(returns: FloatArray, rng: Generator, n_strategies: int) -> list[_Made]:
    family = []
    for place in range(n_strategies):
        kind, is_one_signal = KINDS[place % len(KINDS)], place // len(KINDS) % 2 == 0
        weights = noise_weights(kind, (returns.shape[0], returns.shape[1]), rng=rng, is_one_signal=is_one_signal)
        family.append(_made(weights, returns))
    return family


def _made(weights: FloatArray, returns: FloatArray) -> _Made:
    earned = (weights * returns).mean(axis=0)
    timed = timing_returns(earned, weights=weights.mean(axis=0), buy_and_hold=returns.mean(axis=0))
    return _Made(weights, timed)


def _verdicts(family: list[_Made], returns: FloatArray, rng: Generator) -> list[Verdict]:
    """Return the verdicts, twins made only for those that StepM finds: the others are not skill whatever they say.

    Noise that happens never to change its mind is left out, as the assessment does.
    """
    family = [made for made in family if reason_not_tested(made.timing_returns) is None]
    ability = predictive_ability(np.column_stack([made.timing_returns for made in family]), rng=rng)
    level = family_level(n_tested=len(family), n_ever=len(family))
    dates: IntArray | None = None
    verdicts = []
    for made, stepwise in zip(family, ability.stepwise_p_values.tolist(), strict=True):
        twins = float("nan")
        if stepwise <= level:
            dates = permuted_dates(returns.shape[1], rng=rng) if dates is None else dates
            twins = _twins(made, returns, dates)
        verdicts.append(verdict_on(Evidence(stepwise, twins, float("nan")), level=level))
    return verdicts


def _twins(made: _Made, returns: FloatArray, dates: IntArray) -> float:
    return null_twin_p_value(
        made.weights,
        returns / returns.shape[0],
        capital=np.full(returns.shape, 1.0 / returns.shape[0]),
        buy_and_hold=returns.mean(axis=0),
        dates=dates,
    )
