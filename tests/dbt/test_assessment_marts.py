"""Scores, survival and rankings against pandas and against sums done by hand; history by run date; broken inputs."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.dbt.assessment_results import (
    FIRST,
    MARTS,
    OLDER,
    SCENARIOS,
    SECOND,
    expected_scores,
    make_results,
    read,
    rows_of,
    store,
)

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def results() -> pd.DataFrame:
    return make_results(seed=7)


@pytest.fixture(scope="module")
def built(dbt: Any, instruments: None, results: pd.DataFrame) -> Any:
    with dbt.connect() as connection:
        for day in (FIRST, SECOND, OLDER):
            connection.execute(
                "insert into market_data.ohlcv (symbol, timeframe, ts, close, price_basis, source)"
                " values ('JPM', '1d', %s::date::timestamp at time zone 'UTC', 150, 'total', 'test')",
                [day],
            )
        store(connection, FIRST, results)
    dbt.build("derived", FIRST)
    dbt.build("assessment", FIRST)
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


def test_full_history_keeps_its_results_and_moves_no_rank(built: Any) -> None:
    def rankings() -> list[tuple[Any, ...]]:
        columns = "strategy_name, overall_rank, kind_rank, avg_score, avg_return, survival_share, cells_tested"
        ranked = f"select {columns} from assessment.strategy_rankings where run_date = '{FIRST}' order by 1"
        return list(read(built, ranked).itertuples(index=False, name=None))

    before = rankings()
    swapped = "update backtest.results set total_return = -total_return where scenario_name = 'Full History'"
    with built.connect() as connection:
        connection.execute(swapped)
        try:
            built.build("assessment", FIRST)
            assert rankings() == before
            kept = f"select count(*) from assessment.backtest_results where run_date = '{FIRST}'"
            assert read(built, f"{kept} and scenario_family = 'full_history'").iat[0, 0] == 4 * 4
        finally:
            connection.execute(swapped)
    # the same in a family that is ranked does move them: the check above can fail
    changed = swapped.replace("Full History", "Crash A")
    with built.connect() as connection:
        connection.execute(changed)
        try:
            built.build("assessment", FIRST)
            assert rankings() != before
        finally:
            connection.execute(changed)
            built.build("assessment", FIRST)


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
            built.build("assessment", FIRST)
            assert read(built, named)["unrealistic_families"].tolist() == ["bootstrap, set"]
        finally:
            connection.execute("delete from scenarios.realism")
            built.build("assessment", FIRST)


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


def test_second_build_gives_the_same_rows_and_another_date_leaves_them_alone(built: Any) -> None:
    first = {table: rows_of(built, table, FIRST) for table in MARTS}
    built.build("assessment", FIRST)
    assert {table: rows_of(built, table, FIRST) for table in MARTS} == first

    with built.connect() as connection:
        store(connection, SECOND, make_results(seed=8))
    built.build("derived", SECOND)
    built.build("assessment", SECOND)
    assert {table: rows_of(built, table, FIRST) for table in MARTS} == first
    second = {table: rows_of(built, table, SECOND) for table in MARTS}
    assert all(second[table] != first[table] for table in MARTS)

    # an older date built last, with room for one: its cells stay for its own ranking, the newest date's stay, and
    # rankings stay for ever; not even --full-refresh drops them
    with built.connect() as connection:
        store(connection, OLDER, make_results(seed=9))
    built.build("derived", OLDER)
    outcome = built("build", "--select", "tag:assessment", "--full-refresh", as_of=OLDER, backtest_runs_kept=1)
    assert outcome.returncode == 0, outcome.output
    kept = read(built, "select distinct run_date from assessment.backtest_results order by 1")["run_date"]
    assert kept.tolist() == [date.fromisoformat(OLDER), date.fromisoformat(SECOND)]
    for table in MARTS[1:]:
        assert rows_of(built, table, FIRST) == first[table]
        assert rows_of(built, table, SECOND) == second[table]
    assert read(built, f"select count(*) from assessment.strategy_rankings where run_date = '{OLDER}'").iat[0, 0] == 4


def test_changed_weights_rank_anew_without_a_backtest(built: Any) -> None:
    with built.connect() as connection:
        connection.execute(
            "update seeds.score_weights set weight = case metric_name when 'max_drawdown' then 1 else 0 end"
        )
    try:
        outcome = built("run", "--select", "tag:assessment", as_of=FIRST)
        assert outcome.returncode == 0, outcome.output
        best = read(
            built,
            f"select strategy_name from assessment.strategy_rankings where run_date = '{FIRST}' order by overall_rank",
        )
        assert best["strategy_name"].iat[0] == "cash"  # nothing else never falls
    finally:
        built.build("assessment", FIRST)  # loads the seeds again


def test_strategy_that_was_not_tested_is_listed_without_a_rank(built: Any) -> None:
    with built.connect() as connection:
        connection.execute(
            "insert into strategies.definitions values ('news_drift', 'events', 'single', 'x', '{}', 'n', true)"
        )
        try:
            built.build("assessment", FIRST)
            row = read(
                built,
                "select overall_rank, avg_score, scenarios_tested from assessment.strategy_rankings"
                f" where run_date = '{FIRST}' and strategy_name = 'news_drift'",
            )
            assert row.iloc[0].isna().tolist() == [True, True, False]
            assert row["scenarios_tested"].iat[0] == 0
        finally:
            connection.execute("delete from strategies.definitions where strategy_name = 'news_drift'")


@pytest.mark.parametrize(
    ("breakage", "repair", "failing"),
    [
        (
            "update backtest.runs set cells = cells + 1 where as_of = '{day}'",
            "update backtest.runs set cells = cells - 1 where as_of = '{day}'",
            {"assert_results_balance_with_the_run"},
        ),
        (
            "update backtest.results set total_return = 'NaN' where as_of = '{day}' and symbol = 'AAPL'"
            " and strategy_name = 'cash'",
            "update backtest.results set total_return = 0 where as_of = '{day}' and symbol = 'AAPL'"
            " and strategy_name = 'cash'",
            {"within_range_backtest_results_total_return"},
        ),
        (
            "update scenarios.definitions set as_of = '2001-01-01' where as_of = '{day}' and scenario_name = 'Crash A'",
            "update scenarios.definitions set as_of = '{day}' where as_of = '2001-01-01' and scenario_name = 'Crash A'",
            {"backtest_results"},
        ),
    ],
    ids=["cells lost", "not a number", "scenario unknown"],
)
def test_broken_results_stop_the_build_where_they_break_a_promise(
    built: Any, breakage: str, repair: str, failing: set[str]
) -> None:
    with built.connect() as connection:
        connection.execute(breakage.format(day=FIRST))
        try:
            outcome = built("build", "--select", "tag:assessment", as_of=FIRST)
        finally:
            connection.execute(repair.format(day=FIRST))
    assert outcome.returncode == 1
    assert {name for name, status in outcome.not_passed().items() if status in {"fail", "error"}} == failing
    assert outcome.statuses["strategy_rankings"] == "skipped"
