"""What tasks have to report: ``quality.task_reports``, one row per task instance, replaced by a retry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from tetra.data.statements import statement


def write(
    connection: psycopg.Connection[Any],
    *,
    dag_id: str,
    run_id: str,
    task_id: str,
    map_index: int,
    records: int,
    report: Mapping[str, Any],
) -> None:
    """Store a task's report in a transaction of its own.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    dag_id, run_id, task_id : str
        The task instance.
    map_index : int
        Position of a mapped task, -1 otherwise.
    records : int
        Rows written.
    report : mapping
        JSON-safe details; ``error`` for a task that failed.
    """
    with connection.transaction():
        connection.execute(
            statement("upsert_task_report"),
            {
                "dag_id": dag_id,
                "run_id": run_id,
                "task_id": task_id,
                "map_index": map_index,
                "records": records,
                "report": Jsonb(dict(report)),
            },
        )
