"""What a contestant of ``area_engine`` runs in: it is told on standard input which way to run, and prints the seconds.

``<contestant>.py PRICES RESULTS``: PRICES is an ``.npy`` of shape (n_series, n_bars), and each way that is run leaves
``RESULTS/<way>.npy`` of shape (n_series, 3): total return, max drawdown (at most 0) and Sharpe ratio, as fractions.
Imported in the peers' environment too: nothing but numpy and the standard library.
"""

from __future__ import annotations

import gc
import itertools
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
WARM_SERIES = 64

Run = Callable[[int, int], np.ndarray]
"""Backtests the series from the first number to before the second."""


def load() -> np.ndarray:
    """Return the prices named on the command line, C-contiguous."""
    return np.ascontiguousarray(np.load(sys.argv[1]))


def serve(ways: Mapping[str, Run], n_series: int) -> None:
    """Warm every way up, say so, then run and time whichever is asked for until standard input ends."""
    folder = Path(sys.argv[2])
    for run in ways.values():
        run(0, min(WARM_SERIES, n_series))
    _say({"ways": list(ways)})
    for line in sys.stdin:
        way = line.strip()
        started = time.perf_counter()
        results = ways[way](0, n_series)
        seconds = time.perf_counter() - started
        np.save(folder / f"{way}.npy", results)
        del results
        gc.collect()  # vectorbt's portfolios hold themselves: a few runs of ten years fill 15 GiB otherwise
        _say({"seconds": seconds})


def in_processes(run: Run) -> Run:
    """Return the way that gives each processor its share of the series, in a process that holds the prices already.

    The processes are forked here, so what the run has compiled by now they need not compile again.
    """
    global _forked
    _forked = run
    gc.freeze()  # modules are not looked at again and again
    pool = multiprocessing.get_context("fork").Pool(WORKERS)

    def divided(first: int, last: int) -> np.ndarray:
        bounds = np.linspace(first, last, WORKERS + 1).astype(int).tolist()
        return np.concatenate(pool.starmap(_run_forked, list(itertools.pairwise(bounds)), chunksize=1))

    return divided


_forked: Run


def _run_forked(first: int, last: int) -> np.ndarray:
    gc.collect()  # what the last run left, as ``serve`` does
    return _forked(first, last)


def _say(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
