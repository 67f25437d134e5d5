"""Scenarios cut into tasks, by what tasks have cost before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tetra.backtest import blocks
from tetra.data import task_reports


def test_little_work_is_one_block() -> None:
    assert blocks.divide({"b": 3, "a": 4}, most=10) == [["a", "b"]]


def test_work_is_divided_evenly_and_nothing_is_lost() -> None:
    work = {f"s{number}": size for number, size in enumerate([50, 10, 10, 10, 10, 10, 5, 5])}
    made = blocks.divide(work, most=60)
    assert sorted(name for block in made for name in block) == sorted(work)
    assert [sum(work[name] for name in block) for block in made] == [55, 55]


def test_a_scenario_larger_than_a_block_has_one_to_itself() -> None:
    assert blocks.divide({"huge": 100, "small": 1}, most=60) == [["huge"], ["small"]]


def test_there_are_never_more_blocks_than_scenarios() -> None:
    assert blocks.divide({"a": 10**9, "b": 10**9}, most=1) == [["a"], ["b"]]


@pytest.fixture
def reported(connection: psycopg.Connection[Any]) -> Iterator[Any]:
    """Reports of blocks, newer than all others; removed again."""
    run_id = f"tests {uuid.uuid4()}"

    def report(map_index: int, **content: Any) -> None:
        task_reports.write(
            connection,
            dag_id="assessment_pipeline",
            run_id=run_id,
            task_id=blocks.TASK_ID,
            map_index=map_index,
            records=1,
            report=content,
        )

    yield report
    with connection.transaction():
        connection.execute("delete from quality.task_reports where run_id = %s", (run_id,))


@pytest.mark.postgres
def test_a_step_costs_what_the_last_blocks_cost(connection: psycopg.Connection[Any], reported: Any) -> None:
    for map_index in range(blocks.BLOCKS_REMEMBERED):
        reported(map_index, bar_steps=2_000_000, seconds=1.0)
    # a block that failed, or an older program's, says nothing of its cost
    reported(blocks.BLOCKS_REMEMBERED, error="killed")
    assert blocks.seconds_per_step(connection) == pytest.approx(0.5e-6)


@pytest.mark.postgres
def test_before_any_block_has_run_a_step_costs_a_first_guess(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute("delete from quality.task_reports where task_id = %s", (blocks.TASK_ID,))
        assert blocks.seconds_per_step(connection) == blocks.FIRST_GUESS
