"""Storing backtest results: the cells of a full assessment into ``backtest.results``, keys and checks and all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import date

import numpy as np
import psycopg
from measuring import Row, own_database

from tetra.backtest.columns import INTEGER_METRICS, METRICS
from tetra.data.results import ResultRows, replace_results

DAYS = (date(2022, 12, 26), date(2022, 12, 27), date(2022, 12, 28))
"""As-of dates, stored one after another; the one in the middle counts."""
STRATEGIES, SCENARIOS, SYMBOLS = 24, 131, 153
UNDEFINED_SHARE = 0.1
"""Cells without a closed or a losing trade, whose metrics are null."""


def run() -> Iterator[Row]:
    """Store 481,032 rows of invented numbers per as-of date, each in a transaction of its own."""
    results = _results(np.random.default_rng(0))
    names = [f"scenario_{number:03}" for number in range(SCENARIOS)]
    with own_database() as database, psycopg.connect(database.url("writer")) as connection:
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into strategies.definitions"
                " (strategy_name, category, kind, class_path, parameters, config_hash, is_enabled)"
                " values (%s, 'trend', 'single', 'bench', '{}', 'bench', true)",
                [(f"strategy_{number:02}",) for number in range(STRATEGIES)],
            )
        connection.commit()
        rates = []
        for day in DAYS:
            started = time.monotonic()
            with connection.transaction():
                stored = replace_results(connection, as_of=day, scenario_names=names, results=results, curves=[])
            rates.append(stored / (time.monotonic() - started))
    yield Row("load.rows_per_s", round(statistics.median(rates)), "rows/s", "at least 200,000")


def _results(rng: np.random.Generator) -> list[ResultRows]:
    symbols = tuple(f"SYMBOL{number:03}" for number in range(SYMBOLS))
    lives = np.full(SYMBOLS, 252)
    return [
        ResultRows(f"scenario_{scenario:03}", f"strategy_{strategy:02}", "single", symbols, lives, _metrics(rng))
        for scenario in range(SCENARIOS)
        for strategy in range(STRATEGIES)
    ]


def _metrics(rng: np.random.Generator) -> np.ndarray:
    metrics = rng.standard_normal((SYMBOLS, len(METRICS)))
    whole = [METRICS.index(name) for name in sorted(INTEGER_METRICS)]
    metrics[:, whole] = rng.integers(0, 252, (SYMBOLS, len(whole)))
    for name in ("win_rate", "profit_factor"):
        metrics[rng.random(SYMBOLS) < UNDEFINED_SHARE, METRICS.index(name)] = np.nan
    return metrics
