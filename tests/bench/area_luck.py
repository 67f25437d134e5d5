"""Luck statistics: the probability of overfitting alone, all of them on real prices, and how often they are right.

Prices of the market data folder are landed, the full history generated and the strategies audited and walked forward
first, which is not timed. ``judge.py`` does the rest. The calibration takes minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import real_universe
from measuring import GIBIBYTE, Database, Row, own_database

from tetra.luck.overfitting import probability_of_backtest_overfitting

HERE = Path(__file__).parent
DAYS, STRATEGIES, ROUNDS = 2_520, 100, 3
ROWS = (
    ("luck.wall_s", "s", "at most 60: all strategies on the full history of 153 symbols, stored"),
    ("luck.peak_gib", "GiB", "at most 4: the process"),
    ("luck.strategies", "strategies", "in wall_s"),
    (
        "luck.noise_false_skill_share",
        "share",
        "at most 0.05: of 200 seeds of 200 noise strategies each, any called skill",
    ),
    ("luck.oracle_60_found_share", "share", "at least 0.8: of 50 seeds; among 199 noise strategies, told right 60 %"),
    ("luck.oracle_55_found_share", "share", "no number to reach, a third at best was seen elsewhere: told right 55 %"),
)


def run() -> Iterator[Row]:
    """Time the probability of overfitting, then judge and calibrate on real prices."""
    yield Row("luck.pbo_s", round(_overfitting_seconds(), 3), "s", "at most 1: 100 strategies x 2,520 days x 16 blocks")
    reason = real_universe.missing()
    if reason:
        yield from (Row(name, None, unit, against, reason) for name, unit, against in ROWS)
        return
    for (name, unit, against), value in zip(ROWS, _on_real_prices(), strict=True):
        yield Row(name, round(value, 3), unit, against)


def _overfitting_seconds() -> float:
    returns = np.random.default_rng(1).standard_normal((DAYS, STRATEGIES)) * 0.01
    probability_of_backtest_overfitting(returns[:, :2])  # compiled before
    taken = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        probability_of_backtest_overfitting(returns)
        taken.append(time.perf_counter() - started)
    return min(taken)


def _on_real_prices() -> Iterator[float]:
    with own_database() as database:
        configuration = real_universe.configure(database.state / "config")
        as_of = real_universe.AS_OF.isoformat()
        _task(database, configuration, "land_files.py", real_universe.FIRST.isoformat(), as_of)
        _task(database, configuration, "judge.py", as_of, "prepare")
        judged = _task(database, configuration, "judge.py", as_of, "judge")
        yield from (judged["seconds"], judged["peak_bytes"] / GIBIBYTE, judged["strategies"])
        calibrated = _task(database, configuration, "judge.py", as_of, "calibrate")
        for name in ("noise", "oracle_60", "oracle_55"):
            count, of = calibrated[name]
            yield count / of


def _task(database: Database, configuration: Path, script: str, *arguments: str) -> dict[str, Any]:
    environment = os.environ | {"TETRA_CONFIG_DIR": str(configuration), "TETRA_WRITER_URL": database.url("writer")}
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{script} failed with exit status {done.returncode}; its message is above")
    report: dict[str, Any] = json.loads(done.stdout)
    return report
