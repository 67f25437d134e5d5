"""Suite ``assessment.strategy_rankings``: the ranking of one run date, before it is published.

The frame is ``tetra.data.slices_rankings.load_rankings``: strategies that are enabled beside those that are ranked. dbt
tests the whole history while it builds; here the rows that are about to be shown are judged against each other and
against the registry, by other means, and the verdict is kept with those of the other gates.
"""

from __future__ import annotations

import great_expectations as gx
from great_expectations import expectations as gxe

from tetra.luck.verdict import FAMILY_WISE_ERROR, TWIN_LEVEL, Verdict
from tetra_expectations.common import CRITICAL, absent, always, among, at_most, grain, present, shape, suite

NAME = "assessment.strategy_rankings"
LABELS = ("enabled_strategy", "ranked_strategy")

VERDICTS = tuple(map(str, Verdict))

SHARES = {
    "survival_share": "Definition: a mean of shares.",
    "probabilistic_sharpe_ratio": "Definition: a probability.",
    "deflated_sharpe_ratio": "Definition: a probability.",
    "stepwise_p_value": "Definition: a p-value.",
    "null_twin_p_value": "Definition: a p-value; with 999 twins at least 0.001.",
    "probability_of_backtest_overfitting": "Definition: a share of splits.",
    "spa_p_value": "Definition: a p-value.",
}
COLUMNS = (
    *LABELS,
    "overall_rank_off",
    "category_rank_off",
    "kind_rank_off",
    "is_rank_without_score",
    "score_above_better",
    "avg_score",
    "avg_cell_score",
    "verdict",
    "is_reason_misplaced",
    "luck_missing",
    "luck_of_untested",
    "p_value_of_skill",
    "skill_over_level",
    "twins_of_skill",
    "rank_low",
    "rank_high",
    "effective_trials",
    *SHARES,
)


def build_suite() -> gx.ExpectationSuite:
    """Return the suite, in the order shape, keys, completeness, ranges, cross-column."""
    return suite(
        NAME,
        [*shape(COLUMNS), *_keys(), *_completeness(), *_ranks(), *_ranges(), *_luck()],
        "One row per strategy that is enabled or ranked.",
    )


def _keys() -> list[gxe.Expectation]:
    return [
        present("ranked_strategy", "Definition: every enabled strategy has a row on every run date, tested or not."),
        present("enabled_strategy", "Definition: only enabled strategies are ranked, so rows are as many as they."),
        grain(("ranked_strategy",), "Domain: the grain."),
    ]


def _completeness() -> list[gxe.Expectation]:
    return [
        gxe.ExpectColumnValuesToNotBeNull(
            column="avg_score",
            mostly=0.5,
            severity=CRITICAL,
            notes="A strategy may lack the data it needs and go untested; if more than half do, the backtests "
            "did not run.",
        ),
        present("verdict", "Definition: nothing is ranked without a verdict on luck."),
    ]


def _ranks() -> list[gxe.Expectation]:
    return [
        *(
            always(f"{rank}_off", 0, f"Definition: 1 is best, and each next {where} one more; no two share a rank.")
            for rank, where in (
                ("overall_rank", "of all"),
                ("category_rank", "of the category"),
                ("kind_rank", "of the kind"),
            )
        ),
        always("is_rank_without_score", False, "Definition: what was tested has a rank, what was not has none."),
        at_most(
            "score_above_better", 0.0, "Definition: overall_rank orders by avg_score, best first.", severity=CRITICAL
        ),
    ]


def _ranges() -> list[gxe.Expectation]:
    return [
        *(
            gxe.ExpectColumnValuesToBeBetween(
                column=column, min_value=0, max_value=100, severity=CRITICAL, notes="Definition: a percentile rank."
            )
            for column in ("avg_score", "avg_cell_score")
        ),
        *(
            gxe.ExpectColumnValuesToBeBetween(column=column, min_value=0, max_value=1, severity=CRITICAL, notes=notes)
            for column, notes in SHARES.items()
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="effective_trials",
            min_value=1,
            severity=CRITICAL,
            notes="Definition: a trial that resembles no other counts as one.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="rank_low", min_value=1, severity=CRITICAL, notes="Definition: 1 is best."
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="rank_high",
            max_value={"$PARAMETER": "strategies"},
            severity=CRITICAL,
            notes="Definition: a rank among the strategies that there are.",
        ),
    ]


def _luck() -> list[gxe.Expectation]:
    return [
        among("verdict", VERDICTS, "Definition: the verdicts of include/tetra/luck/verdict.py."),
        always("is_reason_misplaced", False, "Definition: what was not tested says why, and nothing else does."),
        absent(
            "luck_missing",
            "Definition: a verdict stands on all of its numbers; these are missing.",
            severity=CRITICAL,
        ),
        absent(
            "luck_of_untested",
            "Definition: too little to test gives `not tested` and not a number; these are numbers.",
            severity=CRITICAL,
        ),
        at_most(
            "p_value_of_skill",
            FAMILY_WISE_ERROR,
            "Definition: skill is called with a family-wise error of at most 5 %.",
            severity=CRITICAL,
        ),
        at_most(
            "skill_over_level",
            0.0,
            "Definition: trials that were dropped keep their share of the 5 %; what is left is the level of the run.",
            severity=CRITICAL,
        ),
        at_most(
            "twins_of_skill",
            TWIN_LEVEL,
            "Definition: of its null twins at most one in twenty times as well as skill does.",
            severity=CRITICAL,
        ),
        *(
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=above,
                column_B=below,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
                severity=CRITICAL,
                notes=notes,
            )
            for above, below, notes in (
                ("rank_high", "rank_low", "Definition: from the better end to the worse."),
                (
                    "probabilistic_sharpe_ratio",
                    "deflated_sharpe_ratio",
                    "Definition: the same above luck's expected best, which is not below zero.",
                ),
            )
        ),
    ]
