"""Slice of ``assessment.strategy_rankings``: one run date's ranking, each row beside the others."""

from __future__ import annotations

from typing import Any

import pandas as pd
import psycopg

from tetra.data.slices import Loaded, Span, select_frame
from tetra.data.slices_derived import named_columns
from tetra.luck.verdict import Verdict

TESTED_LUCK = (
    "timing_sharpe_ratio",
    "probabilistic_sharpe_ratio",
    "deflated_sharpe_ratio",
    "stepwise_p_value",
    "null_twin_p_value",
)
"""What a strategy has if it was tested, and only then."""

FAMILY_LUCK = ("probability_of_backtest_overfitting", "spa_p_value", "effective_trials", "skill_level", "trials_ever")
"""What all strategies of a run date have together."""

NEEDED_LUCK = (
    "luck_sample",
    *TESTED_LUCK,
    "rank_low",
    "rank_high",
    "spa_p_value",
    "effective_trials",
    "skill_level",
    "trials_ever",
)
"""What no verdict can stand without. Overfitting is not among it: strategies without days in common have none."""

UNTESTED = (Verdict.NOT_TESTED, Verdict.LOOKS_AHEAD)
"""Verdicts of what takes part in no test."""

RANKS = ("overall_rank", "category_rank", "kind_rank")
NUMBERS = (
    *RANKS,
    "avg_score",
    "avg_cell_score",
    "survival_share",
    "scenarios_tested",
    "rank_low",
    "rank_high",
    *TESTED_LUCK,
    *FAMILY_LUCK,
)
COLUMNS = (
    "enabled_strategy",
    "ranked_strategy",
    "strategy_category",
    "kind",
    *RANKS,
    "avg_score",
    "avg_cell_score",
    "survival_share",
    "scenarios_tested",
    "verdict",
    "verdict_reason",
    "luck_sample",
    "rank_low",
    "rank_high",
    *TESTED_LUCK,
    *FAMILY_LUCK,
)


def load_rankings(connection: psycopg.Connection[Any], span: Span) -> Loaded:
    """Return the strategies enabled, beside those ranked on one run date.

    ``<rank>_off`` says how far a rank is from its place among its group's (0 where they are 1, 2, 3 ...);
    ``score_above_better`` how far a score lies above that of the next better rank. ``luck_missing`` and
    ``luck_of_untested`` name the columns that a verdict lacks, or that a strategy has though nothing tested it.
    Where the verdict is skill, ``p_value_of_skill`` is that of StepM, ``skill_over_level`` how far it lies above the
    level of the run, and ``twins_of_skill`` that of the null twins.
    """
    frame = select_frame(
        connection, "select_rankings_validation", {"as_of": span.end}, columns=COLUMNS, numbers=NUMBERS
    )
    return beside_each_other(frame), {"strategies": len(frame)}


def beside_each_other(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the ranking with what only the other rows tell of a row."""
    groups = {"overall_rank": None, "category_rank": "strategy_category", "kind_rank": "kind"}
    for rank, group in groups.items():
        ranks = frame[rank] if group is None else frame.groupby(group, dropna=False)[rank]
        frame[f"{rank}_off"] = frame[rank] - ranks.rank(method="first")
    in_order = frame.sort_values("overall_rank", kind="stable")
    frame["score_above_better"] = in_order["avg_score"].diff().where(in_order["overall_rank"].notna())
    is_untested = frame["verdict"].isin(UNTESTED)
    has_verdict = frame["verdict"].notna()
    frame["is_rank_without_score"] = frame["overall_rank"].notna() != frame["avg_score"].notna()
    frame["is_reason_misplaced"] = has_verdict & (frame["verdict_reason"].notna() != is_untested)
    frame["luck_missing"] = named_columns(frame[list(NEEDED_LUCK)].isna(), where=has_verdict & ~is_untested)
    frame["luck_of_untested"] = named_columns(frame[list(TESTED_LUCK)].notna(), where=is_untested)
    is_skill = frame["verdict"] == Verdict.SKILL
    frame["p_value_of_skill"] = frame["stepwise_p_value"].where(is_skill)
    frame["skill_over_level"] = (frame["stepwise_p_value"] - frame["skill_level"]).where(is_skill)
    frame["twins_of_skill"] = frame["null_twin_p_value"].where(is_skill)
    return frame
