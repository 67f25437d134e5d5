"""Engines side by side: each in a process of its own that waits for its turn, so that none runs beside another."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

HERE = Path(__file__).parent
INCLUDE = HERE.parents[1] / "include"
COMPARED = ("total_return", "max_drawdown", "sharpe_ratio")
"""Columns of what each engine gives."""


class ContestantEnded(Exception):
    """A process ended before its turn was over; what it printed stands on standard error."""


class Contestant:
    """One engine, waiting.

    Parameters
    ----------
    name : str
        Of the engine; its results lie in a folder of that name below the one of the prices.
    python : Path
        Interpreter of its environment.
    script : Path
        Calls ``served.serve``.
    prices : Path
        ``.npy`` of shape (n_series, n_bars).

    Raises
    ------
    ContestantEnded
        From every method, if the process has ended.
    """

    def __init__(self, name: str, python: Path, script: Path, prices: Path) -> None:
        self.name = name
        self._results = prices.parent / name
        self._results.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [python, "-W", "ignore", script, prices, self._results],
            env=os.environ | {"PYTHONPATH": os.pathsep.join((str(HERE), str(INCLUDE)))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ways: list[str] = []

    def __enter__(self) -> Contestant:
        try:
            self.ways = self._answer()["ways"]
        except ContestantEnded:
            self._leave()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave()

    def _leave(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def run(self, way: str) -> float:
        """Return the seconds that one run took."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # said better where no answer comes
            self._process.stdin.write(f"{way}\n")
            self._process.stdin.flush()
        return float(self._answer()["seconds"])

    def results(self, way: str) -> np.ndarray:
        """Return what the last run gave, shape (n_series, 3)."""
        return np.load(self._results / f"{way}.npy")

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ContestantEnded(f"{self.name} ended with exit status {self._process.wait()}; its message is above")
        return json.loads(line)


@dataclass
class Outcome:
    """Best seconds and last results of every way, by engine and way."""

    seconds: dict[tuple[str, str], float] = field(default_factory=dict)
    results: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)

    def fastest(self, engine: str, ways: Sequence[str]) -> tuple[str, float]:
        """Return the fastest of the ways of an engine, and its seconds."""
        best = min(ways, key=lambda way: self.seconds[engine, way])
        return best, self.seconds[engine, best]


def compete(contestants: Sequence[Contestant], *, rounds: int) -> Outcome:
    """Let every way of every contestant run once in each round, one after the other."""
    outcome = Outcome()
    for _ in range(rounds):
        for contestant in contestants:
            for way in contestant.ways:
                key = contestant.name, way
                outcome.seconds[key] = min(contestant.run(way), outcome.seconds.get(key, np.inf))
    for contestant in contestants:
        outcome.results |= {(contestant.name, way): contestant.results(way) for way in contestant.ways}
    return outcome


def difference(ours: np.ndarray, theirs: np.ndarray, *, tolerance: float) -> str | None:
    """Return how two engines' results differ; None where they agree.

    An account that never traded has no Sharpe ratio: ours is NaN, others say 0 or infinity. There the other two must
    be exactly 0 on both sides.
    """
    idle = np.isnan(ours[:, 2])
    traded = idle & (ours[:, :2].any(axis=1) | theirs[:, :2].any(axis=1))
    if traded.any():
        return f"series {int(np.flatnonzero(traded)[0])} has a Sharpe ratio in one engine alone"
    with np.errstate(invalid="ignore"):  # infinity less infinity
        off = np.abs(ours[~idle] - theirs[~idle]) / np.maximum(1.0, np.abs(theirs[~idle]))
    off[np.isnan(off)] = np.inf
    if off.size == 0 or off.max() <= tolerance:
        return None
    row, column = np.unravel_index(off.argmax(), off.shape)
    series, name = int(np.flatnonzero(~idle)[row]), COMPARED[column]
    pair = f"{ours[series, column]!r} and {theirs[series, column]!r}"
    return f"{name} of series {series} is {pair}, {int((off > tolerance).any(axis=1).sum())} series differ"


def failures(outcome: Outcome, reference: tuple[str, str], *, tolerance: float) -> Mapping[tuple[str, str], str]:
    """Return the engines and ways whose results are not those of the reference, and how they differ."""
    found = {}
    for key, results in outcome.results.items():
        text = difference(outcome.results[reference], results, tolerance=tolerance)
        if text:
            found[key] = text
    return found
