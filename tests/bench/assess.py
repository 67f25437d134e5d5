"""What ``area_assessment`` times, in a process of its own: ``assess.py AS_OF STEP``, which prints a line of JSON.

``compute``
    Panels from the database, all single strategies in all scenarios to metrics, nothing stored.
``single``
    A run as the DAG makes it with the single strategies alone: audit, blocks, what finishes it; all is stored.
``others``
    The blocks of legs and panels, stored; after ``single``.

Blocks are processes, one a core at a time, as the mapped tasks of the DAG are. ``peak_bytes`` is the largest process.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from typing import Any

import psycopg

from tetra.backtest import risk, runner
from tetra.backtest.block_run import BlockRun
from tetra.backtest.blocks import divide
from tetra.backtest.signals import event_fields
from tetra.data import scenarios
from tetra.strategies import registry
from tetra.strategies.base import Kind

Connection = psycopg.Connection[Any]


def compute(connection: Connection, as_of: date) -> dict[str, float]:
    """Return the seconds it took, and of what; the first scenario is run before, so that nothing is compiled in it."""
    keys = scenarios.list_ready(connection, as_of=as_of)
    _computed(as_of, [keys[0].scenario_name])
    work = {key.scenario_name: key.series * key.bars for key in keys}
    started = time.monotonic()
    made = _in_processes(_computed, as_of, divide(work, most=sum(work.values()) // len(os.sched_getaffinity(0)) + 1))
    return {
        "seconds": time.monotonic() - started,
        "processor_seconds": sum(block["processor_seconds"] for block in made),
        "cells": sum(block["cells"] for block in made),
        "strategies": max(block["strategies"] for block in made),
        "scenarios": len(keys),
    }


def _computed(as_of: date, scenario_names: list[str]) -> dict[str, Any]:
    started = time.process_time()
    strategies = tuple(entry for entry in registry.enabled() if entry.strategy.kind == "single")
    block = BlockRun(strategies, risk.load())
    with psycopg.connect(os.environ["TETRA_WRITER_URL"]) as connection:
        block.run(
            scenarios.load_panels(
                connection, as_of=as_of, scenario_names=scenario_names, event_fields=event_fields(strategies)
            )
        )
    return {
        "processor_seconds": time.process_time() - started,
        "cells": block.cells,
        "strategies": len({rows.strategy_name for rows in block.results}),
    }


def single(connection: Connection, as_of: date) -> dict[str, float]:
    """Return the seconds from the audit to the run's row."""
    started = time.monotonic()
    runner.begin(connection, as_of=as_of)
    _in_processes(partial(_stored, {"single"}), as_of, runner.list_blocks(connection, as_of=as_of))
    runner.finish(connection, as_of=as_of)
    return {"seconds": time.monotonic() - started}


def others(connection: Connection, as_of: date) -> dict[str, float]:
    """Return the seconds that the blocks of the other kinds took."""
    started = time.monotonic()
    _in_processes(partial(_stored, {"legs", "panel"}), as_of, runner.list_blocks(connection, as_of=as_of))
    return {"seconds": time.monotonic() - started}


def _stored(kinds: Collection[Kind], as_of: date, scenario_names: list[str]) -> None:
    with psycopg.connect(os.environ["TETRA_WRITER_URL"]) as connection:
        runner.run_block(connection, as_of=as_of, scenario_names=scenario_names, kinds=kinds)


def _in_processes(step: Callable[[date, list[str]], Any], as_of: date, blocks: list[list[str]]) -> list[Any]:
    """Return what became of each block; one a core at a time, as the mapped tasks of the DAG are."""
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=get_context("fork")) as executor:
        return list(executor.map(partial(step, as_of), blocks))


STEPS: dict[str, Callable[[Connection, date], dict[str, float]]] = {
    "compute": compute,
    "single": single,
    "others": others,
}


def main(as_of: date, step: str) -> None:
    """Run one step, and print what it took."""
    with psycopg.connect(os.environ["TETRA_WRITER_URL"]) as connection:
        report = STEPS[step](connection, as_of)
    kibibytes = max(resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    sys.stdout.write(json.dumps(report | {"peak_bytes": kibibytes * 1024}))


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), sys.argv[2])
