"""Which session a run is for: its partition key, or what its Params say. The only place that decides."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import Context


def _parse(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise AirflowFailException(f"{name} {value!r} is not a date; write it as YYYY-MM-DD") from error


def requested_as_of(*, partition_key: str | None, params: dict[str, Any]) -> date | None:
    """Return the as-of date of a run, or None if neither Params nor the partition key name one."""
    for name in ("as_of", "end_date"):
        if params.get(name):
            return _parse(name, params[name])
    return _parse("partition key", partition_key) if partition_key else None


def as_of_of(context: Context) -> date:
    """Return the as-of date of a task's run.

    Raises AirflowFailException if the run names none: the clock is never asked.
    """
    found = requested_as_of(partition_key=context["dag_run"].partition_key, params=dict(context["params"]))
    if found is None:
        names = " or ".join(name for name in ("as_of", "end_date") if name in context["params"])
        raise AirflowFailException(f"this run names no session: give the Param {names}, or trigger it by partition key")
    return found


def session_range(context: Context) -> tuple[date, date]:
    """Return the first and last calendar day an ingest run is for: Params first, else the one session of its key."""
    params = context["params"]
    end = as_of_of(context)
    if params.get("start_date") and params.get("days"):
        raise AirflowFailException("give start_date or days, not both")
    if params.get("start_date"):
        start = _parse("start_date", params["start_date"])
    else:
        start = end - timedelta(days=int(params.get("days") or 1) - 1)
    if start > end:
        raise AirflowFailException(f"start_date {start} is after the end {end}; swap them")
    return start, end
