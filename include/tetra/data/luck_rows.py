"""Luck statistics in storage: what they need of the ledger and of walk-forward, and their two tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg

from tetra.backtest.cells import PERIODS_PER_YEAR
from tetra.data.statements import statement
from tetra.luck.candidates import StoredWalk
from tetra.luck.family import FamilyLuck, Luck

FULL_SAMPLE, OUT_OF_SAMPLE = "full_history", "out_of_sample"
"""What of a strategy was judged; ``sample`` of ``backtest.luck``."""


@dataclass(frozen=True)
class JudgedFamily:
    """The luck of all strategies as of a date.

    Parameters
    ----------
    family : FamilyLuck
        Every enabled strategy is in it, by name.
    samples : dict of str to str
        By name, of those of which something was assessed.
    seed : int
        That all randomness comes from.
    first_session, last_session : date or None
        Of the full history; None without one.
    """

    family: FamilyLuck
    samples: dict[str, str]
    seed: int
    first_session: date | None = None
    last_session: date | None = None


def count_trials(connection: psycopg.Connection[Any], *, as_of: date) -> int:
    """Return how many distinct configurations had been assessed by an as-of date."""
    row = connection.execute("select count(*) from backtest.trials where first_as_of <= %s", (as_of,)).fetchone()
    return int(row[0]) if row else 0


def stored_walks(connection: psycopg.Connection[Any], *, as_of: date, scenario_name: str) -> dict[str, StoredWalk]:
    """Return the walks of an as-of date through a scenario, by strategy."""
    rows = connection.execute(statement("select_stored_walks"), {"as_of": as_of, "scenario": scenario_name}).fetchall()
    return {
        name: StoredWalk(tuple(chosen), np.array(sessions, dtype="datetime64[D]"), np.array(returns))
        for name, chosen, sessions, returns in rows
    }


def replace_luck(connection: psycopg.Connection[Any], judged: JudgedFamily, *, as_of: date) -> int:
    """Replace the luck of an as-of date, in the caller's transaction.

    Returns
    -------
    int
        Rows written.
    """
    connection.execute("delete from backtest.luck where as_of = %s", (as_of,))
    connection.execute("delete from backtest.luck_families where as_of = %s", (as_of,))
    rows = [_strategy(luck, judged.samples.get(luck.name)) for luck in judged.family.strategies]
    with connection.cursor() as cursor:
        cursor.executemany(statement("insert_luck"), [{"as_of": as_of, **row} for row in rows])
    connection.execute(statement("insert_luck_family"), {"as_of": as_of, **_family(judged)})
    return len(rows) + 1


def _strategy(luck: Luck, sample: str | None) -> dict[str, Any]:
    return {
        "strategy_name": luck.name,
        "verdict": str(luck.verdict),
        "verdict_reason": luck.reason,
        "sample": sample,
        "sessions": luck.n_sessions,
        "timing_sharpe_ratio": _annualized(luck.timing_sharpe_ratio),
        "probabilistic_sharpe_ratio": _defined(luck.probabilistic_sharpe_ratio),
        "deflated_sharpe_ratio": _defined(luck.deflated_sharpe_ratio),
        "minimum_track_record_length": _defined(luck.minimum_track_record_length),
        "stepwise_p_value": _defined(luck.stepwise_p_value),
        "null_twin_p_value": _defined(luck.null_twin_p_value),
        # ties share a rank between two: the interval reaches to both
        "rank_low": None if math.isnan(luck.rank_low) else math.floor(luck.rank_low),
        "rank_high": None if math.isnan(luck.rank_high) else math.ceil(luck.rank_high),
    }


def _family(judged: JudgedFamily) -> dict[str, Any]:
    family = judged.family
    return {
        "seed": judged.seed,
        "strategies_tested": family.n_tested,
        "trials_ever": family.n_ever,
        "first_session": judged.first_session,
        "last_session": judged.last_session,
        "effective_trials": _defined(family.effective_trials),
        "expected_maximum_sharpe": _annualized(family.expected_maximum_sharpe),
        "probability_of_backtest_overfitting": _defined(family.probability_of_backtest_overfitting),
        "spa_lower_p_value": _defined(family.spa_lower),
        "spa_consistent_p_value": _defined(family.spa_consistent),
        "spa_upper_p_value": _defined(family.spa_upper),
        "skill_level": _defined(family.level),
    }


def _annualized(sharpe_ratio: float) -> float | None:
    return _defined(sharpe_ratio * math.sqrt(PERIODS_PER_YEAR))


def _defined(value: float) -> float | None:
    return None if math.isnan(value) else value
