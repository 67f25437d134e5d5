"""How long cells are kept: those of the newest runs, and of the one in use however old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.tetra.backtest.assessed import AS_OF, assess, fetch

from tetra.backtest import runner
from tetra.data.results import KEPT_RUNS

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("configure")]

DBT_PROJECT = Path(__file__).resolve().parents[3] / "dbt_project" / "dbt_project.yml"
TABLES = ("backtest.results", "backtest.equity_curves", "backtest.trades", "backtest.runs")


@pytest.fixture
def assessed(landed: Any) -> Iterator[Any]:
    """Seven runs: three days before AS_OF to three days after, all with its rows."""
    assess(landed)
    with landed.transaction():
        for day in others():
            for table in TABLES:
                query = (
                    "select column_name from information_schema.columns where table_schema || '.' || table_name = %s"
                )
                names = [row[0] for row in landed.execute(query, (table,)) if row[0] != "as_of"]
                columns = ", ".join(names)
                landed.execute(
                    f"insert into {table} (as_of, {columns}) select %s::date, {columns} from {table} where as_of = %s",
                    (day, AS_OF),
                )
    yield landed
    with landed.transaction():
        for table in TABLES:
            landed.execute(f"delete from {table} where as_of = any(%s)", (others(),))


def others() -> list[date]:
    return [AS_OF + timedelta(days=days) for days in (-3, -2, -1, 1, 2, 3)]


def days_with(connection: Any, table: str) -> list[date]:
    # days of this test only: other tests leave theirs
    near = (AS_OF - timedelta(days=3), AS_OF + timedelta(days=3))
    query = f"select distinct as_of from {table} where as_of between %s and %s order by 1"
    return [row[0] for row in fetch(connection, query, *near)]


def test_the_marts_keep_as_many_runs_as_the_backtests() -> None:
    variables = yaml.safe_load(DBT_PROJECT.read_text(encoding="utf-8"))["vars"]
    assert variables["backtest_runs_kept"] == KEPT_RUNS


@pytest.mark.parametrize("table", ["backtest.results", "backtest.equity_curves", "backtest.trades"])
def test_only_the_newest_runs_keep_their_cells(assessed: Any, table: str) -> None:
    newest = sorted((*others(), AS_OF))
    assert days_with(assessed, table) == newest
    runner.finish(assessed, as_of=AS_OF)
    assert days_with(assessed, table) == newest[2:]
    assert days_with(assessed, "backtest.runs") == newest  # what was run stays known


def test_an_old_run_in_use_keeps_its_cells(assessed: Any) -> None:
    with assessed.transaction():
        for table in TABLES:
            assessed.execute(
                f"update {table} set as_of = as_of + 10 where as_of <> %s and as_of between %s and %s",
                (AS_OF, AS_OF - timedelta(days=3), AS_OF + timedelta(days=3)),
            )
    runner.finish(assessed, as_of=AS_OF)
    query = "select distinct as_of from backtest.results where as_of between %s and %s order by 1"
    kept = [row[0] for row in fetch(assessed, query, AS_OF, AS_OF + timedelta(days=20))]
    assert kept == [AS_OF, *(day + timedelta(days=10) for day in others()[2:])]
    with assessed.transaction():
        for table in TABLES:
            assessed.execute(
                f"delete from {table} where as_of > %s and as_of < %s", (AS_OF, AS_OF + timedelta(days=20))
            )
