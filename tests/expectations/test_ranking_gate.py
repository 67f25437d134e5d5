"""The gate on rankings, from rows as the warehouse gives them: ranks, scores and luck are judged beside each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.expectations.good_made_slices import ranking_rows
from tests.expectations.judging import RANKS, Break, judge, put

from tetra.data.slices_rankings import beside_each_other
from tetra_expectations import runner


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gx")


def failed_columns(frame: pd.DataFrame, project: Path) -> list[str | None]:
    frame = beside_each_other(frame)
    frame.attrs[runner.PARAMETERS] = {"strategies": len(frame)}
    outcome = judge(frame, RANKS, project)
    assert outcome.status == ("FAIL" if outcome.failed else "PASS")
    return [failure.column for failure in outcome.failed]


@pytest.mark.parametrize(
    ("break_it", "columns"),
    [
        pytest.param(put("category_rank", 2.0), ["category_rank_off"], id="a category without a first"),
        pytest.param(put("kind_rank", 4.0, 1), ["kind_rank_off"], id="a gap in a kind"),
        pytest.param(put("overall_rank", 2.0, 1), ["overall_rank_off", "score_above_better"], id="two of one rank"),
        pytest.param(put("avg_score", 45.0), ["score_above_better"], id="a better score ranked worse"),
        pytest.param(put("overall_rank", np.nan, 1), ["is_rank_without_score"], id="a score without a rank"),
        pytest.param(put("verdict_reason", None, 2), ["is_reason_misplaced"], id="not tested for no reason"),
        pytest.param(put("verdict_reason", "too short"), ["is_reason_misplaced"], id="tested with a reason not to"),
        pytest.param(put("null_twin_p_value", np.nan), ["luck_missing"], id="a verdict without its twins"),
        pytest.param(put("rank_low", np.nan, 1), ["luck_missing"], id="a verdict without a rank interval"),
        pytest.param(put("stepwise_p_value", 0.2, 2), ["luck_of_untested"], id="a number of what was not tested"),
        pytest.param(
            put("stepwise_p_value", 0.2), ["p_value_of_skill", "skill_over_level"], id="skill that StepM does not see"
        ),
        pytest.param(put("stepwise_p_value", 0.03), ["skill_over_level"], id="skill at 5 % but not at the level"),
        pytest.param(put("null_twin_p_value", 0.051), ["twins_of_skill"], id="skill that twins have too"),
        pytest.param(put("skill_level", np.nan), ["luck_missing"], id="a verdict without its level"),
    ],
)
def test_a_row_is_judged_beside_the_others(break_it: Break, columns: list[str], project: Path) -> None:
    frame = ranking_rows()
    assert failed_columns(frame.copy(), project) == []
    break_it(frame)
    assert failed_columns(frame, project) == columns


def test_strategies_without_days_in_common_have_no_probability_of_overfitting_and_pass(project: Path) -> None:
    assert failed_columns(ranking_rows().assign(probability_of_backtest_overfitting=np.nan), project) == []


def test_what_is_missing_is_named(project: Path) -> None:
    frame = ranking_rows()
    frame.loc[0, ["deflated_sharpe_ratio", "spa_p_value"]] = np.nan
    frame = beside_each_other(frame)
    assert frame["luck_missing"].tolist() == ["deflated_sharpe_ratio, spa_p_value", None, None, None]
