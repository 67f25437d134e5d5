"""Writes ``assessment.pipeline_runs``: a row for every run of every pipeline, failed and killed ones too.

Runs inside Airflow's scheduler, which calls a listener when a run starts, succeeds or fails, whatever became of the
run's tasks. An error here is logged by Airflow and does not touch the run.
"""

from __future__ import annotations

from typing import Any

from airflow.listeners import hookimpl

from tetra_airflow.names import Pipeline


def _record(dag_run: Any, status: str, message: str | None = None) -> None:
    if dag_run.dag_id not in set(Pipeline):
        return
    from tetra.data import pipeline_runs
    from tetra.settings import fingerprint
    from tetra_airflow.hooks.warehouse import WarehouseHook
    from tetra_airflow.run_dates import requested_as_of

    with WarehouseHook().connect() as connection:
        pipeline_runs.record(
            connection,
            pipeline_name=dag_run.dag_id,
            run_id=dag_run.run_id,
            as_of=requested_as_of(partition_key=dag_run.partition_key, params=dag_run.conf or {}),
            run_type=str(getattr(dag_run.run_type, "value", dag_run.run_type)),
            start_time=dag_run.start_date,
            end_time=dag_run.end_date,
            status=status,
            error_message=message,
            fingerprint=fingerprint(),
        )


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Note that a run started."""
    _record(dag_run, "running")


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Note that a run succeeded."""
    _record(dag_run, "success")


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Note that a run failed, with its tasks' errors or, for killed tasks that left none, Airflow's reason."""
    _record(dag_run, "failed", f"the run ended as {msg or 'failed'} and no task reported an error (killed?)")
