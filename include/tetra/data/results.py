"""Backtest results in storage; each function replaces its slice in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import psycopg
from psycopg import sql

from tetra.backtest.columns import INTEGER_METRICS, METRICS, undefined_reasons
from tetra.data.bulk import Column, copy_columns
from tetra.data.statements import statement
from tetra.errors import DataError, unknown_value
from tetra.typing import FloatArray, IntArray

KEPT_RUNS = 5
"""As-of dates whose cells are kept; a cell is as large as what it was made from."""


@dataclass(frozen=True)
class ResultRows:
    """Rows of ``backtest.results`` of one strategy in one scenario.

    Parameters
    ----------
    scenario_name, strategy_name, kind : str
        Kind as in the table: single, legs, panel or portfolio.
    symbols : tuple of str, length n_rows
    bars : ndarray of int, shape (n_rows,)
        Bars of the window on which the cell lived.
    metrics : ndarray of shape (n_rows, len(METRICS))
        NaN where undefined.
    """

    scenario_name: str
    strategy_name: str
    kind: str
    symbols: tuple[str, ...]
    bars: IntArray
    metrics: FloatArray


@dataclass(frozen=True)
class Signals:
    """The weights one strategy wants after a session.

    Parameters
    ----------
    strategy_name : str
    group_names : tuple of str, length n_rows
        The group or panel a row belongs to; "" where each symbol stands alone.
    symbols : tuple of str, length n_rows
    weights : ndarray of shape (n_rows,)
        Fractions of the capital of the cell; NaN while the strategy is not warm.
    """

    strategy_name: str
    group_names: tuple[str, ...]
    symbols: tuple[str, ...]
    weights: FloatArray


@dataclass(frozen=True)
class EquityCurve:
    """One row of ``backtest.equity_curves``; one value per bar of the window."""

    scenario_name: str
    strategy_name: str
    symbol: str
    equity: FloatArray


@dataclass(frozen=True)
class RunCounts:
    """What is stored of an as-of date."""

    strategies: int
    scenarios: int
    cells: int


def replace_results(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    scenario_names: Sequence[str],
    results: Sequence[ResultRows],
    curves: Sequence[EquityCurve],
) -> int:
    """Replace all results and curves of the given scenarios.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    DataError
        If a strategy is not registered (the table has no foreign key: one check per load instead of one per row).
    """
    _check_registered(connection, {rows.strategy_name for rows in results})
    key = (as_of, list(scenario_names))
    connection.execute("delete from backtest.results where as_of = %s and scenario_name = any(%s)", key)
    connection.execute("delete from backtest.equity_curves where as_of = %s and scenario_name = any(%s)", key)
    written = _copy_results(connection, as_of, results) if results else 0
    return written + (_copy_curves(connection, as_of, curves) if curves else 0)


def _check_registered(connection: psycopg.Connection[Any], strategy_names: set[str]) -> None:
    known = {row[0] for row in connection.execute("select strategy_name from strategies.definitions")}
    for name in sorted(strategy_names - known):
        raise DataError(f"results of {unknown_value('strategy', name, known)}; register strategies first")


def _copy_results(connection: psycopg.Connection[Any], as_of: date, results: Sequence[ResultRows]) -> int:
    metrics = np.concatenate([rows.metrics for rows in results])
    sizes = [len(rows.symbols) for rows in results]
    columns = [
        Column("as_of", "date", np.full(len(metrics), np.datetime64(as_of, "D"))),
        Column("scenario_name", "text", _repeated([rows.scenario_name for rows in results], sizes)),
        Column("strategy_name", "text", _repeated([rows.strategy_name for rows in results], sizes)),
        Column("symbol", "text", [symbol for rows in results for symbol in rows.symbols]),
        Column("kind", "text", _repeated([rows.kind for rows in results], sizes)),
        Column("bars", "int4", np.concatenate([rows.bars for rows in results])),
        Column("undefined_reason", "text", undefined_reasons(metrics)),
    ]
    for place, name in enumerate(METRICS):
        is_integer = name in INTEGER_METRICS
        values = metrics[:, place].astype(np.int64) if is_integer else metrics[:, place]
        columns.append(Column(name, "int4" if is_integer else "float8", values))
    return copy_columns(connection, table=("backtest", "results"), columns=columns)


def _repeated(values: Sequence[str], sizes: Sequence[int]) -> list[str]:
    return [value for value, size in zip(values, sizes, strict=True) for _ in range(size)]


def _copy_curves(connection: psycopg.Connection[Any], as_of: date, curves: Sequence[EquityCurve]) -> int:
    columns = [
        Column("as_of", "date", np.full(len(curves), np.datetime64(as_of, "D"))),
        Column("scenario_name", "text", [curve.scenario_name for curve in curves]),
        Column("strategy_name", "text", [curve.strategy_name for curve in curves]),
        Column("symbol", "text", [curve.symbol for curve in curves]),
        Column("equity", "float4[]", [curve.equity for curve in curves]),
    ]
    return copy_columns(connection, table=("backtest", "equity_curves"), columns=columns)


def delete_other_results(
    connection: psycopg.Connection[Any],
    *,
    as_of: date,
    scenario_names: Sequence[str],
    strategy_names: Sequence[str],
) -> int:
    """Delete results, curves and trades of this as-of that belong to other scenarios or strategies than those given.

    Returns
    -------
    int
        Rows deleted.
    """
    key = {"as_of": as_of, "scenarios": list(scenario_names), "strategies": list(strategy_names)}
    statements = ("delete_other_backtest_results", "delete_other_backtest_curves", "delete_other_backtest_trades")
    return sum(connection.execute(statement(name), key).rowcount for name in statements)


def delete_superseded_results(connection: psycopg.Connection[Any], *, in_use: date, keep: int = KEPT_RUNS) -> int:
    """Delete cells, curves and trades of all but the newest runs, in the caller's transaction; rankings stay.

    Parameters
    ----------
    connection : psycopg.Connection
    in_use : date
        The as-of date of the run, which keeps its rows however old it is.
    keep : int
        Runs that keep theirs, the one in use among them.

    Returns
    -------
    int
        Rows deleted.
    """
    key = {"in_use": in_use, "others_kept": keep - 1}
    superseded = [row[0] for row in connection.execute(statement("select_superseded_runs"), key)]
    deleted = 0
    for table in ("results", "equity_curves", "trades"):
        query = sql.SQL("delete from backtest.{} where as_of = any(%s)").format(sql.Identifier(table))
        deleted += connection.execute(query, (superseded,)).rowcount
    return deleted


def scenarios_with_results(connection: psycopg.Connection[Any], *, as_of: date) -> set[str]:
    """Return the scenarios that have results of an as-of date."""
    query = "select distinct scenario_name from backtest.results where as_of = %s"
    return {row[0] for row in connection.execute(query, (as_of,))}


def count_results(connection: psycopg.Connection[Any], *, as_of: date) -> RunCounts:
    """Return how many strategies, scenarios and cells (portfolios apart) have results of an as-of date."""
    row = connection.execute(statement("count_backtest_results"), {"as_of": as_of}).fetchone()
    return RunCounts(*row) if row else RunCounts(0, 0, 0)


def scenario_seed(connection: psycopg.Connection[Any], *, as_of: date) -> int:
    """Return the seed that the as-of date's synthetic scenarios were drawn with; 0 when there are none."""
    query = "select coalesce(max(seed), 0) from scenarios.definitions where as_of = %s and is_active"
    row = connection.execute(query, (as_of,)).fetchone()
    return int(row[0]) if row else 0


def replace_signals(connection: psycopg.Connection[Any], *, as_of: date, signals: Sequence[Signals]) -> int:
    """Replace the weights wanted after an as-of session, in the caller's transaction; return the rows written."""
    connection.execute("delete from strategies.signals where as_of = %s", (as_of,))
    sizes = [len(rows.symbols) for rows in signals]
    columns = [
        Column("as_of", "date", np.full(sum(sizes), np.datetime64(as_of, "D"))),
        Column("strategy_name", "text", _repeated([rows.strategy_name for rows in signals], sizes)),
        Column("group_name", "text", [name for rows in signals for name in rows.group_names]),
        Column("symbol", "text", [symbol for rows in signals for symbol in rows.symbols]),
        Column("target_weight", "float8", np.concatenate([np.empty(0), *(rows.weights for rows in signals)])),
    ]
    return copy_columns(connection, table=("strategies", "signals"), columns=columns) if sum(sizes) else 0


def replace_run(connection: psycopg.Connection[Any], *, as_of: date, run: Mapping[str, Any]) -> None:
    """Replace the row of an as-of date in ``backtest.runs``; ``run`` holds its other columns by name."""
    connection.execute(statement("upsert_backtest_run"), {"as_of": as_of, **run})
