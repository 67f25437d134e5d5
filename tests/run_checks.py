"""Everything CI checks, in order of cost: format, lint, types, SQL, then the tests; ``make test`` runs it.

Every step runs even when one before it failed, so that one run shows all there is to mend; the exit status is 1 if any
did. ``--only lint`` (or ``unit``, ``stack``) runs one group.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
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
    failed = []
    for group, steps in STEPS.items():
        if only not in (None, group):
            continue
        for name, command in steps.items():
            started = time.monotonic()
            print(f"\n=== {name}: {' '.join(command)}", flush=True)
            result = subprocess.run([BIN / command[0], *command[1:]], cwd=CHECKOUT, env=kept, check=False)
            print(f"--- {name}: exit {result.returncode} after {time.monotonic() - started:.0f} s", flush=True)
            if result.returncode != 0:
                failed.append(name)
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
