"""The rule by which a strategy is called skill or luck."""

from __future__ import annotations

import math

import pytest

from tetra.luck.verdict import Evidence, Verdict, family_level, verdict_on

NAN = math.nan


@pytest.mark.parametrize(
    ("stepwise", "twins", "deflated", "verdict"),
    [
        (0.01, 0.001, 0.99, Verdict.SKILL),
        (0.05, 0.05, 0.40, Verdict.SKILL),  # true skill of many raises the hurdle of each
        (0.01, 0.06, 0.99, Verdict.LIKELY_LUCK),  # its twins do as well: the bootstrap is too sure
        (0.06, 0.001, 0.60, Verdict.NOT_PROVEN),
        (0.06, 0.001, 0.49, Verdict.LIKELY_LUCK),
        (0.90, 0.50, 0.60, Verdict.LIKELY_LUCK),
        (NAN, 0.001, 0.60, Verdict.NOT_PROVEN),
        (NAN, 0.001, NAN, Verdict.LIKELY_LUCK),
        (0.01, NAN, 0.60, Verdict.LIKELY_LUCK),
    ],
)
def test_each_verdict_by_its_evidence(stepwise: float, twins: float, deflated: float, verdict: Verdict) -> None:
    assert verdict_on(Evidence(stepwise, twins, deflated), level=0.05) is verdict


def test_dropped_trials_keep_their_share_of_the_error() -> None:
    assert family_level(n_tested=40, n_ever=40) == pytest.approx(0.05)
    assert family_level(n_tested=40, n_ever=200) == pytest.approx(0.01)
    assert family_level(n_tested=40, n_ever=0) == pytest.approx(0.05)
    assert all(family_level(n_tested=n_tested, n_ever=n_tested) == 0.05 for n_tested in range(1, 100))
    # found among those tested now: whatever deflation says, not called luck
    assert verdict_on(Evidence(0.02, 0.001, 0.1), level=0.01) is Verdict.NOT_PROVEN


def test_verdicts_read_as_the_design_names_them() -> None:
    assert [str(verdict) for verdict in Verdict] == [
        "skill",
        "not proven",
        "likely luck",
        "not tested",
        "rejected: look-ahead",
    ]
