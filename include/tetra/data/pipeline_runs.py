"""The record of pipeline runs: ``assessment.pipeline_runs``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import psycopg

from tetra.data.statements import statement


def record(
    connection: psycopg.Connection[Any],
    *,
    pipeline_name: str,
    run_id: str,
    as_of: date | None,
    run_type: str,
    start_time: datetime | None,
    end_time: datetime | None,
    status: str,
    error_message: str | None,
    fingerprint: str,
) -> None:
    """Insert or update the row of a run; records and errors are gathered from its tasks' reports.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    pipeline_name, run_id : str
        The run.
    as_of : date or None
        Its as-of session, where it names one.
    run_type : str
        ``scheduled``, ``manual``, ``backfill``, ``asset_triggered``.
    start_time, end_time : datetime or None
        As Airflow has them; a run that ends without ever having started counts as started at its end.
    status : str
        ``running``, ``success`` or ``failed``.
    error_message : str or None
        Used where the run failed and no task reported an error.
    fingerprint : str
        Hash of the code and configuration in use.
    """
    with connection.transaction():
        connection.execute(
            statement("upsert_pipeline_run"),
            {
                "pipeline_name": pipeline_name,
                "run_id": run_id,
                "as_of": as_of,
                "run_type": run_type,
                "start_time": start_time,
                "end_time": end_time if status != "running" else None,
                "status": status,
                "error_message": error_message,
                "fingerprint": fingerprint,
            },
        )


def is_complete(connection: psycopg.Connection[Any], *, pipeline_name: str, as_of: date, fingerprint: str) -> bool:
    """Return whether the pipeline has succeeded for the as-of date with this code and configuration."""
    row = connection.execute(
        statement("select_successful_run"), {"pipeline_name": pipeline_name, "as_of": as_of, "fingerprint": fingerprint}
    ).fetchone()
    return row is not None
