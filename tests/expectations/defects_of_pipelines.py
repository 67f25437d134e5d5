"""Defects of scenarios, derived metrics and rankings, one per expectation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from tests.expectations.judging import (
    ABOVE,
    BETWEEN,
    EQUAL,
    FAIL,
    IN_SET,
    INDICATORS,
    KNOWN,
    NOT_NULL,
    NULL,
    PATHS,
    RANKS,
    RETURNS,
    UNIQUE,
    UNIQUE_COLUMN,
    WARN,
    Defect,
    day,
    put,
)

PROBABILITIES = (
    "probabilistic_sharpe_ratio",
    "stepwise_p_value",
    "null_twin_p_value",
    "probability_of_backtest_overfitting",
    "spa_p_value",
)


def _most_untested(frame: pd.DataFrame) -> None:
    frame.loc[:1, "avg_score"] = np.nan


DEFECTS: list[Defect] = [
    (PATHS, "a ready scenario without paths", put("symbol", None, 2), NOT_NULL, "symbol", FAIL),
    (PATHS, "a repeated path", put("symbol", "A", 1), UNIQUE, "scenario_name, symbol", FAIL),
    (PATHS, "a path too short", put("bars", 251.0), EQUAL, "bars, sessions", FAIL),
    (PATHS, "too many holes", put("share_missing", 0.06), BETWEEN, "share_missing", FAIL),
    (PATHS, "a price of zero", put("lowest_generated_close", 0.0), BETWEEN, "lowest_generated_close", FAIL),
    (PATHS, "multipliers too few", put("misdated_multipliers", 1.0), BETWEEN, "misdated_multipliers", FAIL),
    (PATHS, "a cost below zero", put("lowest_multiplier", -0.5), BETWEEN, "lowest_multiplier", FAIL),
    (PATHS, "a look ahead", put("days_read_after_as_of", 3), BETWEEN, "days_read_after_as_of", FAIL),
    (PATHS, "a check that failed", put("failed_checks", 1.0), BETWEEN, "failed_checks", FAIL),
    (PATHS, "a family out of its band", put("moments_off", "bootstrap: skew"), NULL, "moments_off", WARN),
    *(
        (suite, *defect)
        for suite in (RETURNS, INDICATORS)
        for defect in (
            ("two rows on a session", put("symbol", "A", 1), UNIQUE_COLUMN, "symbol", FAIL),
            ("a bar without a row", put("sessions_built", 299), EQUAL, "sessions_built, sessions_landed", FAIL),
            ("a row of no bar", put("sessions_landed", 0, 2), EQUAL, "sessions_built, sessions_landed", FAIL),
            ("left behind", put("last_built", day("2015-06-01")), EQUAL, "last_built, last_landed", FAIL),
        )
    ),
    (RETURNS, "a symbol that stopped", put("is_stale", True), IN_SET, "is_stale", WARN),
    (RETURNS, "a return missing", put("is_return_missing", True), IN_SET, "is_return_missing", WARN),
    (RETURNS, "an outlier", put("return_zscore", -12.0), BETWEEN, "return_zscore", WARN),
    (INDICATORS, "an average missing", put("averages_missing", "sma_200"), NULL, "averages_missing", FAIL),
    *(
        (INDICATORS, f"{column} of {value:g}", put(column, value), BETWEEN, column, FAIL)
        for column in ("rsi_14", "stochastic_k", "stochastic_d", "plus_di_14", "minus_di_14", "adx_14")
        for value in (-1.0, 100.1)
    ),
    (INDICATORS, "a distance below zero", put("atr_14", -0.1), BETWEEN, "atr_14", FAIL),
    (INDICATORS, "closes before a split", put("sma_200_off", 0.5), BETWEEN, "sma_200_off", FAIL),
    (
        INDICATORS,
        "an upper band below",
        put("bollinger_upper", 9.5),
        ABOVE,
        "bollinger_upper, bollinger_middle",
        FAIL,
    ),
    (INDICATORS, "a lower band above", put("bollinger_lower", 10.5), ABOVE, "bollinger_middle, bollinger_lower", FAIL),
    (KNOWN, "a series twice", put("series_id", "DGS10"), UNIQUE_COLUMN, "series_id", FAIL),
    (KNOWN, "no value of what is known", put("value", np.nan), NOT_NULL, "value", FAIL),
    (KNOWN, "released tomorrow", put("release_date", day("2015-06-03")), ABOVE, "session_date, release_date", FAIL),
    (KNOWN, "an old one", put("newest_released", day("2015-05-01")), ABOVE, "observation_date, newest_released", FAIL),
    (KNOWN, "a later revision", put("value", 236.7), EQUAL, "value, value_released", FAIL),
    (RANKS, "a strategy left out", put("ranked_strategy", None), NOT_NULL, "ranked_strategy", FAIL),
    (RANKS, "a strategy not enabled", put("enabled_strategy", None), NOT_NULL, "enabled_strategy", FAIL),
    (RANKS, "a strategy twice", put("ranked_strategy", "rsi_14"), UNIQUE_COLUMN, "ranked_strategy", FAIL),
    (RANKS, "most untested", _most_untested, NOT_NULL, "avg_score", FAIL),
    (RANKS, "no verdict", put("verdict", None), NOT_NULL, "verdict", FAIL),
    *(
        (RANKS, f"a gap in {rank}", put(f"{rank}_off", 1.0), IN_SET, f"{rank}_off", FAIL)
        for rank in ("overall_rank", "category_rank", "kind_rank")
    ),
    (RANKS, "a rank of nothing", put("is_rank_without_score", True), IN_SET, "is_rank_without_score", FAIL),
    (RANKS, "a worse one ranked better", put("score_above_better", 5.0), BETWEEN, "score_above_better", FAIL),
    *(
        (RANKS, f"{column} of {value:g}", put(column, value), BETWEEN, column, FAIL)
        for column in ("avg_score", "avg_cell_score")
        for value in (-0.1, 100.1)
    ),
    *((RANKS, f"{column} of 2", put(column, 2.0), BETWEEN, column, FAIL) for column in PROBABILITIES),
    (RANKS, "a survival of 2", put("survival_share", 2.0), BETWEEN, "survival_share", FAIL),
    (RANKS, "a probability of -1", put("deflated_sharpe_ratio", -1.0), BETWEEN, "deflated_sharpe_ratio", FAIL),
    (RANKS, "half a trial", put("effective_trials", 0.5), BETWEEN, "effective_trials", FAIL),
    (RANKS, "a rank of 0", put("rank_low", 0.0), BETWEEN, "rank_low", FAIL),
    (RANKS, "a rank beyond the last", put("rank_high", 5.0), BETWEEN, "rank_high", FAIL),
    (RANKS, "an odd verdict", put("verdict", "lucky"), IN_SET, "verdict", FAIL),
    (RANKS, "no reason", put("is_reason_misplaced", True), IN_SET, "is_reason_misplaced", FAIL),
    (RANKS, "a verdict on nothing", put("luck_missing", "stepwise_p_value"), NULL, "luck_missing", FAIL),
    (RANKS, "numbers of nothing", put("luck_of_untested", "stepwise_p_value"), NULL, "luck_of_untested", FAIL),
    (RANKS, "skill by chance", put("p_value_of_skill", 0.06), BETWEEN, "p_value_of_skill", FAIL),
    (RANKS, "skill above its level", put("skill_over_level", 0.001), BETWEEN, "skill_over_level", FAIL),
    (RANKS, "skill that twins have too", put("twins_of_skill", 0.051), BETWEEN, "twins_of_skill", FAIL),
    (RANKS, "an interval turned round", put("rank_low", 3.0), ABOVE, "rank_high, rank_low", FAIL),
    (
        RANKS,
        "deflation upwards",
        put("deflated_sharpe_ratio", 1.0),
        ABOVE,
        "probabilistic_sharpe_ratio, deflated_sharpe_ratio",
        FAIL,
    ),
]
