"""One good slice of each suite on what the pipelines make: scenarios, derived metrics, rankings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tetra.data.slices_rankings import beside_each_other
from tetra_expectations import runner


def paths() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "scenario_name": ["bootstrap_01", "bootstrap_01", "covid"],
            "symbol": ["A", "B", "A"],
            "sessions": [252.0, 252.0, 40.0],
            "bars": [252.0, 252.0, 40.0],
            "share_missing": [0.0, 0.0, 0.025],
            "lowest_generated_close": [5.0, 6.0, np.nan],
            "misdated_multipliers": [0.0, 0.0, 0.0],
            "lowest_multiplier": [np.nan, np.nan, 1.0],
            "days_read_after_as_of": [0, 0, 0],
            "failed_checks": [0.0, 0.0, 0.0],
            "moments_off": [None] * 3,
        }
    )


def _sessions_of_symbols() -> pd.DataFrame:
    """Return three symbols, the last of which was delisted the day before."""
    days = pd.to_datetime(["2015-06-02", "2015-06-02", "2015-06-01"])
    return pd.DataFrame(
        {
            "symbol": ["A", "B", "GONE"],
            "sessions_landed": [300, 1, 250],
            "sessions_built": [300, 1, 250],
            "last_landed": days,
            "last_built": days,
            "session_date": [days[0], days[1], pd.NaT],
        }
    )


def daily_returns() -> pd.DataFrame:
    return _sessions_of_symbols().assign(
        simple_return=[0.01, np.nan, np.nan],
        return_zscore=[0.7, np.nan, np.nan],
        is_stale=False,
        is_return_missing=False,
    )


def technical_indicators() -> pd.DataFrame:
    return _sessions_of_symbols().assign(
        averages_missing=None,
        sma_200_off=[1e-15, np.nan, np.nan],
        bollinger_lower=[9.0, np.nan, np.nan],
        bollinger_middle=[10.0, np.nan, np.nan],
        bollinger_upper=[11.0, np.nan, np.nan],
        rsi_14=[55.0, np.nan, np.nan],
        atr_14=[0.2, np.nan, np.nan],
        stochastic_k=[100.0, np.nan, np.nan],
        stochastic_d=[80.0, np.nan, np.nan],
        adx_14=[20.0, np.nan, np.nan],
        plus_di_14=[25.0, np.nan, np.nan],
        minus_di_14=[0.0, np.nan, np.nan],
    )


def macro_as_known() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series_id": ["CPIAUCSL", "DGS10"],
            "session_date": pd.to_datetime(["2015-06-02", "2015-06-02"]),
            "release_date": pd.to_datetime(["2015-05-22", "2015-06-02"]),
            "observation_date": pd.to_datetime(["2015-04-01", "2015-06-01"]),
            "value": [236.6, 2.19],
            "newest_released": pd.to_datetime(["2015-04-01", None]),
            "value_released": [236.6, np.nan],
        }
    )


def ranking_rows() -> pd.DataFrame:
    """Return a ranking as the statement gives it: two tested strategies, one of constant weights, one without data."""
    untested = [np.nan, np.nan]
    return pd.DataFrame(
        {
            "enabled_strategy": ["sma_20_50", "rsi_14", "buy_and_hold", "news"],
            "ranked_strategy": ["sma_20_50", "rsi_14", "buy_and_hold", "news"],
            "strategy_category": ["trend", "mean reversion", "baseline", "sentiment"],
            "kind": ["single"] * 4,
            "overall_rank": [1.0, 3.0, 2.0, np.nan],
            "category_rank": [1.0, 1.0, 1.0, np.nan],
            "kind_rank": [1.0, 3.0, 2.0, np.nan],
            "avg_score": [60.0, 40.0, 50.0, np.nan],
            "avg_cell_score": [61.0, 39.0, 50.0, np.nan],
            "survival_share": [0.8, 0.4, 0.5, np.nan],
            "scenarios_tested": [100.0, 100.0, 100.0, 0.0],
            "verdict": ["skill", "likely luck", "not tested", "not tested"],
            "verdict_reason": [None, None, "constant weights", "nothing of it was assessed"],
            "luck_sample": ["full_history", "full_history", "full_history", None],
            "rank_low": [1.0, 1.0, 1.0, np.nan],
            "rank_high": [2.0, 3.0, 3.0, np.nan],
            "timing_sharpe_ratio": [1.9, -0.1, *untested],
            "probabilistic_sharpe_ratio": [0.999, 0.4, *untested],
            "deflated_sharpe_ratio": [0.97, 0.1, *untested],
            "stepwise_p_value": [0.01, 0.9, *untested],
            "null_twin_p_value": [0.001, 0.6, *untested],
            "probability_of_backtest_overfitting": [0.3] * 4,
            "spa_p_value": [0.01] * 4,
            "effective_trials": [2.0] * 4,
            "skill_level": [0.025] * 4,
            "trials_ever": [4.0] * 4,
        }
    )


def rankings() -> pd.DataFrame:
    frame = beside_each_other(ranking_rows())
    frame.attrs[runner.PARAMETERS] = {"strategies": len(frame)}
    return frame
