"""What happens when a task fails for good: its error goes to ``quality.task_reports``, where the listener finds it."""

from __future__ import annotations

from typing import Any


def _described(error: BaseException | None) -> str:
    if error is None:
        return "failed without an exception"
    # operators wrap the domain's errors, whose own names say more
    is_wrapped = type(error).__name__ == "AirflowFailException" and error.__cause__ is not None
    return str(error) if is_wrapped else f"{type(error).__name__}: {error}"


def report_failure(context: Any) -> None:
    """Record the error of a task that has no retries left."""
    from tetra.data import task_reports
    from tetra_airflow.hooks.warehouse import WarehouseHook

    error = context.get("exception")
    task_instance = context["ti"]
    with WarehouseHook().connect() as connection:
        task_reports.write(
            connection,
            dag_id=task_instance.dag_id,
            run_id=task_instance.run_id,
            task_id=task_instance.task_id,
            map_index=task_instance.map_index if task_instance.map_index is not None else -1,
            records=0,
            report={"error": _described(error)},
        )
