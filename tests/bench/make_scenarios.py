"""What ``area_scenarios`` times, in a process of its own: ``make_scenarios.py AS_OF [--warm | --many]``.

Without an option the default set is made, as scenarios.yaml says. ``--many`` makes 1,000 Monte Carlo and 500 bootstrap
paths, closes alone; ``--warm`` makes little of everything, with another seed, so that all of it is made again.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import date

import psycopg

from tetra.scenarios import runner
from tetra.scenarios.request import GenerationRequest

WORKERS = 2


def main(as_of: date, options: list[str]) -> None:
    """Generate, and print how long it took."""
    requests: list[tuple[int | None, GenerationRequest]] = [(None, GenerationRequest())]
    if "--warm" in options:
        requests = [(1, GenerationRequest(num_scenarios=2))]
    if "--many" in options:
        requests = [
            (None, GenerationRequest(types=("monte_carlo",), num_scenarios=1_000, fields="close")),
            (None, GenerationRequest(types=("bootstrap",), num_scenarios=500, fields="close")),
        ]
    started = time.monotonic()
    generated = 0
    with psycopg.connect(os.environ["TETRA_WRITER_URL"]) as connection:
        for seed, request in requests:
            report = runner.generate(connection, as_of=as_of, seed=seed, request=request, workers=WORKERS)
            generated += report.generated
    sys.stdout.write(json.dumps({"seconds": time.monotonic() - started, "generated": generated}))


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), sys.argv[2:])
