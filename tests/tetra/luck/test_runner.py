"""Luck on the real database, from a stored full history to verdicts; the command and the operator too."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from click.testing import CliRunner
from tests.tetra.backtest.assessed import fetch
from tests.tetra.scenarios.full_history_runs import (
    PEEKING,
    PLAN,
    SMA,
    configure,
    dying_after,
    prepare,
    stored,
    task_context,
)
from tests.tetra.scenarios.landed_market import AS_OF, landed_market

from tetra.backtest import runner as backtests
from tetra.backtest import walk_forward_runner
from tetra.cli_luck import luck as command
from tetra.data import luck_rows
from tetra.errors import BacktestError, DataError
from tetra.luck import runner
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate

pytestmark = pytest.mark.postgres

TABLES = ("luck", "luck_families")
TOO_LONG = "{grid: {fast: [2, 5]}, train_size: 5000, test_size: 60}"
REVERSAL = "tetra.strategies.cross_sectional_reversal.CrossSectionalReversal"
SWITCH = "tetra.strategies.switch_relative_strength.SwitchRelativeStrength"
STRATEGIES = (
    "lucky_hold: {class: tetra.strategies.buy_and_hold.BuyAndHold}",
    "lucky_cash: {class: tetra.strategies.cash.Cash}",
    f"lucky_sma: {{class: {SMA}, parameters: {{fast: 3, slow: 15}}}}",
    f"lucky_panel: {{class: {REVERSAL}, parameters: {{lookback: 10}}}}",
    f"lucky_legs: {{class: {SWITCH}, parameters: {{lookback: 20, groups: [[SCN.AAA, SCN.BBB]]}}}}",
    f"lucky_idle: {{class: {SWITCH}, parameters: {{lookback: 20, groups: [[SCN.AAA, SCN.VIX]]}}}}",
    f"lucky_walked: {{class: {SMA}, parameters: {{fast: 4, slow: 15}}, walk_forward: {PLAN}}}",
    f"lucky_brief: {{class: {SMA}, parameters: {{fast: 5, slow: 15}}, walk_forward: {TOO_LONG}}}",
    "lucky_peeking: {class: lucky_peeking.Peeking}",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lucky")
    (made / "lucky_peeking.py").write_text(PEEKING, encoding="utf-8")
    configure(made, *STRATEGIES)
    return made


@pytest.fixture(scope="module")
def assessed(warehouse: Any, folder: Path) -> Iterator[Any]:
    """A small market with its full history, its strategies audited and walked; all of it is removed again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        prepare(folder, patch, warehouse)
        with psycopg.connect(warehouse.url("writer")) as connection, landed_market(connection):
            clean(connection)
            generate(connection, as_of=AS_OF, request=GenerationRequest(types=("full_history", "bootstrap")))
            backtests.begin(connection, as_of=AS_OF)
            walk_forward_runner.run_all(connection, as_of=AS_OF)
            yield connection
            connection.rollback()
            clean(connection)


@contextmanager
def changed(connection: Any, change: str, undo: str) -> Iterator[None]:
    """Change rows for a while."""
    with connection.transaction():
        assert connection.execute(change).rowcount > 0
    try:
        yield
    finally:
        with connection.transaction():
            connection.execute(undo)


def one_trial_less() -> tuple[str, str]:
    """Return how a trial becomes one that is first assessed on the next day, and the way back."""
    update = "update backtest.trials set first_as_of = first_as_of {} 1 where strategy_name = 'lucky_sma'"
    return update.format("+"), update.format("-")


def clean(connection: Any) -> None:
    with connection.transaction():
        for table in (*TABLES, "walk_forward_folds", "walk_forward_paths"):
            connection.execute(f"delete from backtest.{table} where as_of = %s", (AS_OF,))
        connection.execute("delete from backtest.trials where strategy_name like 'lucky%%'", ())
        connection.execute("delete from strategies.definitions where strategy_name like 'lucky%%'", ())


def rows(connection: Any) -> dict[str, Any]:
    query = "select * from backtest.luck where as_of = %s"
    with connection.transaction(), connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return {row["strategy_name"]: row for row in cursor.execute(query, (AS_OF,))}


def test_every_enabled_strategy_has_a_row_and_who_was_not_tested_a_reason_and_no_number(assessed: Any) -> None:
    report = runner.run(assessed, as_of=AS_OF)
    found = rows(assessed)
    assert set(found) == {entry.partition(":")[0] for entry in STRATEGIES}
    assert report.records == len(STRATEGIES) + 1
    tested = {"lucky_sma", "lucky_panel", "lucky_legs", "lucky_walked"}
    for name in tested:
        assert found[name]["verdict"] in {"skill", "not proven", "likely luck"}
        assert found[name]["verdict_reason"] is None
        for column in ("probabilistic_sharpe_ratio", "deflated_sharpe_ratio", "stepwise_p_value", "null_twin_p_value"):
            assert 0.0 <= found[name][column] <= 1.0
        assert 1 <= found[name]["rank_low"] <= found[name]["rank_high"] <= 5
    reasons = {name: row["verdict_reason"] for name, row in found.items() if name not in tested}
    assert reasons.pop("lucky_peeking").startswith("strategy 'lucky_peeking' looks ahead")
    assert found["lucky_peeking"]["verdict"] == "rejected: look-ahead"
    assert reasons == {
        "lucky_hold": "constant weights",
        "lucky_cash": "constant weights",
        "lucky_idle": "no cell in Full History: no group of SCN.AAA/SCN.VIX has all its symbols there",
        "lucky_brief": "Full History is too short for its walk_forward plan, or it was not walked",
    }
    for name in reasons:
        assert found[name]["verdict"] == "not tested"
        assert found[name]["timing_sharpe_ratio"] is None
    assert report.not_tested == {name: found[name]["verdict_reason"] for name in found if name not in tested}


def test_the_family_is_stored_with_its_ledger_and_its_days(assessed: Any) -> None:
    runner.run(assessed, as_of=AS_OF)
    ((n_ever,),) = fetch(assessed, "select count(*) from backtest.trials where first_as_of <= %s", AS_OF)
    columns = "strategies_tested, trials_ever, first_session, last_session, skill_level, seed, effective_trials"
    ((tested, trials, first, last, level, seed, effective),) = fetch(
        assessed, f"select {columns} from backtest.luck_families where as_of = %s", AS_OF
    )
    assert tested == 4
    assert trials == n_ever >= len(STRATEGIES) - 1 + 4  # each combination that was walked is a trial, who peeks is none
    assert (first < last) == (last == AS_OF)
    assert level == pytest.approx(0.05 * 4 / n_ever)
    assert seed == fetch(assessed, "select max(seed) from scenarios.definitions where as_of = %s", AS_OF)[0][0]
    assert n_ever / 4 <= effective <= n_ever


def test_a_plan_is_judged_out_of_sample_alone(assessed: Any) -> None:
    runner.run(assessed, as_of=AS_OF)
    found = rows(assessed)
    query = (
        "select cardinality(sessions), returns, benchmark_returns, weights"
        " from backtest.walk_forward_paths where as_of = %s and strategy_name = 'lucky_walked'"
    )
    ((sessions, *path),) = fetch(assessed, query, AS_OF)
    assert found["lucky_walked"]["sample"] == "out_of_sample"
    assert found["lucky_walked"]["sessions"] == sessions < found["lucky_sma"]["sessions"]
    assert found["lucky_sma"]["sample"] == "full_history"
    assert found["lucky_idle"]["sample"] is None
    returns, benchmark, weights = map(np.array, path)
    timed = returns - weights.mean() * benchmark
    expected = timed.mean() / timed.std(ddof=1) * math.sqrt(252)
    assert found["lucky_walked"]["timing_sharpe_ratio"] == pytest.approx(expected, rel=1e-9)


def test_running_again_gives_the_same_rows(assessed: Any) -> None:
    runner.run(assessed, as_of=AS_OF)
    first = stored(assessed, TABLES)
    runner.run(assessed, as_of=AS_OF)
    assert stored(assessed, TABLES) == first
    assert all(first.values())


def test_a_run_that_dies_between_two_tables_leaves_the_earlier_rows(
    assessed: Any, warehouse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner.run(assessed, as_of=AS_OF)
    first = stored(assessed, TABLES)
    monkeypatch.setattr(runner, "replace_luck", dying_after(luck_rows.replace_luck, warehouse))
    with (
        changed(assessed, *one_trial_less()),
        psycopg.connect(warehouse.url("writer")) as doomed,
        pytest.raises(psycopg.OperationalError),
    ):
        runner.run(doomed, as_of=AS_OF)
    assert stored(assessed, TABLES) == first


def test_without_a_full_history_nobody_is_tested_and_all_are_told_why(assessed: Any) -> None:
    update = f"update scenarios.definitions set is_active = {{}} where as_of = '{AS_OF}'"
    with changed(assessed, update.format("false"), update.format("true")):
        report = runner.run(assessed, as_of=AS_OF)
    assert report.verdicts == {"not tested": len(STRATEGIES) - 1, "rejected: look-ahead": 1}
    assert report.not_tested["lucky_sma"] == f"Full History is not ready as of {AS_OF}"
    query = "select strategies_tested, first_session, skill_level from backtest.luck_families where as_of = %s"
    assert fetch(assessed, query, AS_OF) == [(0, None, None)]


def test_a_trial_first_assessed_later_is_not_known_yet(assessed: Any) -> None:
    query = "select trials_ever, skill_level from backtest.luck_families where as_of = %s"
    runner.run(assessed, as_of=AS_OF)
    ((before, level),) = fetch(assessed, query, AS_OF)
    with changed(assessed, *one_trial_less()):
        runner.run(assessed, as_of=AS_OF)
    assert fetch(assessed, query, AS_OF) == [(before - 1, pytest.approx(level * before / (before - 1)))]


def test_a_walk_that_its_plan_does_not_give_is_refused_and_nothing_changes(assessed: Any) -> None:
    runner.run(assessed, as_of=AS_OF)
    first = stored(assessed, TABLES)
    mirror = (
        "update backtest.walk_forward_paths set returns[3] = -returns[3]"
        f" where as_of = '{AS_OF}' and strategy_name = 'lucky_walked'"
    )
    with (
        changed(assessed, mirror, mirror),
        pytest.raises(DataError, match="the walk stored of 'lucky_walked' is not what its plan"),
    ):
        runner.run(assessed, as_of=AS_OF)
    assert stored(assessed, TABLES) == first


def test_a_change_since_the_run_began_is_refused(assessed: Any, folder: Path) -> None:
    configure(folder, f"lucky_sma: {{class: {SMA}, parameters: {{fast: 3, slow: 16}}}}")
    try:
        with pytest.raises(BacktestError, match="'lucky_sma', or code or configuration, was changed"):
            runner.run(assessed, as_of=AS_OF)
    finally:
        configure(folder, *STRATEGIES)


def test_the_command_prints_the_verdicts_that_it_stores(assessed: Any) -> None:
    runner.run(assessed, as_of=AS_OF)
    first = stored(assessed, TABLES)
    result = CliRunner().invoke(command, ["--as-of", AS_OF.isoformat()])
    assert result.exit_code == 0, result.output
    assert stored(assessed, TABLES) == first
    lines = {line.split()[0]: line for line in result.output.splitlines() if line.startswith("lucky")}
    for name, row in rows(assessed).items():
        assert f" {row['verdict']} " in lines[name]
        assert (row["verdict_reason"] or "") in lines[name]
        if row["stepwise_p_value"] is not None:
            assert f" {row['timing_sharpe_ratio']:.2f} " in lines[name]
            assert f" {row['stepwise_p_value']:.3f} " in lines[name]
    assert "4 strategies tested" in result.output


@pytest.mark.airflow
def test_the_operator_reports_rows_and_verdicts(assessed: Any) -> None:
    from tetra_airflow.operators.luck_statistics import LuckStatisticsOperator

    report = LuckStatisticsOperator(task_id="luck").execute(task_context("luck"))
    assert report["records"] == len(STRATEGIES) + 1
    assert sum(report["verdicts"].values()) == len(STRATEGIES)
    json.dumps(report, allow_nan=False)
