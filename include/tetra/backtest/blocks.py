"""Scenarios cut into blocks, one task each: worth a task's start, going by what blocks have cost before."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from tetra.data import scenarios
from tetra.data.statements import statement
from tetra.errors import EmptyBatchError

TASK_ID = "run_block"
"""Whose reports say what blocks cost."""

SECONDS_PER_BLOCK = 20.0
"""Processor seconds aimed at: a task takes some two of them to start, so a tenth is overhead."""

BLOCKS_REMEMBERED = 30

FIRST_GUESS = 50e-9
"""Processor seconds per bar step (series x bars x strategies) before any block has run; measured with 29 of them."""


def list_blocks(connection: psycopg.Connection[Any], *, as_of: date, n_strategies: int) -> list[list[str]]:
    """Return the names of the ready scenarios, in blocks of about equal work.

    Parameters
    ----------
    connection : psycopg.Connection
        Read from only.
    as_of : date
        Of the scenarios.
    n_strategies : int
        Strategies to be run in each.

    Raises
    ------
    EmptyBatchError
        If no scenario is ready.
    """
    keys = scenarios.list_ready(connection, as_of=as_of)
    if not keys:
        raise EmptyBatchError(f"no scenario is ready as of {as_of}; run scenarios_pipeline for that date first")
    work = {key.scenario_name: key.series * key.bars * n_strategies for key in keys}
    return divide(work, most=int(SECONDS_PER_BLOCK / seconds_per_step(connection)))


def seconds_per_step(connection: psycopg.Connection[Any]) -> float:
    """Return the processor seconds that a bar step took in the last blocks; a first guess before any has run.

    Not the time that went by, which depends on what else the machine was at, other blocks among it.
    """
    key = {"task_id": TASK_ID, "count": BLOCKS_REMEMBERED}
    with connection.transaction():  # read and done: an open one would swallow the caller's into a savepoint
        row = connection.execute(statement("select_block_costs"), key).fetchone()
    if row is None or not row[0] > 0.0 or not row[1] > 0.0:
        return FIRST_GUESS
    return float(row[1] / row[0])


def divide(work: dict[str, int], *, most: int) -> list[list[str]]:
    """Return names in as few blocks of at most ``most`` work as evenly filled as first-fit by size gives.

    Parameters
    ----------
    work : dict of str to int
        Work per name; a name with more than ``most`` has a block of its own.
    most : int
        Work in a block.
    """
    n_blocks = min(len(work), max(1, -(-sum(work.values()) // max(most, 1))))
    blocks: list[list[str]] = [[] for _ in range(n_blocks)]
    loads = [0] * n_blocks
    for name in sorted(work, key=lambda name: (-work[name], name)):
        lightest = loads.index(min(loads))
        blocks[lightest].append(name)
        loads[lightest] += work[name]
    return [sorted(block) for block in blocks if block]
