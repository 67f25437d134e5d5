"""What ``area_dbt`` needs before dbt has anything to rank: ``assess_fully.py AS_OF``, the steps of two pipelines.

The default scenarios of the as-of date, then audit, backtests of all kinds, walk-forward and luck; all is stored.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date

import psycopg

from tetra.backtest import runner, walk_forward_runner
from tetra.luck import runner as luck
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate


def main(as_of: date) -> None:
    """Generate, assess and judge, and print how many strategies were judged."""
    with psycopg.connect(os.environ["TETRA_WRITER_URL"]) as connection:
        generate(connection, as_of=as_of, request=GenerationRequest(), workers=len(os.sched_getaffinity(0)))
        runner.begin(connection, as_of=as_of)
        for names in runner.list_blocks(connection, as_of=as_of):
            runner.run_block(connection, as_of=as_of, scenario_names=names)
        walk_forward_runner.run_all(connection, as_of=as_of)
        runner.finish(connection, as_of=as_of)
        report = luck.run(connection, as_of=as_of)
    sys.stdout.write(json.dumps({"strategies": report.records}))


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]))
