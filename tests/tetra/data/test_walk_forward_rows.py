"""Walk-forward results through a real PostgreSQL: what is read back, and that killed writes leave what was there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest
from tests.tetra.backtest.walked import CONSTANT, FREE, entry, entry_of_kind, random_panel

from tetra.backtest.walk_forward import FOLD_METRICS, WalkForward, walk_forward
from tetra.data.strategy_rows import register_strategies
from tetra.data.walk_forward_rows import TABLES, delete_other_walks, replace_walk_forward

pytestmark = pytest.mark.postgres

AS_OF = date(1957, 6, 28)


def walked(seed: int = 1, **plan: Any) -> WalkForward:
    sizes = plan or {"train_size": 40, "test_size": 25, "purged_size": 3}
    result = walk_forward(entry_of_kind("single", **sizes), random_panel(seed), risk=FREE)
    assert result is not None
    return result


@pytest.fixture
def registered(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """The strategy that is walked, registered; removed again."""
    entries = [entry_of_kind("single", train_size=40, test_size=25)]
    with connection.transaction():
        clean(connection)
        before = connection.execute("select strategy_name from strategies.definitions where is_enabled").fetchall()
        register_strategies(connection, [*entries, replace(entries[0], name="walked_too")], audits={})
        connection.execute(
            "update strategies.definitions set is_enabled = true where strategy_name = any(%s)",
            ([row[0] for row in before],),
        )
    yield connection
    connection.rollback()
    with connection.transaction():
        clean(connection)


def clean(connection: psycopg.Connection[Any]) -> None:
    for table in TABLES:
        connection.execute(f"delete from backtest.{table} where as_of = %s", (AS_OF,))
    connection.execute("delete from strategies.definitions where strategy_name like 'walked%%'", ())


def store(connection: psycopg.Connection[Any], result: WalkForward) -> int:
    with connection.transaction():
        return replace_walk_forward(connection, result, as_of=AS_OF)


def fetch(connection: psycopg.Connection[Any], query: str) -> list[Any]:
    with connection.transaction():
        return connection.execute(query, (AS_OF,)).fetchall()


def rows(connection: psycopg.Connection[Any]) -> dict[str, list[str]]:
    return {
        table: [
            row[0] for row in fetch(connection, f"select t::text from backtest.{table} t where as_of = %s order by 1")
        ]
        for table in TABLES
    }


def test_both_samples_of_every_fold_are_read_back_as_computed(registered: Any) -> None:
    result = walked()
    assert store(registered, result) == 2 * len(result.folds) + 1
    stored = fetch(
        registered,
        f"select fold, sample, start_date, end_date, bars, parameters, {', '.join(FOLD_METRICS)}"
        " from backtest.walk_forward_folds where as_of = %s order by fold, sample",
    )
    assert len(stored) == 2 * len(result.folds)
    for row in stored:
        judged = result.folds[row[0] - 1]
        spans = judged.fold.train if row[1] == "in_sample" else (judged.fold.test,)
        days = result.window[np.concatenate([np.arange(*span) for span in spans])]
        assert row[2:5] == (days[0].item(), days[-1].item(), days.size)
        assert row[5] == judged.chosen.parameters
        computed = judged.in_sample if row[1] == "in_sample" else judged.out_of_sample
        np.testing.assert_array_equal(np.array(row[6:], dtype=float), computed)


def test_the_path_is_read_back_to_the_last_bit(registered: Any) -> None:
    result = walked()
    store(registered, result)
    (stored,) = fetch(
        registered,
        "select sessions, returns, benchmark_returns, weights, sharpe_ratio, drawdown_duration"
        " from backtest.walk_forward_paths where as_of = %s",
    )
    assert stored[0] == result.sessions.tolist()
    for values, computed in zip(
        stored[1:4], (result.path.returns, result.path.benchmark_returns, result.weights), strict=True
    ):
        np.testing.assert_array_equal(np.array(values), computed)
    assert stored[4] == result.metrics[FOLD_METRICS.index("sharpe_ratio")]
    assert stored[5] == result.metrics[FOLD_METRICS.index("drawdown_duration")]


def test_dates_of_a_train_part_on_both_sides_are_its_first_and_last(registered: Any) -> None:
    result = walked(method="k_fold", test_size=30, purged_size=2, embargo_size=3)
    store(registered, result)
    query = "select start_date, end_date, bars from backtest.walk_forward_folds where as_of = %s and fold = 2"
    inside, tested = fetch(registered, f"{query} order by sample")
    assert inside == (result.window[0].item(), result.window[-1].item(), result.window.size - 30 - 2 * 2 - 3)
    assert inside[0] < tested[0] < tested[1] < inside[1]


def test_what_is_undefined_is_null_with_its_reason(registered: Any) -> None:
    flat = entry(CONSTANT, {"weight": (0.0, -0.0001)}, criterion="total_return", train_size=40, test_size=25)
    result = walk_forward(flat, random_panel(2), risk=FREE)
    assert result is not None
    still = replace(result, metrics=result.path.metrics_on(np.arange(1)))
    store(registered, still)
    query = (
        "select sharpe_ratio, annualized_volatility, undefined_reason from backtest.walk_forward_paths where as_of = %s"
    )
    ((sharpe, volatility, reason),) = fetch(registered, query)
    assert (sharpe, volatility) == (None, None)
    assert "fewer than two sessions" in reason


def test_a_second_run_gives_the_same_rows_and_another_replaces_them(registered: Any) -> None:
    store(registered, walked())
    first = rows(registered)
    store(registered, walked())
    assert rows(registered) == first
    other = walked(train_size=60, test_size=50)
    store(registered, other)
    assert [len(lines) for lines in rows(registered).values()] == [2 * len(other.folds), 1]


def test_a_writer_killed_before_its_commit_loses_nothing_and_a_rerun_gives_the_same_rows(
    registered: Any, warehouse: Any
) -> None:
    store(registered, walked(seed=1))
    before = rows(registered)
    with psycopg.connect(warehouse.url("writer")) as doomed:
        replace_walk_forward(doomed, walked(seed=2), as_of=AS_OF)
        with psycopg.connect(warehouse.server.url) as administrator:
            administrator.execute("select pg_terminate_backend(%s)", (doomed.info.backend_pid,))
        with pytest.raises(psycopg.OperationalError):
            doomed.execute("select 1")
    assert rows(registered) == before
    store(registered, walked(seed=2))
    after = rows(registered)
    assert after != before
    store(registered, walked(seed=1))
    assert rows(registered) == before


def test_other_scenarios_and_strategies_are_left_alone(registered: Any) -> None:
    result = walked()
    elsewhere = replace(result, scenario_name="elsewhere")
    too = replace(result, registered=replace(result.registered, name="walked_too"))
    for each in (result, elsewhere, too):
        store(registered, each)
    store(registered, result)
    query = "select strategy_name, scenario_name from backtest.walk_forward_paths where as_of = %s order by 1, 2"
    assert fetch(registered, query) == [("walked", "elsewhere"), ("walked", "walked"), ("walked_too", "walked")]
    with registered.transaction():
        deleted = delete_other_walks(registered, as_of=AS_OF, scenario_name="walked", strategy_names=["walked_too"])
    assert deleted == 2 * len(result.folds) + 1
    assert fetch(registered, query) == [("walked", "elsewhere"), ("walked_too", "walked")]
