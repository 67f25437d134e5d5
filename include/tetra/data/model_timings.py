"""How long dbt took for each model: ``quality.model_timings``, replaced by a retry of the task that ran dbt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg

from tetra.data.statements import statement

BUILDING_COMMANDS = frozenset({"build", "run", "seed"})
"""Commands of dbt whose results say what was built; those of ``docs generate`` say what was compiled."""


@dataclass(frozen=True)
class ModelTiming:
    """What dbt did with one model or seed.

    Parameters
    ----------
    model_name : str
        As in ``ref``.
    layer : str
        ``staging``, ``intermediate``, ``derived``, ``assessment`` or ``seeds``.
    materialization : str
        As in dbt.
    status : str
        As dbt reports it; ``skipped`` where something before it failed.
    seconds : float
        In dbt, tests not included.
    rows_written : int or None
        None where the server gives no number.
    started_at : datetime or None
        None where it was skipped.
    """

    model_name: str
    layer: str
    materialization: str
    status: str
    seconds: float
    rows_written: int | None
    started_at: datetime | None


def read(target: Path) -> tuple[ModelTiming, ...]:
    """Return the timings of a command that built something; none where dbt ended before it wrote any."""
    path = target / "run_results.json"
    if not path.exists():
        return ()
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["args"]["which"] not in BUILDING_COMMANDS:
        return ()
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return tuple(
        _timing(result, nodes[result["unique_id"]])
        for result in content["results"]
        if result["unique_id"].startswith(("model.", "seed."))
    )


def _timing(result: dict[str, Any], node: dict[str, Any]) -> ModelTiming:
    steps = [step["started_at"] for step in result["timing"] if step["started_at"]]
    rows = result["adapter_response"].get("rows_affected")
    return ModelTiming(
        model_name=node["name"],
        layer=_layer(node),
        materialization=node["config"]["materialized"],
        status=result["status"],
        seconds=round(result["execution_time"], 3),
        rows_written=None if rows is None or rows < 0 else int(rows),
        started_at=datetime.fromisoformat(min(steps)) if steps else None,
    )


def _layer(node: dict[str, Any]) -> str:
    """Return the folder below ``models``; of marts the one below, for those are built apart."""
    if node["resource_type"] == "seed":
        return "seeds"
    folder, *below = node["fqn"][1:]
    return str(below[0] if folder == "marts" else folder)


def write(
    connection: psycopg.Connection[Any],
    timings: Sequence[ModelTiming],
    *,
    dag_id: str,
    run_id: str,
    task_id: str,
    as_of: date,
) -> None:
    """Store the timings of a task over those of an earlier try, in one transaction.

    Parameters
    ----------
    connection : psycopg.Connection
        As ``tetra_writer``.
    timings : sequence of ModelTiming
        Where there are none, those of the earlier try are gone too.
    dag_id, run_id, task_id : str
        The task instance.
    as_of : date
        Of the run.
    """
    key = {"dag_id": dag_id, "run_id": run_id, "task_id": task_id}
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(statement("delete_model_timings"), key)
        cursor.executemany(
            statement("insert_model_timings"), [key | {"as_of": as_of} | vars(timing) for timing in timings]
        )
