"""Rankings of several dates, built in any order; made again with other weights; inputs that break a promise."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.dbt.assessment_results import (
    FIRST,
    MARTS,
    OLDER,
    SECOND,
    build_first,
    make_results,
    rank_again,
    read,
    rows_of,
    store,
)

pytestmark = pytest.mark.postgres

TESTED_ANEW = ("build", "--select", "tag:assessment", "--exclude-resource-type", "unit_test")
"""With data tests; the models' unit tests were run when the first date was built."""


@dataclass(frozen=True)
class History:
    """Hashes of the marts' rows as their own build left them."""

    dbt: Any
    first: Mapping[str, str]
    second: Mapping[str, str]


def hashes(dbt: Any, day: str) -> dict[str, str]:
    return {table: rows_of(dbt, table, day) for table in MARTS}


@pytest.fixture(scope="module")
def history(dbt: Any) -> History:
    """Two dates in order, then an older one with room for one date's cells and an order to forget everything."""
    build_first(dbt, make_results(seed=7))
    first = hashes(dbt, FIRST)
    with dbt.connect() as connection:
        store(connection, SECOND, make_results(seed=8))
        store(connection, OLDER, make_results(seed=9))
        # listed then, and no longer: a row of rank_changes says that it left
        connection.execute("update strategies.definitions set is_enabled = false where strategy_name = 'sma_20_50'")
    rank_again(dbt, SECOND)
    with dbt.connect() as connection:
        connection.execute("update strategies.definitions set is_enabled = true")
    second = hashes(dbt, SECOND)
    outcome = dbt(*TESTED_ANEW, "--full-refresh", as_of=OLDER, backtest_runs_kept=1)
    assert outcome.returncode == 0, outcome.output
    return History(dbt, first, second)


def test_other_dates_and_a_full_refresh_leave_rankings_alone(history: History) -> None:
    assert all(history.second[table] != history.first[table] for table in MARTS)
    for table in MARTS[1:]:
        assert rows_of(history.dbt, table, FIRST) == history.first[table]
        assert rows_of(history.dbt, table, SECOND) == history.second[table]
    ranked = f"select count(*) from assessment.strategy_rankings where run_date = '{OLDER}'"
    assert read(history.dbt, ranked).iat[0, 0] == 4


def test_cells_stay_for_the_newest_date_and_the_one_being_built(history: History) -> None:
    kept = read(history.dbt, "select distinct run_date from assessment.backtest_results order by 1")["run_date"]
    assert kept.tolist() == [date.fromisoformat(OLDER), date.fromisoformat(SECOND)]


def test_second_build_gives_the_same_rows(history: History) -> None:
    rank_again(history.dbt, FIRST)  # its cells had gone: everything is made again
    assert hashes(history.dbt, FIRST) == history.first


def test_changes_are_against_the_date_before_though_it_was_built_last(history: History) -> None:
    changes = read(history.dbt, "select * from assessment.rank_changes")
    rankings = read(
        history.dbt, "select run_date, strategy_name, overall_rank, verdict from assessment.strategy_rankings"
    )
    days = [date.fromisoformat(day) for day in (OLDER, FIRST, SECOND)]
    assert changes.loc[changes["run_date"] == days[0], "movement"].isna().all()
    for before, day in pairwise(days):
        both = pd.merge(
            rankings[rankings["run_date"] == day],
            rankings[rankings["run_date"] == before],
            on="strategy_name",
            how="outer",
            suffixes=("", "_before"),
        ).set_index("strategy_name")
        told = changes[changes["run_date"] == day].set_index("strategy_name").loc[both.index]
        assert set(told["previous_run_date"]) == {before}
        gained = both["overall_rank_before"] - both["overall_rank"]
        pd.testing.assert_series_equal(told["rank_change"], gained, check_names=False, check_dtype=False)
        ways = gained.map(lambda places: "up" if places > 0 else "down" if places < 0 else "unchanged")
        assert told["movement"].tolist() == ways.mask(both["overall_rank"].isna(), "left").tolist()
    assert "left" in set(changes["movement"])
    assert {"up", "down"} & set(changes["movement"])


def test_changed_weights_rank_anew_without_a_backtest(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conftest = sys.modules[type(history.dbt).__module__]
    project = tmp_path / "dbt_project"
    shutil.copytree(conftest.PROJECT, project, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages"))
    everything = "select md5(string_agg(t.xmin || t::text, '' order by t::text)) from backtest.{} as t"
    tables = ("results", "equity_curves", "runs", "luck", "luck_families")
    of_first = f"where run_date = '{FIRST}'"
    ranked = f"select strategy_name from assessment.strategy_rankings {of_first} order by overall_rank"
    scores = (
        f"select md5(string_agg(score::text, '' order by t::text)) from assessment.backtest_results as t {of_first}"
    )

    untouched = [read(history.dbt, everything.format(table)).iat[0, 0] for table in tables]
    scores_before = read(history.dbt, scores).iat[0, 0]
    (project / "seeds" / "score_weights.csv").write_text("metric_name,weight,is_higher_better\nmax_drawdown,1,true\n")
    with monkeypatch.context() as patched:
        patched.setattr(conftest, "PROJECT", project)
        outcome = history.dbt(*TESTED_ANEW, as_of=FIRST)
    assert outcome.returncode == 0, outcome.output
    assert read(history.dbt, ranked)["strategy_name"].iat[0] == "cash"  # nothing else never falls
    assert read(history.dbt, scores).iat[0, 0] != scores_before
    assert [read(history.dbt, everything.format(table)).iat[0, 0] for table in tables] == untouched

    outcome = history.dbt(*TESTED_ANEW, as_of=FIRST)
    assert outcome.returncode == 0, outcome.output
    assert hashes(history.dbt, FIRST) == history.first


def test_strategy_that_was_not_tested_is_listed_without_a_rank(history: History) -> None:
    with history.dbt.connect() as connection:
        connection.execute(
            "insert into strategies.definitions values ('news_drift', 'events', 'single', 'x', '{}', 'n', true)"
        )
        connection.execute(
            "insert into backtest.luck (as_of, strategy_name, verdict, verdict_reason, sessions)"
            f" values ('{FIRST}', 'news_drift', 'not tested', 'no news', 0)"
        )
        try:
            rank_again(history.dbt, FIRST, "strategy_rankings")
            row = read(
                history.dbt,
                "select overall_rank, avg_score, scenarios_tested, verdict from assessment.strategy_rankings"
                f" where run_date = '{FIRST}' and strategy_name = 'news_drift'",
            ).iloc[0]
            assert row[["overall_rank", "avg_score"]].isna().all()
            assert row["scenarios_tested"] == 0
            assert row["verdict"] == "not tested"
        finally:
            connection.execute("delete from backtest.luck where strategy_name = 'news_drift'")
            connection.execute("delete from strategies.definitions where strategy_name = 'news_drift'")


@pytest.mark.parametrize(
    ("breakage", "repair", "failing"),
    [
        (
            "update backtest.runs set cells = cells + 1 where as_of = '{day}'; update backtest.results set"
            " total_return = 'NaN' where as_of = '{day}' and symbol = 'AAPL' and strategy_name = 'cash'",
            "update backtest.runs set cells = cells - 1 where as_of = '{day}'; update backtest.results set"
            " total_return = 0 where as_of = '{day}' and symbol = 'AAPL' and strategy_name = 'cash'",
            {
                "assert_results_balance_with_the_run",
                "columns_within_range_backtest_results_run_date__total_return__sharpe_ratio",
            },
        ),
        (
            "update scenarios.definitions set as_of = '2001-01-01' where as_of = '{day}' and scenario_name = 'Crash A'",
            "update scenarios.definitions set as_of = '{day}' where as_of = '2001-01-01' and scenario_name = 'Crash A'",
            {"backtest_results"},
        ),
        (
            "update backtest.luck set as_of = '2001-01-01' where as_of = '{day}' and strategy_name = 'cash'",
            "update backtest.luck set as_of = '{day}' where as_of = '2001-01-01'",
            {"assert_luck_statistics_ran_before_the_rankings"},
        ),
    ],
    ids=["cells lost and not a number", "scenario unknown", "luck not worked out"],
)
def test_broken_inputs_stop_the_build_where_they_break_a_promise(
    history: History, breakage: str, repair: str, failing: set[str]
) -> None:
    with history.dbt.connect() as connection:
        connection.execute(breakage.format(day=FIRST))
        try:
            outcome = history.dbt(*TESTED_ANEW, as_of=FIRST)
        finally:
            connection.execute(repair.format(day=FIRST))
    assert outcome.returncode == 1
    assert {name for name, status in outcome.not_passed().items() if status in {"fail", "error"}} == failing
    assert outcome.statuses["strategy_rankings"] == "skipped"


def test_rankings_refuse_a_strategy_without_luck_when_no_test_stands_before_them(history: History) -> None:
    with history.dbt.connect() as connection:
        connection.execute(f"update backtest.luck_families set as_of = '2001-01-01' where as_of = '{FIRST}'")
        try:
            outcome = history.dbt("run", "--select", "strategy_rankings", as_of=FIRST)
        finally:
            connection.execute(f"update backtest.luck_families set as_of = '{FIRST}' where as_of = '2001-01-01'")
    assert outcome.returncode == 1
    assert 'null value in column "verdict"' in outcome.output
