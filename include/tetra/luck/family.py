"""All strategies of one assessment judged together: who is tested, on what, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from tetra.errors import DataError
from tetra.luck.effective_trials import cluster_labels, effective_trials, trial_variance
from tetra.luck.observations import LEAST_SESSIONS, reason_not_tested
from tetra.luck.overfitting import probability_of_backtest_overfitting
from tetra.luck.predictive_ability import PredictiveAbility, predictive_ability, resamples_for
from tetra.luck.rank_intervals import rank_intervals
from tetra.luck.sharpe import (
    SharpeMoments,
    deflated_sharpe_ratio,
    expected_maximum_sharpe,
    minimum_track_record_length,
    probabilistic_sharpe_ratio,
)
from tetra.luck.verdict import Evidence, Verdict, family_level, verdict_on
from tetra.metrics.checks import ROUNDING
from tetra.typing import BoolArray, FloatArray

NAN = float("nan")


@dataclass(frozen=True)
class Candidate:
    """A strategy as it comes to be judged; all of a family have the same days.

    Parameters
    ----------
    name : str
    returns : ndarray of shape (n_days,)
        Of its portfolio; NaN on days that do not count.
    timing_returns : ndarray of shape (n_days,)
        ``timing_returns.timing_returns`` of them.
    null_twin_p_value : float
        NaN where undefined.
    has_constant_weights, looks_ahead : bool
    """

    name: str
    returns: FloatArray
    timing_returns: FloatArray
    null_twin_p_value: float
    has_constant_weights: bool = False
    looks_ahead: bool = False


@dataclass(frozen=True)
class Luck:
    """What is known of one strategy's luck; NaN where ``reason`` says why.

    Parameters
    ----------
    name : str
    verdict : Verdict
    reason : str or None
        Why it was not tested.
    n_sessions : int
        That count.
    timing_sharpe_ratio : float
        Of timing returns, per session.
    probabilistic_sharpe_ratio, deflated_sharpe_ratio : float
        Probabilities.
    minimum_track_record_length : float
        Sessions until such timing is above zero with 95 % confidence; NaN if it is not above zero at all.
    stepwise_p_value, null_twin_p_value : float
    rank_low, rank_high : float
        Best and worst rank in 90 % of resamples, among all strategies with returns that vary.
    """

    name: str
    verdict: Verdict
    reason: str | None
    n_sessions: int
    timing_sharpe_ratio: float = NAN
    probabilistic_sharpe_ratio: float = NAN
    deflated_sharpe_ratio: float = NAN
    minimum_track_record_length: float = NAN
    stepwise_p_value: float = NAN
    null_twin_p_value: float = NAN
    rank_low: float = NAN
    rank_high: float = NAN


@dataclass(frozen=True)
class FamilyLuck:
    """What is known of all of them together; NaN where no strategy, or one too few, was tested.

    Parameters
    ----------
    strategies : tuple of Luck
        In the order they came.
    n_tested, n_ever : int
        Strategies tested now; trials ever made.
    effective_trials : float
    expected_maximum_sharpe : float
        Per session: what the best of so many shows by chance.
    probability_of_backtest_overfitting : float
    spa_lower, spa_consistent, spa_upper : float
        P-values.
    level : float
        At which StepM's p-values count as skill.
    """

    strategies: tuple[Luck, ...]
    n_tested: int
    n_ever: int
    effective_trials: float = NAN
    expected_maximum_sharpe: float = NAN
    probability_of_backtest_overfitting: float = NAN
    spa_lower: float = NAN
    spa_consistent: float = NAN
    spa_upper: float = NAN
    level: float = NAN


@dataclass(frozen=True)
class _Trials:
    """The tested ones: what deflation and the level need, and the tests of all at once."""

    timing_returns: FloatArray
    moments: tuple[SharpeMoments, ...]
    n_effective: float
    variance: float
    ability: PredictiveAbility
    level: float
    places: dict[str, int] = field(default_factory=dict)


def judge(candidates: Sequence[Candidate], *, n_ever: int, rng: Generator) -> FamilyLuck:
    """Return what is known of the luck of a family of strategies.

    Parameters
    ----------
    candidates : sequence of Candidate
        Those rejected for looking ahead too; they get their verdict and take part in nothing.
    n_ever : int
        Rows of the ledger of trials.
    rng : Generator

    Raises
    ------
    DataError
        If two have the same name, or they are not of the same days.

    Notes
    -----
    StepM and rank intervals take every strategy on its own days. Overfitting and clusters need days that all have: a
    strategy with less than half of the longest's stays out of them, and counts as a trial of its own.
    """
    _check(candidates)
    reasons = {candidate.name: _reason(candidate) for candidate in candidates}
    intervals = _rank_intervals(candidates, rng)
    tested = [candidate for candidate in candidates if reasons[candidate.name] is None]
    if not tested:
        told = [_luck(candidate, reasons[candidate.name], None, intervals) for candidate in candidates]
        return FamilyLuck(tuple(told), 0, n_ever)
    trials = _trials(tested, n_ever, rng)
    ability = trials.ability
    return FamilyLuck(
        strategies=tuple(_luck(candidate, reasons[candidate.name], trials, intervals) for candidate in candidates),
        n_tested=len(tested),
        n_ever=n_ever,
        effective_trials=trials.n_effective,
        expected_maximum_sharpe=expected_maximum_sharpe(n_trials=trials.n_effective, trial_variance=trials.variance),
        probability_of_backtest_overfitting=_overfitting(trials.timing_returns),
        spa_lower=ability.lower,
        spa_consistent=ability.consistent,
        spa_upper=ability.upper,
        level=trials.level,
    )


def _check(candidates: Sequence[Candidate]) -> None:
    names = [candidate.name for candidate in candidates]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise DataError(f"strategies {', '.join(twice)} come more than once; pass each once")
    sizes = {array.shape for candidate in candidates for array in (candidate.returns, candidate.timing_returns)}
    if len(sizes) > 1:
        raise DataError(
            f"returns of shapes {sorted(sizes)} are not of the same days; put NaN on days that do not count"
        )


def _reason(candidate: Candidate) -> str | None:
    if candidate.looks_ahead:
        return "its past moves with the future"
    reason = reason_not_tested(candidate.timing_returns, has_constant_weights=candidate.has_constant_weights)
    return reason or ("no null twins" if np.isnan(candidate.null_twin_p_value) else None)


def _compared(timing_returns: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return the days common to all strategies but short ones, and which strategies these are.

    None of them without a year in common; without those that did nothing in it.
    """
    n_days = (~np.isnan(timing_returns)).sum(axis=0)
    is_compared = 2 * n_days >= n_days.max()
    is_common = ~np.isnan(timing_returns[:, is_compared]).any(axis=1)
    is_compared &= is_common.sum() >= LEAST_SESSIONS
    is_compared[is_compared] = timing_returns[is_common][:, is_compared].std(axis=0) > ROUNDING
    common: FloatArray = timing_returns[is_common][:, is_compared]
    return common, is_compared


def _trials(tested: Sequence[Candidate], n_ever: int, rng: Generator) -> _Trials:
    timing_returns = np.column_stack([candidate.timing_returns for candidate in tested])
    moments = tuple(SharpeMoments.of(column[~np.isnan(column)]) for column in timing_returns.T)
    common, is_compared = _compared(timing_returns)
    labels = -np.arange(len(tested))  # those without days in common cannot be seen to be alike: each counts
    labels[is_compared] = cluster_labels(common)
    level = family_level(n_tested=len(tested), n_ever=n_ever)
    return _Trials(
        timing_returns=timing_returns,
        moments=moments,
        n_effective=effective_trials(labels, n_ever=n_ever),
        variance=trial_variance(
            np.array([moment.sharpe_ratio for moment in moments]),
            n_periods=float(np.median([moment.n_periods for moment in moments])),
        ),
        ability=predictive_ability(timing_returns, rng=rng, n_resamples=resamples_for(level)),
        level=level,
        places={candidate.name: place for place, candidate in enumerate(tested)},
    )


def _overfitting(timing_returns: FloatArray) -> float:
    common, is_compared = _compared(timing_returns)
    return probability_of_backtest_overfitting(common) if is_compared.any() else NAN


def _rank_intervals(candidates: Sequence[Candidate], rng: Generator) -> dict[str, FloatArray]:
    ranked = [candidate for candidate in candidates if not candidate.looks_ahead]
    if not ranked:
        return {}
    intervals = rank_intervals(np.column_stack([candidate.returns for candidate in ranked]), rng=rng)
    return {candidate.name: interval for candidate, interval in zip(ranked, intervals, strict=True)}


def _luck(candidate: Candidate, reason: str | None, trials: _Trials | None, intervals: dict[str, FloatArray]) -> Luck:
    low, high = intervals.get(candidate.name, np.array([NAN, NAN])).tolist()
    n_sessions = int((~np.isnan(candidate.timing_returns)).sum())
    if reason is not None or trials is None:
        verdict = Verdict.LOOKS_AHEAD if candidate.looks_ahead else Verdict.NOT_TESTED
        return Luck(candidate.name, verdict, reason, n_sessions, rank_low=low, rank_high=high)
    place = trials.places[candidate.name]
    moments = trials.moments[place]
    deflated = deflated_sharpe_ratio(moments, n_trials=trials.n_effective, trial_variance=trials.variance)
    stepwise = float(trials.ability.stepwise_p_values[place])
    return Luck(
        name=candidate.name,
        verdict=verdict_on(Evidence(stepwise, candidate.null_twin_p_value, deflated), level=trials.level),
        reason=None,
        n_sessions=n_sessions,
        timing_sharpe_ratio=moments.sharpe_ratio,
        probabilistic_sharpe_ratio=probabilistic_sharpe_ratio(moments),
        deflated_sharpe_ratio=deflated,
        minimum_track_record_length=minimum_track_record_length(moments),
        stepwise_p_value=stepwise,
        null_twin_p_value=candidate.null_twin_p_value,
        rank_low=low,
        rank_high=high,
    )
