"""Scores, survival, rankings and correlations against pandas and numpy, and against sums done by hand."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.assessment_results import (
    FIRST,
    SCENARIOS,
    SESSIONS,
    build_first,
    expected_scores,
    make_curves,
    make_results,
    rank_again,
    read,
)

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    return make_results(seed=7)


@pytest.fixture(scope="module")
def built(dbt: Any, results: pd.DataFrame) -> Any:
    build_first(dbt, results)
    return dbt


def test_scores_equal_weighted_percentile_ranks_by_pandas(built: Any, results: pd.DataFrame) -> None:
    stored = read(
        built,
        "select scenario_name, strategy_name, symbol, score from assessment.backtest_results"
        f" where run_date = '{FIRST}'",
    )
    expected = results.assign(expected=expected_scores(results))
    both = expected.merge(stored, on=["scenario_name", "strategy_name", "symbol"], how="outer", validate="1:1")
    assert len(both) == len(results)
    np.testing.assert_allclose(both["score"], both["expected"], rtol=1e-12)


def test_rankings_are_means_of_family_means_of_portfolios(built: Any, results: pd.DataFrame) -> None:
    rankings = read(built, f"select * from assessment.strategy_rankings where run_date = '{FIRST}'").set_index(
        "strategy_name"
    )
    scored = results.assign(score=expected_scores(results), family=results["scenario_name"].map(SCENARIOS))
    ranked = scored[scored["family"] != "full_history"].astype({"sharpe_ratio": float})
    portfolios, cells = ranked[ranked["kind"] == "portfolio"], ranked[ranked["kind"] == "single"]

    def mean_of_family_means(rows: pd.DataFrame, column: str) -> pd.Series:
        return rows.groupby(["strategy_name", "family"])[column].mean().groupby("strategy_name").mean()

    for column, rows, metric in (
        ("avg_score", portfolios, "score"),
        ("avg_return", portfolios, "total_return"),
        ("avg_sharpe", portfolios, "sharpe_ratio"),
        ("avg_max_drawdown", portfolios, "max_drawdown"),
        ("avg_cell_score", cells, "score"),
        ("avg_cell_return", cells, "total_return"),
    ):
        expected = mean_of_family_means(rows, metric)
        np.testing.assert_allclose(rankings[column].astype(float), expected[rankings.index], rtol=1e-9, atol=1e-12)

    worst = (
        portfolios.groupby(["strategy_name", "family"])["total_return"].quantile(0.1).groupby("strategy_name").mean()
    )
    np.testing.assert_allclose(rankings["worst_decile_return"], worst[rankings.index], rtol=1e-9, atol=1e-12)
    assert rankings["scenarios_tested"].tolist() == [5] * 4
    assert rankings["cells_tested"].tolist() == [15] * 4
    by_score = mean_of_family_means(portfolios, "score").sort_values(ascending=False)
    assert rankings.sort_values("overall_rank").index.tolist() == by_score.index.tolist()
    assert sorted(rankings["overall_rank"]) == [1, 2, 3, 4]
    assert sorted(rankings.loc[["buy_and_hold", "cash"], "category_rank"]) == [1, 2]


def test_rankings_tell_survival_and_worst_decile_of_each_family(built: Any) -> None:
    rankings = read(built, f"select * from assessment.strategy_rankings where run_date = '{FIRST}'").set_index(
        "strategy_name"
    )
    matrix = read(built, f"select * from assessment.survival_matrix where run_date = '{FIRST}'")
    for row in matrix.itertuples():
        assert rankings.loc[row.strategy_name, f"survival_share_{row.scenario_family}"] == row.survival_share
        assert rankings.loc[row.strategy_name, f"worst_decile_return_{row.scenario_family}"] == row.worst_decile_return
    assert rankings["survival_share_stress"].isna().all()  # nothing was tested in it


def test_rankings_hold_the_luck_of_each_strategy_and_of_all_together(built: Any) -> None:
    rankings = read(built, f"select * from assessment.strategy_rankings where run_date = '{FIRST}' order by 1")
    luck = read(built, f"select * from backtest.luck where as_of = '{FIRST}' order by strategy_name")
    for column in ("verdict", "verdict_reason", "stepwise_p_value", "rank_low", "rank_high"):
        pd.testing.assert_series_equal(rankings[column], luck[column])
    assert set(rankings["luck_sample"]) == {"full_history"}
    assert set(rankings["luck_sessions"]) == {300}
    of_all = rankings[
        ["probability_of_backtest_overfitting", "spa_p_value", "effective_trials", "trials_ever", "skill_level"]
    ]
    assert of_all.drop_duplicates().to_numpy().tolist() == [[0.4, 0.2, 1.5, 9, pytest.approx(0.05 * 2 / 9)]]


def test_correlations_equal_numpys_over_the_sessions_both_have(built: Any) -> None:
    stored = read(built, f"select * from assessment.strategy_correlations where run_date = '{FIRST}'")
    returns = {
        key: np.diff(equity.astype(float), prepend=1.0) / np.concatenate([[1.0], equity.astype(float)[:-1]])
        for key, equity in make_curves(FIRST).items()
    }
    expected = {}
    for sample, scenario in (("overall", "Full History"), ("crises", "Crash A")):
        curves = {strategy: curve for (name, strategy), curve in returns.items() if name == scenario}
        for one, other in permutations(curves, 2):
            # cash never moves
            known = "cash" not in (one, other)
            expected[sample, one, other] = np.corrcoef(curves[one], curves[other])[0, 1] if known else np.nan
    found = stored.set_index(["sample", "strategy_name", "other_strategy_name"])
    assert set(found.index) == set(expected)  # the trend follower has no crash to be compared in
    np.testing.assert_allclose(
        found["correlation"].astype(float), [expected[key] for key in found.index], rtol=1e-9, equal_nan=True
    )
    sessions = stored.groupby("sample")["sessions"].unique().map(list)
    assert sessions.to_dict() == {"overall": [SESSIONS["Full History"]], "crises": [SESSIONS["Crash A"]]}


def test_full_history_keeps_its_results_and_moves_no_rank(built: Any) -> None:
    def rankings() -> list[tuple[Any, ...]]:
        columns = "strategy_name, overall_rank, kind_rank, avg_score, avg_return, survival_share, cells_tested"
        ranked = f"select {columns} from assessment.strategy_rankings where run_date = '{FIRST}' order by 1"
        return list(read(built, ranked).itertuples(index=False, name=None))

    before = rankings()
    swapped = "update backtest.results set total_return = -total_return where scenario_name = 'Full History'"
    # the same in a family that is ranked does move them: the check can fail
    changed = swapped.replace("Full History", "Crash A")
    with built.connect() as connection:
        connection.execute(swapped)
        try:
            rank_again(built, FIRST)
            assert rankings() == before
            kept = f"select count(*) from assessment.backtest_results where run_date = '{FIRST}'"
            assert read(built, f"{kept} and scenario_family = 'full_history'").iat[0, 0] == 4 * 4
            connection.execute(changed)
            rank_again(built, FIRST)
            assert rankings() != before
            connection.execute(changed)
        finally:
            connection.execute(swapped)
            rank_again(built, FIRST)


def test_rankings_say_which_families_are_unrealistic(built: Any) -> None:
    named = f"select distinct unrealistic_families from assessment.strategy_rankings where run_date = '{FIRST}'"
    assert read(built, named)["unrealistic_families"].tolist() == [None]  # nobody looked
    with built.connect() as connection:
        connection.execute(
            "insert into scenarios.realism values"
            f" ('{FIRST}', 'bootstrap', 'skew', 'WARN', -0.2, -0.9, -0.5, 0.3, ''),"
            f" ('{FIRST}', 'bootstrap', 'volatility', 'PASS', 0.2, 0.21, 0.15, 0.25, ''),"
            f" ('{FIRST}', 'set', 'scenarios', 'WARN', null, 6, 50, null, '')"
        )
        try:
            rank_again(built, FIRST, "strategy_rankings")
            assert read(built, named)["unrealistic_families"].tolist() == ["bootstrap, set"]
        finally:
            connection.execute("delete from scenarios.realism")


def test_survival_is_judged_on_portfolios_by_drawdown_and_benchmark(built: Any, results: pd.DataFrame) -> None:
    portfolios = results[results["kind"] == "portfolio"].set_index(["scenario_name", "strategy_name"])
    benchmark = portfolios.xs("buy_and_hold", level="strategy_name")["total_return"]
    floor = np.minimum(0.0, 0.5 * benchmark.reindex(portfolios.index.get_level_values("scenario_name")).to_numpy())
    survives = (portfolios["max_drawdown"] >= -0.25) & (portfolios["total_return"] >= floor)

    stored = read(
        built,
        "select scenario_name, strategy_name, is_survivor from assessment.backtest_results"
        f" where run_date = '{FIRST}' and kind = 'portfolio'",
    ).set_index(["scenario_name", "strategy_name"])["is_survivor"]
    assert stored.loc[survives.index].tolist() == survives.tolist()
    assert 0 < survives.sum() < len(survives)

    matrix = read(built, f"select * from assessment.survival_matrix where run_date = '{FIRST}'")
    shares = survives.groupby(
        [
            survives.index.get_level_values("strategy_name"),
            survives.index.get_level_values("scenario_name").map(SCENARIOS),
        ]
    ).mean()
    assert len(matrix) == len(shares) == 4 * 4
    for row in matrix.itertuples():
        assert row.survival_share == pytest.approx(shares[row.strategy_name, row.scenario_family])


def test_best_strategy_of_each_scenario_is_its_best_portfolio(built: Any, results: pd.DataFrame) -> None:
    performance = read(built, f"select * from assessment.scenario_performance where run_date = '{FIRST}'")
    portfolios = results[results["kind"] == "portfolio"].sort_values(
        ["total_return", "strategy_name"], ascending=[False, True]
    )
    best = portfolios.groupby("scenario_name").first()
    assert set(performance["scenario_name"]) == set(SCENARIOS)
    for row in performance.itertuples():
        assert row.top_strategy == best.loc[row.scenario_name, "strategy_name"]
        assert row.top_return == best.loc[row.scenario_name, "total_return"]
        assert row.avg_return == pytest.approx(
            portfolios.loc[portfolios["scenario_name"] == row.scenario_name, "total_return"].mean()
        )
        assert row.strategies_tested == 4
