"""Split-adjusted daily bars, and the weekly, monthly and daily rollups, brought in step with the bars that are landed.

Reads ``market_data.ohlcv`` and the splits in ``market_data.corporate_actions``; writes ``split_adjusted_bars`` and
refreshes ``weekly_bars``, ``monthly_bars`` and ``daily_bars_from_hourly`` beside them. Weekly and monthly bars come
from split-adjusted ones, because a split inside a week would mix two kinds of shares.

What is in step already is not touched. Killed anywhere it may be run again: adjusted bars are one transaction, and a
rollup is noted as refreshed only after it was. A rollup holds what its table holds, so bars that were archived and
deleted leave it with the next refresh.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import psycopg

from tetra.data.locks import alone
from tetra.data.statements import statement

log = logging.getLogger(__name__)

ROLLUP_INPUTS = {
    "market_data.weekly_bars": "select_adjusted_rollup_input",
    "market_data.monthly_bars": "select_adjusted_rollup_input",
    "market_data.daily_bars_from_hourly": "select_hourly_rollup_input",
}
"""Per rollup the statement that gives a hash of what it is made from."""


@dataclass(frozen=True)
class AdjustedBars:
    """What became of ``split_adjusted_bars``.

    Parameters
    ----------
    symbols : int
        Symbols whose bars or splits had changed.
    inserted, updated, deleted : int
        Rows.
    """

    symbols: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True)
class RollupReport:
    """What a refresh did.

    Parameters
    ----------
    adjusted : AdjustedBars
        The base of weekly and monthly bars.
    refreshed : tuple of str
        Rollups that were not in step.
    """

    adjusted: AdjustedBars
    refreshed: tuple[str, ...]

    @property
    def records(self) -> int:
        """Rows of ``split_adjusted_bars`` written or deleted; the server does not count those of rollups."""
        return self.adjusted.inserted + self.adjusted.updated + self.adjusted.deleted

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON-safe values."""
        return {"split_adjusted_bars": dict(vars(self.adjusted)), "refreshed": list(self.refreshed)}


def refresh(connection: psycopg.Connection[Any]) -> RollupReport:
    """Bring split-adjusted bars and all rollups in step with the landed bars and splits.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_owner``, with no transaction open: only a view's owner may refresh it, and a continuous aggregate
        commits as it goes. Another refresh under way is waited for.

    Returns
    -------
    RollupReport
        With nothing changed, no row was written.
    """
    with alone(connection, "market_data.split_adjusted_bars"):
        adjusted = _refresh_adjusted_bars(connection)
        refreshed = tuple(name for name, inputs in ROLLUP_INPUTS.items() if _refresh_rollup(connection, name, inputs))
    return RollupReport(adjusted, refreshed)


def _refresh_adjusted_bars(connection: psycopg.Connection[Any]) -> AdjustedBars:
    """Make the adjusted bars of changed symbols anew and write those that differ, in one transaction."""
    with connection.transaction(), connection.cursor() as cursor:
        # one snapshot: what is noted as the input is what the bars are made from, though landing goes on meanwhile
        cursor.execute("set transaction isolation level repeatable read")
        # joins of millions of bars; TimescaleDB refuses to rewrite more than 100,000 compressed rows unless told (a
        # server without it keeps the name and ignores it)
        cursor.execute("set local work_mem = '192MB'")
        cursor.execute("set local timescaledb.max_tuples_decompressed_per_dml_transaction = 0")
        cursor.execute(statement("create_changed_inputs"))
        symbols = cursor.rowcount
        if symbols == 0:
            return AdjustedBars()
        cursor.execute("analyze pg_temp.changed_inputs")
        cursor.execute(statement("create_changed_adjusted_bars"))
        cursor.execute("select count(*) from pg_temp.changed_adjusted_bars where is_new")
        (inserted,) = cursor.fetchone() or (0,)
        cursor.execute(statement("upsert_adjusted_bars"))
        written = cursor.rowcount
        cursor.execute(statement("delete_adjusted_bars"))
        deleted = cursor.rowcount
        cursor.execute(statement("upsert_split_adjustments"))
        cursor.execute(statement("delete_split_adjustments"))
    made = AdjustedBars(symbols, inserted, written - inserted, deleted)
    log.info("split-adjusted bars: %s", made)
    return made


def _refresh_rollup(connection: psycopg.Connection[Any], name: str, inputs: str) -> bool:
    """Refresh a rollup unless it was refreshed from what its table holds now; return whether it was."""
    (now,) = connection.execute(statement(inputs)).fetchone() or (0,)
    (then,) = connection.execute(
        "select max(input_hash) from market_data.rollup_refreshes where rollup_name = %s", [name]
    ).fetchone() or (None,)
    if now == then:
        return False
    connection.execute("call timescale.refresh_rollup(%s)", [name])
    connection.execute(statement("upsert_rollup_refresh"), {"rollup_name": name, "input_hash": now})
    log.info("refreshed %s", name)
    return True
