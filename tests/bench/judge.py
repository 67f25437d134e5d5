"""What ``area_luck`` times, in a process of its own: ``judge.py AS_OF STEP``, which prints a line of JSON.

``prepare``
    The full history, the audit and walk-forward: what luck statistics need; not timed.
``judge``
    Luck statistics of all strategies, stored, as the DAG's task makes them.
``calibrate``
    How often the verdict is right on ten years of real prices: families of noise, and of an oracle among noise.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import psycopg

from tetra.backtest import runner as backtests
from tetra.backtest import walk_forward_runner
from tetra.data import scenarios
from tetra.luck import runner
from tetra.luck.calibration import Share, share_of_oracles_found, share_with_false_skill
from tetra.scenarios.full_history import NAME
from tetra.scenarios.request import GenerationRequest
from tetra.scenarios.runner import generate

Connection = psycopg.Connection[Any]
YEARS_10 = 2520
NOISE_SEEDS, ORACLE_SEEDS = range(200), range(1000, 1050)


def prepare(connection: Connection, as_of: date) -> dict[str, Any]:
    """Return nothing but that it is done."""
    generate(connection, as_of=as_of, request=GenerationRequest(types=("full_history",)))
    backtests.begin(connection, as_of=as_of)
    walk_forward_runner.run_all(connection, as_of=as_of)
    return {}


def judge(connection: Connection, as_of: date) -> dict[str, Any]:
    """Return the seconds, of a second run: in the first, loops may be compiled."""
    runner.run(connection, as_of=as_of)
    started = time.monotonic()
    report = runner.run(connection, as_of=as_of)
    return {"seconds": time.monotonic() - started, "strategies": sum(report.verdicts.values())}


def calibrate(connection: Connection, as_of: date) -> dict[str, Any]:
    """Return in how many of how many families noise was called skill, and the oracle was."""
    returns = fill_to_fill_returns(connection, as_of)
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as executor:
        noise = executor.map(partial(_noise, returns), NOISE_SEEDS)
        told_60 = executor.map(partial(_oracle, returns, 0.60), ORACLE_SEEDS)
        told_55 = executor.map(partial(_oracle, returns, 0.55), ORACLE_SEEDS)
        found = {"noise": list(noise), "oracle_60": list(told_60), "oracle_55": list(told_55)}
    counts = {name: [sum(share.count for share in shares), len(shares)] for name, shares in found.items()}
    return counts | {"instruments": returns.shape[0]}


def fill_to_fill_returns(connection: Connection, as_of: date) -> np.ndarray:
    """Return what each instrument makes from one open to the next over ten years, where it has all of them."""
    panel = scenarios.load_panel(connection, as_of=as_of, scenario_name=NAME)
    opens = panel.open[panel.is_tradable, -YEARS_10 - 1 :]
    opens = opens[(opens > 0.0).all(axis=1)]
    return np.ascontiguousarray(opens[:, 1:] / opens[:, :-1] - 1.0)


def _noise(returns: np.ndarray, seed: int) -> Share:
    return share_with_false_skill(returns, seeds=[seed])


def _oracle(returns: np.ndarray, accuracy: float, seed: int) -> Share:
    return share_of_oracles_found(returns, accuracy=accuracy, seeds=[seed])


STEPS: dict[str, Callable[[Connection, date], dict[str, Any]]] = {
    "prepare": prepare,
    "judge": judge,
    "calibrate": calibrate,
}


def main(as_of: date, step: str) -> None:
    """Run one step, and print what it gave."""
    with psycopg.connect(os.environ["TETRA_WRITER_URL"]) as connection:
        report = STEPS[step](connection, as_of)
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(json.dumps(report | {"peak_bytes": kibibytes * 1024}))


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), sys.argv[2])
