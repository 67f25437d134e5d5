"""Walk-forward results in storage: folds, and the out-of-sample path of each strategy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tetra.backtest.columns import INTEGER_METRICS, METRICS, RETURN_METRICS, undefined_reasons
from tetra.backtest.folds import Span
from tetra.backtest.walk_forward import JudgedFold, WalkForward
from tetra.typing import DateArray, FloatArray

TABLES = ("walk_forward_folds", "walk_forward_paths")


def replace_walk_forward(connection: psycopg.Connection[Any], walked: WalkForward, *, as_of: date) -> int:
    """Replace what is stored of a strategy's walk through a scenario, in the caller's transaction.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    walked : WalkForward
    as_of : date

    Returns
    -------
    int
        Rows written.
    """
    key = {"as_of": as_of, "strategy_name": walked.registered.name, "scenario_name": walked.scenario_name}
    for table in TABLES:
        connection.execute(
            sql.SQL(
                "delete from backtest.{} where as_of = %(as_of)s and strategy_name = %(strategy_name)s"
                " and scenario_name = %(scenario_name)s"
            ).format(sql.Identifier(table)),
            key,
        )
    folds = [
        {**key, "fold": number, **row}
        for number, fold in enumerate(walked.folds, start=1)
        for row in _samples(fold, walked.window)
    ]
    _copy(connection, "walk_forward_folds", folds)
    _copy(connection, "walk_forward_paths", [{**key, **_path(walked)}])
    return len(folds) + 1


def delete_other_walks(
    connection: psycopg.Connection[Any], *, as_of: date, scenario_name: str, strategy_names: Sequence[str]
) -> int:
    """Delete the walks of an as-of date through a scenario of strategies other than those given.

    Returns
    -------
    int
        Rows deleted.
    """
    key = {"as_of": as_of, "scenario_name": scenario_name, "strategy_names": list(strategy_names)}
    deleted = 0
    for table in TABLES:
        query = sql.SQL(
            "delete from backtest.{} where as_of = %(as_of)s and scenario_name = %(scenario_name)s"
            " and strategy_name <> all(%(strategy_names)s)"
        )
        deleted += connection.execute(query.format(sql.Identifier(table)), key).rowcount
    return deleted


def _samples(judged: JudgedFold, window: DateArray) -> list[dict[str, Any]]:
    parameters = Jsonb(judged.chosen.parameters)
    samples: tuple[tuple[str, tuple[Span, ...], FloatArray], ...] = (
        ("in_sample", judged.fold.train, judged.in_sample),
        ("out_of_sample", (judged.fold.test,), judged.out_of_sample),
    )
    return [
        {
            "sample": name,
            "start_date": window[spans[0][0]].item(),
            "end_date": window[spans[-1][1] - 1].item(),
            "bars": sum(stop - start for start, stop in spans),
            "parameters": parameters,
            **_metrics(metrics),
        }
        for name, spans, metrics in samples
    ]


def _path(walked: WalkForward) -> dict[str, Any]:
    return {
        "sessions": walked.sessions.tolist(),
        "returns": walked.path.returns.tolist(),
        "benchmark_returns": walked.path.benchmark_returns.tolist(),
        "weights": walked.weights.tolist(),
        **_metrics(walked.metrics),
    }


def _metrics(values: FloatArray) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    for name, value in zip(METRICS, values.tolist(), strict=False):  # the first come from returns
        is_defined = math.isfinite(value)
        stored[name] = (int(value) if name in INTEGER_METRICS else value) if is_defined else None
    padded = np.concatenate([values, np.zeros(len(METRICS) - RETURN_METRICS)])  # no reason is asked of the others
    stored["undefined_reason"] = undefined_reasons(padded[None, :])[0]
    return stored


def _copy(connection: psycopg.Connection[Any], table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    # few rows with arrays of doubles, dates and JSON: psycopg's own copy writes them all
    names = list(rows[0])
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("copy backtest.{} ({}) from stdin").format(sql.Identifier(table), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row[name] for name in names])
