"""Walk-forward on the real database, from the full history to stored folds; the command and the operator too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
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

from tetra.backtest import runner, walk_forward_runner
from tetra.cli_walk_forward import walk_forward as command
from tetra.data.walk_forward_rows import TABLES
from tetra.errors import BacktestError, DataError, TetraError
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate

pytestmark = pytest.mark.postgres

WALKED = f"walker: {{class: {SMA}, parameters: {{fast: 3, slow: 15}}, walk_forward: {PLAN}}}"
PLAIN = f"walker_plain: {{class: {SMA}, parameters: {{fast: 4, slow: 15}}}}"
TOO_LONG = f"walker_long: {{class: {SMA}, walk_forward: {{grid: {{fast: [2, 5]}}, train_size: 5000, test_size: 60}}}}"


@pytest.fixture
def folder(warehouse: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    prepare(tmp_path, monkeypatch, warehouse)
    configure(tmp_path, WALKED, PLAIN, TOO_LONG)
    return tmp_path


@pytest.fixture
def landed(warehouse: Any, folder: Path) -> Iterator[Any]:
    """A small market and its full history; all of it is removed again."""
    with psycopg.connect(warehouse.url("writer")) as connection, landed_market(connection):
        clean(connection)
        generate(connection, as_of=AS_OF, request=GenerationRequest(types=("full_history",)))
        yield connection
        connection.rollback()
        clean(connection)


def clean(connection: Any) -> None:
    with connection.transaction():
        for table in TABLES:
            connection.execute(f"delete from backtest.{table} where as_of = %s", (AS_OF,))
        connection.execute("delete from backtest.trials where strategy_name like 'walker%%'", ())
        connection.execute("delete from strategies.definitions where strategy_name like 'walker%%'", ())


def walk_all(connection: Any) -> walk_forward_runner.WalkForwardReport:
    runner.begin(connection, as_of=AS_OF)
    return walk_forward_runner.run_all(connection, as_of=AS_OF)


def test_every_strategy_with_a_plan_is_walked_and_one_that_needs_more_history_is_left_out(landed: Any) -> None:
    report = walk_all(landed)
    folds = report.walked["walker"]
    assert set(report.walked) == {"walker"}
    assert report.skipped.keys() == {"walker_long"}
    assert "its plan needs 5001" in report.skipped["walker_long"]
    samples = fetch(
        landed,
        "select strategy_name, scenario_name, sample, count(*), min(fold), max(fold)"
        " from backtest.walk_forward_folds where as_of = %s group by 1, 2, 3 order by 3",
        AS_OF,
    )
    assert samples == [("walker", "Full History", name, folds, 1, folds) for name in ("in_sample", "out_of_sample")]
    ((sessions, last),) = fetch(
        landed,
        "select cardinality(sessions), sessions[cardinality(sessions)]"
        " from backtest.walk_forward_paths where as_of = %s",
        AS_OF,
    )
    ((tested,),) = fetch(
        landed,
        "select sum(bars) from backtest.walk_forward_folds where as_of = %s and sample = 'out_of_sample'",
        AS_OF,
    )
    assert sessions == tested
    assert last == AS_OF
    json.dumps(report.as_json(), allow_nan=False)


def test_no_train_part_reaches_into_its_test_part(landed: Any) -> None:
    walk_all(landed)
    overlapping = (
        "select count(*), count(*) filter (where train.end_date >= test.start_date)"
        " from backtest.walk_forward_folds as train inner join backtest.walk_forward_folds as test"
        " using (as_of, strategy_name, scenario_name, fold)"
        " where as_of = %s and train.sample = 'in_sample' and test.sample = 'out_of_sample'"
    )
    ((folds, bad),) = fetch(landed, overlapping, AS_OF)
    assert folds > 1
    assert bad == 0


def test_every_combination_is_entered_as_a_trial_once(landed: Any) -> None:
    walk_all(landed)
    walk_all(landed)
    trials = fetch(landed, "select parameters from backtest.trials where strategy_name = 'walker'")
    assert len(trials) == 5
    grid = [{"fast": fast, "slow": slow} for fast in (2, 5) for slow in (10, 20)]
    assert all((combination,) in trials for combination in [*grid, {"fast": 3, "slow": 15}])


def test_running_again_gives_the_same_rows(landed: Any) -> None:
    walk_all(landed)
    first = stored(landed, TABLES)
    walk_all(landed)
    assert stored(landed, TABLES) == first
    assert all(first.values())


def test_a_run_that_dies_between_two_tables_leaves_the_earlier_rows(
    landed: Any, warehouse: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk_all(landed)
    first = stored(landed, TABLES)
    write = dying_after(walk_forward_runner.replace_walk_forward, warehouse)
    monkeypatch.setattr(walk_forward_runner, "replace_walk_forward", write)
    with psycopg.connect(warehouse.url("writer")) as doomed, pytest.raises(psycopg.OperationalError):
        walk_forward_runner.run_all(doomed, as_of=AS_OF)
    assert stored(landed, TABLES) == first
    monkeypatch.undo()


def test_a_strategy_that_lost_its_plan_loses_its_walks(landed: Any, folder: Path) -> None:
    before = walk_all(landed)
    configure(folder, PLAIN)
    report = walk_all(landed)
    assert report.walked == {}
    assert report.deleted == 2 * before.walked["walker"] + 1
    assert stored(landed, TABLES) == {table: [] for table in TABLES}


def test_without_a_full_history_every_plan_is_left_out_with_the_reason(landed: Any) -> None:
    with landed.transaction():
        landed.execute("delete from scenarios.definitions where as_of = %s", (AS_OF,))
    report = walk_all(landed)
    assert report.walked == {}
    assert report.skipped["walker"] == f"Full History is not ready as of {AS_OF}"


def invoke(*options: str) -> Result:
    return CliRunner().invoke(command, [*options, "--as-of", AS_OF.isoformat()])


def test_the_command_prints_both_samples_of_each_fold_and_stores_them(landed: Any) -> None:
    result = invoke("--strategy", "walker")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    folds = fetch(
        landed,
        "select fold, sample, sharpe_ratio from backtest.walk_forward_folds where as_of = %s order by fold, sample",
        AS_OF,
    )
    assert len(lines) == len(folds) + 2
    for line, (fold, sample, sharpe) in zip(lines[1:-1], folds, strict=True):
        assert line.split()[0] == str(fold)
        assert sample.replace("_", " ") in line
        assert f" {sharpe:.2f} " in line
        assert "fast=" in line
        assert "slow=" in line
    assert lines[-1].split()[:4] == ["all", "out", "of", "sample"]


def test_the_command_stores_what_the_operator_would(landed: Any) -> None:
    walk_all(landed)
    first = stored(landed, TABLES)
    assert invoke("--strategy", "walker", "--scenario", "Full History").exit_code == 0
    assert stored(landed, TABLES) == first


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (["--strategy", "walkr"], TetraError, "unknown strategy 'walkr'; did you mean 'walker'"),
        (["--strategy", "walker_plain"], BacktestError, "'walker_plain' has no walk_forward block"),
        (["--strategy", "walker_long"], BacktestError, "too few for a fold: train_size 5000"),
        (["--strategy", "walker", "--scenario", "Full Histry"], DataError, "did you mean 'Full History'"),
    ],
)
def test_a_wrong_option_is_named(landed: Any, options: list[str], error: type[TetraError], message: str) -> None:
    result = invoke(*options)
    assert isinstance(result.exception, error)
    assert message in str(result.exception)
    assert stored(landed, TABLES) == {table: [] for table in TABLES}


def test_a_strategy_that_looks_ahead_is_not_walked(landed: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "walker_peeking.py").write_text(PEEKING, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    configure(folder, f"walker: {{class: walker_peeking.Peeking, walk_forward: {PLAN}}}", PLAIN)
    assert walk_all(landed).walked == {}
    result = invoke("--strategy", "walker")
    assert isinstance(result.exception, BacktestError)
    assert "'walker' may not be assessed" in str(result.exception)


@pytest.mark.airflow
def test_the_operator_reports_rows_and_folds(landed: Any) -> None:
    from tetra_airflow.operators.walk_forward import WalkForwardOperator

    runner.begin(landed, as_of=AS_OF)
    report = WalkForwardOperator(task_id="walk").execute(task_context("walk"))
    rows = stored(landed, TABLES)
    assert report["walked"] == {"walker": len(rows["walk_forward_folds"]) // 2}
    json.dumps(report, allow_nan=False)
