"""The one rule by which a strategy is called skill or luck.

In this order, the first that holds:

1. ``rejected: look-ahead``: the audit found that its past moves with the future. It takes part in no test.
2. ``not tested``: too few sessions, constant weights, nothing that varies, or no null twins. It takes part in no test.
3. ``skill``: StepM finds its timing returns above zero at the family's level, **and** at most one in twenty of its null
   twins times as well.
4. ``likely luck``: more than one in twenty of its null twins times as well, **or** StepM does not find it even among
   those tested now and its deflated Sharpe ratio is below one half: the best of as many trials without skill is
   expected to look better.
5. ``not proven``: better than its twins and than luck's expected best, but not beyond doubt.

Why so. StepM alone controls the **family-wise error**: the probability that any strategy without skill is called
``skill`` is at most 5 %, whatever their correlation. The twins can only take away: they ask the same of
a strategy's own weights, and lean on no large sample. Trials that were dropped have no returns to put into StepM, so
they keep their share of the 5 %: the level is 5 % times the trials tested now over all ever made.
Deflation decides between luck and doubt only. At 95 % it would be a second, much stricter, test of the same (200
trials: t above 4.4, where StepM asks for 3.5 or so), and strategies with true skill raise the variance of the trials,
and so the bar, for each other and for themselves. The probability of overfitting judges the choosing, not a strategy;
it stands beside.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FAMILY_WISE_ERROR = 0.05
"""Probability with which anything without skill may be called skill."""

TWIN_LEVEL = 0.05
"""Largest null-twin p-value of a strategy that timed; per strategy, because StepM counts the strategies."""

LUCKS_BEST = 0.5
"""Deflated Sharpe ratio below which luck's expected best is the likelier explanation."""


class Verdict(StrEnum):
    """What is said of a strategy."""

    SKILL = "skill"
    NOT_PROVEN = "not proven"
    LIKELY_LUCK = "likely luck"
    NOT_TESTED = "not tested"
    LOOKS_AHEAD = "rejected: look-ahead"


@dataclass(frozen=True)
class Evidence:
    """What the rule looks at.

    Parameters
    ----------
    stepwise_p_value, null_twin_p_value, deflated_sharpe_ratio : float
        NaN where undefined.
    """

    stepwise_p_value: float
    null_twin_p_value: float
    deflated_sharpe_ratio: float


def family_level(*, n_tested: int, n_ever: int) -> float:
    """Return the share of the family-wise error that is left for the strategies tested now.

    Parameters
    ----------
    n_tested : int
        Strategies in StepM.
    n_ever : int
        Trials in the ledger, dropped ones included.
    """
    # the share first: of 24 strategies, 0.05 * 24 / 24 is above 0.05
    return FAMILY_WISE_ERROR * (n_tested / max(n_ever, n_tested, 1))


def verdict_on(evidence: Evidence, *, level: float) -> Verdict:
    """Return the verdict on a strategy that was tested; points 3 to 5 of the rule.

    Parameters
    ----------
    evidence : Evidence
        A p-value that is NaN proves nothing.
    level : float
        ``family_level``.
    """
    beats_twins = evidence.null_twin_p_value <= TWIN_LEVEL
    if beats_twins and evidence.stepwise_p_value <= level:
        return Verdict.SKILL
    is_found_now = evidence.stepwise_p_value <= FAMILY_WISE_ERROR
    if beats_twins and (is_found_now or evidence.deflated_sharpe_ratio >= LUCKS_BEST):
        return Verdict.NOT_PROVEN
    return Verdict.LIKELY_LUCK
