"""Everything CI checks, in order of cost: format, lint, types, SQL, then the tests; ``make test`` runs it.

Every step runs even when one before it failed, so that one run shows all there is to mend; the exit status is 1 if any
did. ``--only lint`` (or ``unit``, ``stack``) runs one group. Steps of the first take a core each, two at a time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

STEPS = {
    "lint": {
        "format": ["ruff", "format", "--check", "."],
        "lint": ["ruff", "check", "."],
        "types": ["mypy"],
        "sql of dbt": ["sqlfluff", "lint", "dbt_project"],
        "sql by hand": ["sqlfluff", "lint", "--templater", "placeholder", "include/sql", "include/migrations/sql"],
    },
    "unit": {
        "tests": ["pytest", "-n", "2", "--dist", "loadfile", "--durations", "15", "-m", "not stack"],
    },
    "stack": {
        "whole platform": ["pytest", "-m", "stack"],
    },
}


def main() -> int:
    """Run the steps; return the exit status."""
    parser = argparse.ArgumentParser(description="Run everything CI checks.")
    parser.add_argument("--only", choices=sorted(STEPS), help="run one group")
    only = parser.parse_args().only
    # no setting of the caller's may change what is tested; TETRA_BENCH_DATA names the folder of real data
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TETRA_", "AIRFLOW", "DBT_"))}
    if "TETRA_BENCH_DATA" in os.environ:
        kept["TETRA_BENCH_DATA"] = os.environ["TETRA_BENCH_DATA"]
    run = partial(_passes, environment=kept)
    failed = []
    for group, steps in STEPS.items():
        if only not in (None, group):
            continue
        with ThreadPoolExecutor(2 if group == "lint" else 1) as executor:
            passed = list(executor.map(partial(run, is_quiet=group == "lint"), steps, steps.values()))
        failed += [name for name, has_passed in zip(steps, passed, strict=True) if not has_passed]
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall checks passed", flush=True)
    return 1 if failed else 0


def _passes(name: str, command: Sequence[str], *, environment: Mapping[str, str], is_quiet: bool) -> bool:
    """Run one step; one that is quiet says what it has to say when it is done, not between the lines of another."""
    if not is_quiet:
        print(f"\n=== {name}: {' '.join(command)}", flush=True)
    started = time.monotonic()
    result = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=CHECKOUT,
        env=environment,
        check=False,
        text=True,
        stdout=subprocess.PIPE if is_quiet else None,
        stderr=subprocess.STDOUT if is_quiet else None,
    )
    said = f"\n=== {name}: {' '.join(command)}\n{result.stdout}" if is_quiet else ""
    print(f"{said}--- {name}: exit {result.returncode} after {time.monotonic() - started:.0f} s", flush=True)
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
