"""What ``area_assessment`` times, in a process of its own: ``assess.py AS_OF STEP``, which prints a line of JSON.

``compute``
    Panels from the database, all single strategies in all scenarios to metrics, nothing stored.
``single``
    A run as the DAG makes it with the single strategies alone: audit, blocks, what finishes it; all is stored.
``others``
    The blocks of legs and panels, stored; after ``single``.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg

from tetra.backtest import risk, runner
from tetra.backtest.block_run import BlockRun
from tetra.backtest.signals import event_fields
from tetra.data import scenarios
from tetra.strategies import registry

Connection = psycopg.Connection[Any]


def compute(connection: Connection, as_of: date) -> dict[str, float]:
    """Return the seconds it took, and of what; the first scenario is run before, so that nothing is compiled in it."""
    strategies = tuple(entry for entry in registry.enabled() if entry.strategy.kind == "single")
    names = [key.scenario_name for key in scenarios.list_ready(connection, as_of=as_of)]

    def run(scenario_names: list[str]) -> BlockRun:
        block = BlockRun(strategies, risk.load())
        block.run(
            scenarios.load_panels(
                connection, as_of=as_of, scenario_names=scenario_names, event_fields=event_fields(strategies)
            )
        )
        return block

    run(names[:1])
    started, worked = time.monotonic(), time.process_time()
    block = run(names)
    return {
        "seconds": time.monotonic() - started,
        "processor_seconds": time.process_time() - worked,
        "cells": block.cells,
        "strategies": len({rows.strategy_name for rows in block.results}),
        "scenarios": len(names),
    }


def single(connection: Connection, as_of: date) -> dict[str, float]:
    """Return the seconds from the audit to the run's row."""
    started = time.monotonic()
    runner.begin(connection, as_of=as_of)
    for names in runner.list_blocks(connection, as_of=as_of):
        runner.run_block(connection, as_of=as_of, scenario_names=names, kinds=("single",))
    runner.finish(connection, as_of=as_of)
    return {"seconds": time.monotonic() - started}


def others(connection: Connection, as_of: date) -> dict[str, float]:
    """Return the seconds that the blocks of the other kinds took."""
    started = time.monotonic()
    for names in runner.list_blocks(connection, as_of=as_of):
        runner.run_block(connection, as_of=as_of, scenario_names=names, kinds=("legs", "panel"))
    return {"seconds": time.monotonic() - started}


STEPS: dict[str, Callable[[Connection, date], dict[str, float]]] = {
    "compute": compute,
    "single": single,
    "others": others,
}


def main(as_of: date, step: str) -> None:
    """Run one step, and print what it took."""
    with psycopg.connect(os.environ["TETRA_WRITER_URL"]) as connection:
        report = STEPS[step](connection, as_of)
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps(report | {"peak_bytes": kibibytes * 1024}))


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), sys.argv[2])
