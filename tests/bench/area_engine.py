"""The engine as users call it beside vectorbt and raptorbt: SMA 20/50, long only, 10 bps, a signal filled a bar later.

Every engine runs in turn in one run, on the same invented prices, several times; the best of each counts. A peer's time
is that of its fastest way within one process, its threads included; ways over several processes are printed beside it.
A ratio has no value where the results are not the same.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import peer_environment
from contest import HERE, Contestant, ContestantEnded, Outcome, compete, failures
from measuring import Row

SERIES = int(os.environ.get("TETRA_BENCH_SERIES", "20000"))
ROUNDS: Mapping[int, int] = {252: 7, 2_520: 3}
"""Runs of every way, by bars; ``TETRA_BENCH_ROUNDS`` sets both."""
TOLERANCE = 1e-9
OURS = ("tetra", "four")
SEEN: Mapping[tuple[str, str], str] = {
    ("tetra", "four"): "ours, the metrics compared",
    ("tetra", "all_metrics"): "ours, all metrics",
    ("tetra", "numpy_strategy"): "ours, the strategy in plain numpy",
    ("vectorbt", "crossings"): "vectorbt with its documented crossings, numba",
    ("vectorbt", "states"): "vectorbt with states for crossings, numba",
    ("vectorbt", "rust_threads"): "vectorbt with states in numpy, its Rust engine in threads",
    ("vectorbt", "processes"): "vectorbt with states, numba, a process per processor",
    ("raptorbt", "one_process"): "raptorbt, series after series",
    ("raptorbt", "processes"): "raptorbt, a process per processor",
}
IN_ONE_PROCESS: Mapping[str, tuple[str, ...]] = {
    "vectorbt": ("crossings", "states", "rust_threads"),
    "raptorbt": ("one_process",),
}


@dataclass(frozen=True)
class Ratio:
    """A row: the seconds of a peer's fastest way over ours."""

    name: str
    ours: str
    peer: str
    ways: tuple[str, ...]
    against: str


RATIOS = (
    Ratio("vs_vectorbt", "four", "vectorbt", IN_ONE_PROCESS["vectorbt"], "at least 50"),
    Ratio("vs_raptorbt", "four", "raptorbt", IN_ONE_PROCESS["raptorbt"], "at least 10"),
    Ratio("numpy_strategy_vs_vectorbt", "numpy_strategy", "vectorbt", IN_ONE_PROCESS["vectorbt"], "at least 10"),
    Ratio("all_metrics_vs_vectorbt", "all_metrics", "vectorbt", IN_ONE_PROCESS["vectorbt"], "no number to reach"),
    Ratio("vs_vectorbt_documented", "four", "vectorbt", ("crossings",), "no number to reach"),
    Ratio("vs_vectorbt_processes", "four", "vectorbt", ("processes",), "no number to reach"),
    Ratio("vs_raptorbt_processes", "four", "raptorbt", ("processes",), "no number to reach"),
)


def run() -> Iterator[Row]:
    """Compete on a year and on ten years of days."""
    try:
        python = peer_environment.find()
    except peer_environment.NoPeers as error:
        for bars in ROUNDS:
            yield from _no_ratios(bars, str(error))
        return
    for bars, rounds in ROUNDS.items():
        try:
            outcome = _contest(python, bars, int(os.environ.get("TETRA_BENCH_ROUNDS", rounds)))
        except ContestantEnded as error:
            yield from _no_ratios(bars, str(error))
        else:
            yield from _rows(outcome, bars)


def _no_ratios(bars: int, reason: str) -> Iterator[Row]:
    return (Row(f"engine.{ratio.name}_{bars}", None, "x", ratio.against, reason) for ratio in RATIOS)


def _contest(python: Path, bars: int, rounds: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="tetra-bench-") as folder, ExitStack() as running:
        prices = Path(folder) / "prices.npy"
        np.save(prices, _prices(bars))
        scripts = {name: (python, HERE / "peers" / f"{name}_sma.py") for name in IN_ONE_PROCESS}
        scripts["tetra"] = (Path(sys.executable), HERE / "tetra_sma.py")
        contestants = [
            running.enter_context(Contestant(name, python, script, prices))
            for name, (python, script) in scripts.items()
        ]
        return compete(contestants, rounds=rounds)


def _prices(bars: int) -> np.ndarray:
    """Return closes of geometric Brownian motions, 8 % drift and 25 % volatility a year."""
    shocks = np.random.default_rng(7).standard_normal((SERIES, bars))
    return 100.0 * np.exp(np.cumsum(shocks * 0.25 / np.sqrt(252.0) + (0.08 - 0.25**2 / 2.0) / 252.0, axis=1))


def _rows(outcome: Outcome, bars: int) -> Iterator[Row]:
    differing = failures(outcome, OURS, tolerance=TOLERANCE)
    for ratio in RATIOS:
        way, theirs = outcome.fastest(ratio.peer, ratio.ways)
        ours = outcome.seconds["tetra", ratio.ours]
        wrong = differing.get((ratio.peer, way)) or differing.get(("tetra", ratio.ours))
        told = f"{theirs:.3f} s of {SEEN[ratio.peer, way]} over {ours:.4f} s of {SEEN['tetra', ratio.ours]}"
        value = None if wrong else round(theirs / ours, 1)
        yield Row(f"engine.{ratio.name}_{bars}", value, "x", f"{ratio.against}: {told}", wrong)
    for key, seconds in sorted(outcome.seconds.items()):
        name = "_".join(key)
        yield Row(f"engine.{name}_{bars}_s", round(seconds, 4), "s", SEEN[key], differing.get(key))
